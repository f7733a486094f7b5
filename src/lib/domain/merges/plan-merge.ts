import { blockLevels, fieldSources, type BlockLevel, type FieldSource } from '../contacts.ts'
import type { MergeCounts, MergeFacts, MergeField, MergeSide, MergeValue } from './merge-facts.ts'

/** Why a side is taken by default: the more trusted source, the later value, the only value, or the survivor's own. */
export type DefaultReason = 'source' | 'newer' | 'only' | 'survivor'

/** A field in which the contacts differ. */
export interface PlannedField {
  field: MergeField
  /** In the order of the contacts; null where there is nothing. */
  sides: { contactId: string; value: MergeValue | null }[]
  /** The contact whose side is taken unless somebody chooses. */
  defaultSide: string
  reason: DefaultReason
}

/** What cannot be had both ways, and how it ends. */
export type MergeConflict =
  | { kind: 'owners' }
  | { kind: 'opt_out'; contactIds: string[] }
  | { kind: 'block'; level: BlockLevel; contactIds: string[] }
  | {
      kind: 'open_conversations'
      channelName: string
      conversations: { contactId: string; conversationId: string; address: string | null }[]
    }

export interface MergePlan {
  survivorId: string
  survivorReason: 'source' | 'older' | 'chosen'
  fields: PlannedField[]
  /** Of all of them together, each thing once. */
  united: { identities: MergeSide['identities']; labelIds: string[] }
  /** What comes to the survivor from the others. */
  comesAlong: MergeCounts
  conflicts: MergeConflict[]
}

/**
 * What merging these contacts would do. Only fields that differ are in it.
 *
 * @param survivorId who is to go on; not given, who has the most trusted name, of those the oldest
 */
export function planMerge({ sides }: MergeFacts, survivorId?: string): MergePlan {
  const chosen = sides.find(({ id }) => id === survivorId)
  const [first, second] = sides.toSorted(compareSurvivors)
  const survivor = chosen ?? first
  if (survivor === undefined) throw new Error('there is nobody to merge')
  return {
    survivorId: survivor.id,
    survivorReason: chosen
      ? 'chosen'
      : second && rankOfName(survivor) > rankOfName(second)
        ? 'source'
        : 'older',
    fields: fieldsOf(sides).flatMap((field) => planField(field, sides, survivor.id)),
    united: {
      identities: uniteBy(sides.flatMap((side) => side.identities)),
      labelIds: [...new Set(sides.flatMap((side) => side.labelIds))],
    },
    comesAlong: sides
      .filter((side) => side.id !== survivor.id)
      .reduce((sum, { counts }) => add(sum, counts), { conversations: 0, messages: 0, notes: 0 }),
    conflicts: findConflicts(sides),
  }
}

const rankOf = (source: FieldSource | null) => (source === null ? -1 : fieldSources.indexOf(source))
const rankOfName = (side: MergeSide) => rankOf(side.values['name']?.source ?? null)
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

function compareSurvivors(a: MergeSide, b: MergeSide): number {
  return rankOfName(b) - rankOfName(a) || compare(a.createdAt, b.createdAt) || compare(a.id, b.id)
}

/** The four that everybody has, then the workspace's own in the order in which the contacts have them. */
function fieldsOf(sides: readonly MergeSide[]): MergeField[] {
  return [
    ...new Set([
      'name',
      'email',
      'owner',
      'lead_status',
      ...sides.flatMap((side) => Object.keys(side.values)),
    ]),
  ]
}

function planField(field: MergeField, contacts: readonly MergeSide[], survivorId: string): PlannedField[] {
  const sides = contacts.map(({ id, values }) => ({ contactId: id, value: values[field] ?? null }))
  const filled = sides.flatMap(({ contactId, value }) => (value === null ? [] : [{ contactId, ...value }]))
  if (new Set(sides.map(({ value }) => value?.value ?? null)).size < 2) return []
  const [best, next] = filled.toSorted(
    (a, b) =>
      rankOf(b.source) - rankOf(a.source) ||
      compare(b.asOf ?? '', a.asOf ?? '') ||
      Number(b.contactId === survivorId) - Number(a.contactId === survivorId) ||
      compare(a.contactId, b.contactId),
  )
  if (best === undefined) return []
  const reason = (): DefaultReason => {
    if (next === undefined) return 'only'
    if (rankOf(best.source) > rankOf(next.source)) return 'source'
    return (best.asOf ?? '') > (next.asOf ?? '') ? 'newer' : 'survivor'
  }
  return [{ field, sides, defaultSide: best.contactId, reason: reason() }]
}

function findConflicts(sides: readonly MergeSide[]): MergeConflict[] {
  const owners = new Set(sides.flatMap(({ values }) => values['owner']?.value ?? []))
  const optedOut = sides.filter(({ isOptedOut }) => isOptedOut)
  const blocked = sides.filter(({ blockLevel }) => blockLevel !== null)
  const strictest = blockLevels.findLast((level) => blocked.some(({ blockLevel }) => blockLevel === level))
  const ids = (some: readonly MergeSide[]) => some.map(({ id }) => id)
  const areAlike = new Set(sides.map(({ blockLevel }) => blockLevel)).size < 2
  const open = Map.groupBy(
    sides.flatMap((side) => side.open.map((each) => ({ ...each, contactId: side.id }))),
    ({ channelId }) => channelId,
  )
  return [
    ...(owners.size > 1 ? [{ kind: 'owners' as const }] : []),
    ...(optedOut.length > 0 && optedOut.length < sides.length
      ? [{ kind: 'opt_out' as const, contactIds: ids(optedOut) }]
      : []),
    ...(strictest === undefined || areAlike
      ? []
      : [{ kind: 'block' as const, level: strictest, contactIds: ids(blocked) }]),
    ...[...open.values()].flatMap((each) =>
      new Set(each.map(({ contactId }) => contactId)).size < 2
        ? []
        : [
            {
              kind: 'open_conversations' as const,
              channelName: each[0]?.channelName ?? '',
              conversations: each.map(({ contactId, conversationId, address }) => ({
                contactId,
                conversationId,
                address,
              })),
            },
          ],
    ),
  ]
}

function uniteBy<Item extends { id: string }>(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [item.id, item])).values()]
}

const add = (a: MergeCounts, b: MergeCounts): MergeCounts => ({
  conversations: a.conversations + b.conversations,
  messages: a.messages + b.messages,
  notes: a.notes + b.notes,
})
