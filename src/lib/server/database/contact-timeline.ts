import type { ContactConversation, ContactNote, TimelineEntry } from '../../domain/contacts.ts'
import type { MergeRecord } from '../../domain/merges/merge-list.ts'
import type { ContactImport } from './contact-imports.ts'
import type { NamedChange } from './contact-history.ts'
import type { BlockLine, DatedLine, LabelLine, OptOutLine } from './contact-parts.ts'

const most = 200

/** What happened with a person, latest first, from what else stands on their page. */
export function writeTimeline({
  contactId,
  createdAt,
  history,
  conversations,
  notes,
  labelLines,
  blocks,
  optOutLines,
  merges,
  imports,
}: {
  contactId: string
  createdAt: Date
  history: readonly NamedChange[]
  conversations: readonly (ContactConversation & { startedAt: string })[]
  notes: readonly ContactNote[]
  labelLines: readonly LabelLine[]
  blocks: readonly BlockLine[]
  optOutLines: readonly OptOutLine[]
  merges: readonly MergeRecord[]
  imports: readonly ContactImport[]
}): TimelineEntry[] {
  const entries: TimelineEntry[] = [
    { id: 'created', kind: 'created', at: createdAt.toISOString(), by: null, details: {} },
    ...history.map((change): TimelineEntry => ({
      id: change.id,
      kind: 'changed',
      at: change.changedAt,
      by: change.changedBy,
      details: {
        field: change.field,
        oldValue: change.oldValue,
        newValue: change.newValue,
        source: change.source,
        way: change.isByRecovery ? 'recovery' : null,
      },
    })),
    ...conversations.map((conversation): TimelineEntry => ({
      id: conversation.id,
      kind: 'conversation_started',
      at: conversation.startedAt,
      by: null,
      details: { conversationId: conversation.id, channelName: conversation.channelName },
    })),
    ...notes.map((note): TimelineEntry => ({
      id: note.id,
      kind: 'note_written',
      at: note.createdAt,
      by: note.author,
      details: { conversationId: note.conversationId, body: note.body },
    })),
    ...labelLines.flatMap((line) => tellBoth(line, 'labelled', 'unlabelled', { name: line.name })),
    ...blocks.flatMap((line) =>
      tellBoth(line, 'blocked', 'unblocked', { level: line.level, reason: line.reason }),
    ),
    ...optOutLines.flatMap((line) => tellBoth(line, 'opted_out', 'opted_in', { reason: line.reason })),
    ...merges.flatMap((merge) => tellMerge(merge, contactId)),
    ...imports.flatMap(tellImport),
  ]
  return entries.toSorted((a, b) => compare(b.at, a.at) || compare(b.id, a.id)).slice(0, most)
}

/** What a merge, and parting again, was to one of its contacts. */
function tellMerge({ merged, survivor, ...merge }: MergeRecord, contactId: string): TimelineEntry[] {
  return merged
    .filter(({ id }) => contactId === survivor.id || contactId === id)
    .flatMap((edge) => {
      const other = contactId === survivor.id ? edge : survivor
      const details = { name: other.name, contactId: other.id, reason: merge.reason }
      const begun: TimelineEntry = {
        id: edge.joinId,
        kind: 'merged',
        at: merge.madeAt,
        by: merge.madeBy,
        details,
      }
      if (edge.undoneAt === null) return [begun]
      return [
        begun,
        { ...begun, id: `${edge.joinId}-end`, kind: 'parted', at: edge.undoneAt, by: edge.undoneBy },
      ]
    })
}

function tellImport({ id, fileName, at, by, undoneAt }: ContactImport): TimelineEntry[] {
  const details = { importId: fileName === null ? null : id, name: fileName }
  const begun: TimelineEntry = { id, kind: 'imported', at, by, details }
  if (undoneAt === null) return [begun]
  return [begun, { id: `${id}-end`, kind: 'import_undone', at: undoneAt, by: null, details }]
}

function tellBoth(
  line: DatedLine,
  begun: TimelineEntry['kind'],
  ended: TimelineEntry['kind'],
  details: TimelineEntry['details'],
): TimelineEntry[] {
  const start = { id: line.id, kind: begun, at: line.created_at.toISOString(), by: line.by, details }
  if (line.ended_at === null) return [start]
  return [
    start,
    { id: `${line.id}-end`, kind: ended, at: line.ended_at.toISOString(), by: line.ended_by, details },
  ]
}

/** ISO moments in UTC compare as texts. */
function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
