import type { ContactConversation, ContactNote, TimelineEntry } from '../../domain/contacts.ts'
import type { NamedChange } from './contact-history.ts'
import type { BlockLine, DatedLine } from './contact-parts.ts'

const most = 200

/** What happened with a person, latest first, from what else stands on their page. */
export function writeTimeline({
  createdAt,
  history,
  conversations,
  notes,
  blocks,
  optOutLines,
}: {
  createdAt: Date
  history: readonly NamedChange[]
  conversations: readonly (ContactConversation & { startedAt: string })[]
  notes: readonly ContactNote[]
  blocks: readonly BlockLine[]
  optOutLines: readonly DatedLine[]
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
    ...blocks.flatMap((line) =>
      tellBoth(line, 'blocked', 'unblocked', { level: line.level, reason: line.reason }),
    ),
    ...optOutLines.flatMap((line) => tellBoth(line, 'opted_out', 'opted_in', { reason: line.reason })),
  ]
  return entries.toSorted((a, b) => compare(b.at, a.at) || compare(b.id, a.id)).slice(0, most)
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
