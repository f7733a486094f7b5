import { z } from 'zod'
import { RuleViolation } from '../../domain/rule-violation.ts'
import {
  listScatteredThreads,
  listSharedSessions,
  partAccountThreads,
  readActiveJoins,
  settleThreads,
  type ScatteredThreads,
} from '../database/consolidate-threads.ts'
import type { Database } from '../database/database.ts'
import { lockMergedContacts } from '../database/recovery-merges.ts'
import { mergeThreads, undoThreadMerge } from '../database/thread-merges.ts'
import type { ItemOutcome, RecoveryItem, RecoveryKind, RecoveryScope } from './recovery-kind.ts'

const parameters = z.strictObject({})
type Parameters = z.infer<typeof parameters>

/** As history shows it. */
const reason = 'Recovery run: one person on one channel'

const beforeItem = z.object({
  contactId: z.string(),
  survivorId: z.string(),
  loserId: z.string(),
  threads: z.array(z.tuple([z.string(), z.string()])),
})
const afterItem = z.object({ joinIds: z.array(z.string()) })

/**
 * Brings threads of one person on one channel under one root: those of accounts that are known to be one by the edges that
 * are missing, the others by merges that can each be undone alone. Threads of different contacts that share a Kapso
 * conversation are only told of: their contacts come first. Nothing moves and nothing is removed.
 */
export const consolidateThreads: RecoveryKind<Parameters> = {
  parameters,
  itemsAtATime: 50,
  plan,
  apply,
  undo,
}

async function plan(
  database: Database,
  { workspaceId }: RecoveryScope<Parameters>,
): Promise<{ items: RecoveryItem[]; after: string | null }> {
  const scattered = await listScatteredThreads(database, workspaceId, null)
  const shared = await listSharedSessions(database, workspaceId)
  return {
    items: [
      ...scattered.flatMap(toItems),
      ...shared.map(({ conversationId, otherId, session, contactId }): RecoveryItem => ({
        subject: `session ${session}`,
        before: { shown: session, conversationId, otherId },
        after: { shown: session },
        why: 'session_of_two_contacts',
        isLeft: true,
        contactId,
        conversationId: otherId,
      })),
    ],
    after: null,
  }
}

function toItems({ rootIds, why, contactId, threads, title }: ScatteredThreads): RecoveryItem[] {
  const [survivorId, ...losers] = rootIds
  if (survivorId === undefined) return []
  return losers.map((loserId) => ({
    subject: loserId,
    before: { shown: title ?? '', contactId, survivorId, loserId, threads },
    after: { shown: title ?? '', survivorId },
    why,
    contactId,
    conversationId: survivorId,
  }))
}

async function apply(
  database: Database,
  { workspaceId }: RecoveryScope<Parameters>,
  items: readonly RecoveryItem[],
): Promise<ItemOutcome[]> {
  const asked = items.map(({ subject, before }) => ({ subject, ...beforeItem.parse(before) }))
  const contactIds = [...new Set(asked.map(({ contactId }) => contactId))]
  await lockMergedContacts(database, workspaceId, contactIds)
  const joined = new Map<string, string[]>()
  // Which threads of an account are one follows from the account: their edges are only missing.
  const ofAccounts = (await listScatteredThreads(database, workspaceId, contactIds)).flatMap(
    ({ identityRoots }) => identityRoots,
  )
  const wanted = new Set(asked.map(({ loserId }) => loserId))
  if (ofAccounts.length > 0) await settleThreads(database, workspaceId, [...new Set(ofAccounts)])
  const left = await listScatteredThreads(database, workspaceId, contactIds)
  for (const { rootIds } of left) {
    const [survivorId, ...losers] = rootIds
    const conversationIds = losers.filter((id) => wanted.has(id))
    if (survivorId === undefined || conversationIds.length === 0) continue
    for (const id of conversationIds) {
      const ids = await mergeThreads(database, workspaceId, { survivorId, conversationIds: [id], reason })
      joined.set(id, ids)
    }
  }
  const scattered = new Set(
    (await listScatteredThreads(database, workspaceId, contactIds)).flatMap(({ rootIds }) =>
      rootIds.slice(1),
    ),
  )
  const edges = await readActiveJoins(database, workspaceId, [
    ...asked.flatMap(({ loserId, survivorId }) => [loserId, survivorId]),
  ])
  return asked.map(({ subject, loserId, survivorId }): ItemOutcome => {
    // Of an account's threads another one may go on than was planned.
    const isOne = !scattered.has(loserId) && (edges.has(loserId) || edges.has(survivorId))
    return isOne
      ? { subject, outcome: 'applied', after: { shown: '', survivorId, joinIds: joined.get(loserId) ?? [] } }
      : { subject, outcome: 'skipped', why: 'changed_meanwhile' }
  })
}

async function undo(
  database: Database,
  scope: RecoveryScope<Parameters>,
  items: readonly RecoveryItem[],
): Promise<ItemOutcome[]> {
  const { workspaceId } = scope
  const asked = items.map(({ subject, before, after }) => ({
    subject,
    ...beforeItem.parse(before),
    ...afterItem.parse(after),
  }))
  await lockMergedContacts(database, workspaceId, [...new Set(asked.map(({ contactId }) => contactId))])
  const outcomes: ItemOutcome[] = []
  const parted = new Set<string>()
  for (const { subject, contactId, joinIds, threads } of asked) {
    if (joinIds.length === 0) {
      // Until WhatsApp tells of these accounts again: then they are one again by themselves.
      const isParted = await partAccountThreads(database, scope, threads)
      if (isParted) parted.add(contactId)
      outcomes.push(
        isParted || parted.has(contactId)
          ? { subject, outcome: 'undone' }
          : { subject, outcome: 'kept', why: 'changed_since' },
      )
      continue
    }
    let held = false
    for (const id of joinIds) held = (await undoMerge(database, workspaceId, id)) || held
    outcomes.push(held ? { subject, outcome: 'undone' } : { subject, outcome: 'kept', why: 'merge_undone' })
  }
  return outcomes
}

async function undoMerge(database: Database, workspaceId: string, joinId: string): Promise<boolean> {
  try {
    return await undoThreadMerge(database, workspaceId, joinId)
  } catch (error) {
    if (error instanceof RuleViolation && error.code === 'merge_not_found') return false
    throw error
  }
}
