import { z } from 'zod'
import { hashPlan } from '../../domain/merges/hash-plan.ts'
import type { MergeFacts } from '../../domain/merges/merge-facts.ts'
import { planMerge } from '../../domain/merges/plan-merge.ts'
import { readStoredPhone } from '../../domain/recovery/read-stored-phone.ts'
import type { Database } from '../database/database.ts'
import { readMergeFacts } from '../database/merge-facts.ts'
import { executeMerge, undoMerge } from '../database/merges.ts'
import {
  isMergeActive,
  listDifferentPairs,
  lockMergedContacts,
  readNumbersOfContacts,
  withoutCallingDifferent,
} from '../database/recovery-merges.ts'
import { readDefaultCountry } from '../database/recovery-numbers.ts'
import { planLinked, type LinkedContacts } from './linked-contacts.ts'
import type { ItemOutcome, RecoveryItem, RecoveryKind, RecoveryScope } from './recovery-kind.ts'

const parameters = z.strictObject({})
type Parameters = z.infer<typeof parameters>

/** As history shows it. */
const reason = 'Recovery run: one number'

const beforeItem = z.object({
  number: z.string(),
  loserId: z.uuid(),
  survivorId: z.uuid(),
  loserHash: z.string(),
})
const afterItem = z.object({ survivorId: z.uuid(), mergeId: z.uuid() })

/**
 * Merges contacts whose accounts have one number, once that is read as today: each by the ordinary plan, and each a
 * merge of its own, so that it can be undone alone. Whom staff called different people stays two. National variants are
 * two numbers.
 */
export const mergeSameNumber: RecoveryKind<Parameters> = {
  parameters,
  itemsAtATime: 25,
  plan,
  apply,
  undo,
}

async function plan(
  database: Database,
  scope: RecoveryScope<Parameters>,
  after: string | null,
): Promise<{ items: RecoveryItem[]; after: string | null }> {
  const { workspaceId } = scope
  const { groups, after: next } = await planLinked(database, scope, after)
  if (groups.length === 0) return { items: [], after: next }
  const ids = groups.flatMap(({ links }) => [...links.keys()])
  const facts = await readMergeFacts(database, workspaceId, ids, { isCounted: false })
  const pairs = await listDifferentPairs(database, workspaceId, ids)
  const apart = new Set(pairs.flatMap(([left, right]) => [`${left} ${right}`, `${right} ${left}`]))
  return { items: groups.flatMap((group) => planGroup(group, facts, apart)), after: next }
}

function planGroup(group: LinkedContacts, facts: MergeFacts, apart: ReadonlySet<string>): RecoveryItem[] {
  const sides = facts.sides.filter(({ id }) => group.links.has(id))
  if (sides.length < 2) return []
  const { survivorId } = planMerge({ ...facts, sides })
  const title = (id: string) => {
    const side = sides.find((each) => each.id === id)
    return [side?.title, side?.address].filter((text) => (text ?? '') !== '').join(', ')
  }
  const together = [survivorId]
  const numbersOf = (id: string) => group.links.get(id) ?? new Set<string>()
  /** The number that a contact has in common with those who are to be one. */
  const findLink = (id: string) =>
    [...numbersOf(id)].find((number) => together.some((other) => numbersOf(other).has(number)))
  const items: RecoveryItem[] = []
  const add = (id: string, number: string, isApart: boolean) =>
    items.push({
      subject: id,
      before: {
        shown: `${title(id)} | ${title(survivorId)}`,
        ...{ number, loserId: id, survivorId, loserHash: hashOf(facts, id) },
      },
      after: { shown: isApart ? `${title(id)} | ${title(survivorId)}` : title(survivorId), survivorId },
      why: isApart ? 'called_different' : 'same_number',
      isLeft: isApart,
      contactId: id,
    })
  // Each after one with whom it has a number in common: while that is looked at again, the two have met.
  let waiting = sides.map(({ id }) => id).filter((id) => id !== survivorId)
  for (;;) {
    const next = waiting.find((id) => findLink(id) !== undefined)
    if (next === undefined) break
    waiting = waiting.filter((id) => id !== next)
    const isApart = together.some((id) => apart.has(`${id} ${next}`))
    add(next, findLink(next) ?? group.key, isApart)
    if (!isApart) together.push(next)
  }
  // Linked by somebody alone who is to stay apart.
  for (const id of waiting) add(id, [...numbersOf(id)][0] ?? group.key, true)
  return items
}

const hashOf = (facts: MergeFacts, id: string): string =>
  hashPlan({ ...facts, sides: facts.sides.filter((side) => side.id === id) }, id)

async function apply(
  database: Database,
  { workspaceId, memberId }: RecoveryScope<Parameters>,
  items: readonly RecoveryItem[],
): Promise<ItemOutcome[]> {
  const pairs = items.map(({ subject, before }) => ({ subject, ...beforeItem.parse(before) }))
  // All of them before the first merge: one after the other they would be locked out of order.
  const ids = [...new Set(pairs.flatMap(({ loserId, survivorId }) => [loserId, survivorId]))]
  await lockMergedContacts(database, workspaceId, ids)
  const country = await readDefaultCountry(database, workspaceId)
  const outcomes: ItemOutcome[] = []
  for (const pair of pairs) {
    const { subject } = pair
    const why = await findObstacle(database, workspaceId, pair, country)
    if (why !== null) {
      outcomes.push({ subject, outcome: 'skipped', why })
      continue
    }
    const contactIds = [pair.survivorId, pair.loserId]
    const facts = await readMergeFacts(database, workspaceId, contactIds, { isCounted: false })
    const { mergeId } = await executeMerge(
      database,
      { workspaceId, userId: memberId },
      {
        ...{ contactIds, survivorId: pair.survivorId, choices: {}, reason },
        planHash: hashPlan(facts, pair.survivorId),
      },
    )
    const shown = facts.sides.find(({ id }) => id === pair.survivorId)?.title ?? ''
    outcomes.push({ subject, outcome: 'applied', after: { shown, survivorId: pair.survivorId, mergeId } })
  }
  return outcomes
}

/** Why two are not merged after all; null where nothing is in the way. */
async function findObstacle(
  database: Database,
  workspaceId: string,
  { loserId, survivorId, number, loserHash }: z.infer<typeof beforeItem>,
  country: string,
): Promise<'changed_meanwhile' | 'called_different' | null> {
  const facts = await readMergeFacts(database, workspaceId, [loserId, survivorId], { isCounted: false })
  if (facts.sides.length < 2 || hashOf(facts, loserId) !== loserHash) return 'changed_meanwhile'
  const accounts = await readNumbersOfContacts(database, workspaceId, [loserId, survivorId])
  const numbersOf = (id: string) =>
    (accounts.get(id) ?? []).flatMap((account) => [
      account.phoneNormalized,
      readStoredPhone(account, country)?.e164 ?? null,
    ])
  const own = new Set(numbersOf(loserId))
  if (!own.has(number) || !numbersOf(survivorId).some((each) => each !== null && own.has(each)))
    return 'changed_meanwhile'
  const apart = await listDifferentPairs(database, workspaceId, [loserId, survivorId])
  return apart.length > 0 ? 'called_different' : null
}

async function undo(
  database: Database,
  { workspaceId, memberId }: RecoveryScope<Parameters>,
  items: readonly RecoveryItem[],
): Promise<ItemOutcome[]> {
  const merges = items.map(({ subject, before, after }) => ({
    subject,
    loserId: beforeItem.parse(before).loserId,
    ...afterItem.parse(after),
  }))
  const ids = [...new Set(merges.flatMap(({ loserId, survivorId }) => [loserId, survivorId]))]
  await lockMergedContacts(database, workspaceId, ids)
  const outcomes: ItemOutcome[] = []
  for (const { subject, loserId, survivorId, mergeId } of merges) {
    if (!(await isMergeActive(database, workspaceId, mergeId))) {
      outcomes.push({ subject, outcome: 'kept', why: 'merge_undone' })
      continue
    }
    await withoutCallingDifferent(database, workspaceId, [loserId, survivorId], () =>
      undoMerge(database, { workspaceId, userId: memberId }, mergeId),
    )
    outcomes.push({ subject, outcome: 'undone' })
  }
  return outcomes
}
