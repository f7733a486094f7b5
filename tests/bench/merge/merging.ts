import { hashPlan } from '../../../src/lib/domain/merges/hash-plan.ts'
import { planMerge } from '../../../src/lib/domain/merges/plan-merge.ts'
import type { AsMember, Claims } from '../../../src/lib/server/database/database.ts'
import { readMergeFacts } from '../../../src/lib/server/database/merge-facts.ts'
import { executeMerge, undoMerge, type MergeRequest } from '../../../src/lib/server/database/merges.ts'
import type { Visitor } from '../../support/visitor.ts'

/** Who merges, where, and by which way. */
export interface Merger {
  asMember: AsMember
  owner: Claims
  visitor: Visitor
  workspaceId: string
  /** The workspace's address. */
  base: string
}

const reason = 'The same person'

/** What the page of a merge would send. The first contact goes on. */
export function planOf(
  { asMember, owner, workspaceId }: Merger,
  contactIds: string[],
): Promise<MergeRequest> {
  return asMember(owner, async (database) => {
    const facts = await readMergeFacts(database, workspaceId, contactIds)
    const { survivorId } = planMerge(facts, contactIds[0])
    return { contactIds, survivorId, choices: {}, reason, planHash: hashPlan(facts, survivorId) }
  })
}

/** Merges by the server's own function. Gives the merge's id. */
export async function merge(
  { asMember, owner, workspaceId }: Merger,
  request: MergeRequest,
): Promise<string> {
  const inbox = { workspaceId, userId: owner.sub }
  return (await asMember(owner, (database) => executeMerge(database, inbox, request))).mergeId
}

/** Undoes by the server's own function. */
export async function undo({ asMember, owner, workspaceId }: Merger, mergeId: string): Promise<void> {
  const inbox = { workspaceId, userId: owner.sub }
  const parted = await asMember(owner, (database) => undoMerge(database, inbox, mergeId))
  if (parted.length === 0) throw new Error('nobody was parted')
}

/** Presses the button of the merge's page. */
export function pressMerge(
  merger: Merger,
  { contactIds, survivorId, planHash }: MergeRequest,
): Promise<void> {
  const fields = { contacts: contactIds.join(','), survivor: survivorId, hash: planHash, reason }
  return press(merger, 'contacts/merges/new?/merge', fields, 'redirect')
}

/** Presses the button that undoes one. */
export function pressUndo(merger: Merger, mergeId: string): Promise<void> {
  return press(merger, 'contacts/merges?/undo', { id: mergeId }, 'success')
}

async function press(
  { visitor, base }: Merger,
  path: string,
  fields: Record<string, string>,
  expected: string,
): Promise<void> {
  const headers = { accept: 'application/json', 'x-sveltekit-action': 'true' }
  const { status, text } = await visitor.post(`${base}/${path}`, fields, headers)
  const { type } = JSON.parse(text) as { type?: string }
  if (type !== expected) throw new Error(`${path} was answered with ${String(status)}: ${text.slice(0, 200)}`)
}

/** What some work gives, and the milliseconds that it took. */
export async function time<Result>(work: () => Promise<Result>): Promise<[Result, number]> {
  const startedAt = performance.now()
  const result = await work()
  return [result, performance.now() - startedAt]
}
