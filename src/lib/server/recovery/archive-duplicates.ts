import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { planMerge } from '../../domain/merges/plan-merge.ts'
import { readStoredPhone } from '../../domain/recovery/read-stored-phone.ts'
import type { Json } from '../../domain/recovery/recovery-run.ts'
import {
  listStanding,
  listSurePairs,
  lockArchived,
  readArchiveStates,
  readClosedAt,
  writeConversationStates,
  writeLeadStatuses,
  type ArchiveState,
} from '../database/archive-duplicates.ts'
import type { Database } from '../database/database.ts'
import { readMergeFacts } from '../database/merge-facts.ts'
import type { ContactLink } from '../database/recovery-links.ts'
import { listDifferentPairs, readNumbersOfContacts } from '../database/recovery-merges.ts'
import { readDefaultCountry } from '../database/recovery-numbers.ts'
import { planLinked, uniteLinked } from './linked-contacts.ts'
import type { ItemOutcome, RecoveryItem, RecoveryKind, RecoveryScope } from './recovery-kind.ts'

const parameters = z.strictObject({})
type Parameters = z.infer<typeof parameters>

const conversation = z.object({
  id: z.string(),
  state: z.string(),
  state_at: z.string(),
  snooze_kind: z.string().nullable(),
  snoozed_until: z.string().nullable(),
  queued_at: z.string().nullable(),
})
const leadStatus = {
  leadStatus: z.string(),
  leadStatusSource: z.string().nullable(),
  leadStatusAsOf: z.string().nullable(),
}
const beforeItem = z.object({
  survivorId: z.string(),
  /** All who were one with them in the plan: two may be so by a third alone. */
  groupIds: z.array(z.string()),
  ...leadStatus,
  inboundCount: z.int(),
  conversations: z.array(conversation),
})
const afterItem = z.object({ ...leadStatus, closedAt: z.string() })

/**
 * Of contacts that are surely one person, and that nobody merged or called different people, all but the one that a merge
 * would keep get the lead status of a duplicate, and their conversations are closed. Nothing is merged.
 */
export const archiveDuplicates: RecoveryKind<Parameters> = { parameters, plan, apply, undo }

async function plan(
  database: Database,
  scope: RecoveryScope<Parameters>,
  after: string | null,
): Promise<{ items: RecoveryItem[]; after: string | null }> {
  const { workspaceId } = scope
  const found = await planLinked(database, scope, after, () => listSurePairs(database, workspaceId))
  if (found.groups.length === 0) return { items: [], after: found.after }
  const groups = found.groups.map(({ links }) => [...links.keys()].sort())
  const ids = groups.flat()
  const facts = await readMergeFacts(database, workspaceId, ids, { isCounted: false })
  const apart = new Set((await listDifferentPairs(database, workspaceId, ids)).flat())
  const states = await readArchiveStates(database, workspaceId, ids)
  const standing = await listStanding(database, workspaceId, ids)
  const items = groups.flatMap((group): RecoveryItem[] => {
    const sides = facts.sides.filter(({ id }) => group.includes(id) && standing.has(id))
    if (sides.length < 2) return []
    const { survivorId } = planMerge({ ...facts, sides })
    return sides.flatMap(({ id, title, address }): RecoveryItem[] => {
      const state = states.get(id)
      // What others were merged into is no duplicate that nobody merged.
      if (id === survivorId || state === undefined) return []
      const isApart = apart.has(id)
      return [
        {
          subject: id,
          before: {
            shown: [title, address].filter((told) => told !== null).join(', '),
            survivorId,
            groupIds: group,
            ...toJson(state),
          },
          after: { leadStatus: 'duplicate', survivorId },
          why: isApart ? 'called_different' : 'sure_duplicate',
          isLeft: isApart,
          contactId: id,
        },
      ]
    })
  })
  return { items, after: found.after }
}

/** Of these contacts, roots all of them, those that are surely one by now: each with a name of its group. */
async function findSureGroups(
  database: Database,
  workspaceId: string,
  rootIds: readonly string[],
): Promise<Map<string, string>> {
  const country = await readDefaultCountry(database, workspaceId)
  const accounts = await readNumbersOfContacts(database, workspaceId, rootIds)
  const numbers = [...accounts].flatMap(([contactId, own]) =>
    own.flatMap((account): ContactLink[] => {
      const read = readStoredPhone(account, country)
      const known = account.phoneNormalized === null ? [] : [{ contactId, link: account.phoneNormalized }]
      return read === null || read.verdict === 'invalid' ? known : [...known, { contactId, link: read.e164 }]
    }),
  )
  const groups = uniteLinked([...numbers, ...(await listSurePairs(database, workspaceId, rootIds))])
  return new Map(groups.flatMap(({ key, links }) => [...links.keys()].map((id) => [id, key])))
}

async function apply(
  database: Database,
  { workspaceId, memberId }: RecoveryScope<Parameters>,
  items: readonly RecoveryItem[],
): Promise<ItemOutcome[]> {
  const asked = items.map(({ subject, before }) => ({ subject, before: beforeItem.parse(before) }))
  const ids = asked.map(({ subject }) => subject)
  const survivorIds = asked.map(({ before }) => before.survivorId)
  await lockArchived(database, workspaceId, [...new Set([...ids, ...survivorIds])])
  const states = await readArchiveStates(database, workspaceId, ids)
  const survivors = await listStanding(database, workspaceId, [...new Set(survivorIds)])
  const sure = await findSureGroups(database, workspaceId, [
    ...new Set(asked.flatMap(({ before }) => before.groupIds)),
  ])
  const isSure = (one: string, other: string) => sure.has(one) && sure.get(one) === sure.get(other)
  const apart = await findCalledDifferent(database, workspaceId, asked)
  const now = new Date().toISOString()
  const after = { leadStatus: 'duplicate', leadStatusSource: 'staff', leadStatusAsOf: now }
  const fitting = asked.filter(({ subject, before: { survivorId, groupIds: _, ...before } }) => {
    const state = states.get(subject)
    return (
      !apart.has(subject) &&
      survivors.has(survivorId) &&
      isSure(subject, survivorId) &&
      state !== undefined &&
      isDeepStrictEqual({ ...before }, { ...state })
    )
  })
  await writeLeadStatuses(
    database,
    workspaceId,
    fitting.map(({ subject }) => ({ id: subject, ...after })),
  )
  await writeConversationStates(
    database,
    workspaceId,
    memberId,
    fitting.flatMap(({ before }) =>
      before.conversations.map(({ id }) => ({
        ...{ id, state: 'closed', state_at: now },
        ...{ snooze_kind: null, snoozed_until: null, queued_at: null },
      })),
    ),
  )
  const changed = new Set(fitting.map(({ subject }) => subject))
  return items.map(({ subject }) =>
    changed.has(subject)
      ? { subject, outcome: 'applied', after: { ...after, closedAt: now } }
      : { subject, outcome: 'skipped', why: apart.has(subject) ? 'called_different' : 'changed_meanwhile' },
  )
}

/** Of these the ones of whom somebody said that they are somebody else than who goes on, or than others of their group. */
async function findCalledDifferent(
  database: Database,
  workspaceId: string,
  asked: readonly { subject: string; before: { survivorId: string } }[],
): Promise<Set<string>> {
  const groups = new Map(
    asked.flatMap(({ subject, before: { survivorId } }) => [
      [survivorId, survivorId],
      [subject, survivorId],
    ]),
  )
  const pairs = await listDifferentPairs(database, workspaceId, [...groups.keys()])
  return new Set(pairs.filter(([left, right]) => groups.get(left) === groups.get(right)).flat())
}

async function undo(
  database: Database,
  { workspaceId, memberId }: RecoveryScope<Parameters>,
  items: readonly RecoveryItem[],
): Promise<ItemOutcome[]> {
  const asked = items.map(({ subject, before, after }) => ({
    subject,
    before: beforeItem.parse(before),
    after: afterItem.parse(after),
  }))
  const ids = asked.map(({ subject }) => subject)
  await lockArchived(database, workspaceId, ids)
  const states = await readArchiveStates(database, workspaceId, ids)
  const closedAt = await readClosedAt(
    database,
    workspaceId,
    asked.flatMap(({ before }) => before.conversations.map(({ id }) => id)),
  )
  const fitting = asked.filter(({ subject, after }) => {
    const state = states.get(subject)
    return state !== undefined && isSameStatus(state, after)
  })
  await writeLeadStatuses(
    database,
    workspaceId,
    fitting.map(({ subject, before }) => ({ ...before, id: subject })),
  )
  // A conversation that somebody wrote in since is open by itself, and stays as it is.
  await writeConversationStates(
    database,
    workspaceId,
    memberId,
    fitting.flatMap(({ before, after }) =>
      before.conversations.filter(({ id }) => isSameMoment(closedAt.get(id), after.closedAt)),
    ),
  )
  const restored = new Set(fitting.map(({ subject }) => subject))
  return asked.map(({ subject, before, after }): ItemOutcome => {
    if (!restored.has(subject)) return { subject, outcome: 'kept', why: 'changed_since' }
    return before.conversations.every(({ id }) => isSameMoment(closedAt.get(id), after.closedAt))
      ? { subject, outcome: 'undone' }
      : { subject, outcome: 'undone', why: 'partly_changed_since' }
  })
}

function isSameStatus(state: ArchiveState, after: z.infer<typeof afterItem>): boolean {
  return (
    state.leadStatus === after.leadStatus &&
    state.leadStatusSource === after.leadStatusSource &&
    isSameMoment(state.leadStatusAsOf, after.leadStatusAsOf)
  )
}

function isSameMoment(one: string | null | undefined, other: string | null): boolean {
  if (one === null || one === undefined || other === null) return (one ?? null) === other
  return new Date(one).getTime() === new Date(other).getTime()
}

const toJson = ({ conversations, ...state }: ArchiveState): Record<string, Json> => ({
  ...state,
  conversations,
})
