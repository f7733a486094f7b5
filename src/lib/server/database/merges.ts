import { sql } from 'kysely'
import { hashPlan } from '../../domain/merges/hash-plan.ts'
import {
  mostMerged,
  type MergeChoices,
  type MergeFacts,
  type MergeField,
  type MergeValue,
} from '../../domain/merges/merge-facts.ts'
import { planMerge } from '../../domain/merges/plan-merge.ts'
import { resolveChoices } from '../../domain/merges/read-choices.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from './database.ts'
import type { InboxOf } from './inbox-rows.ts'
import { findMergeRoots, readMergeFacts } from './merge-facts.ts'

/** What the database refuses, by its code. */
const refusals: Readonly<Record<string, string>> = {
  already_merged: 'These are one contact already.',
  choice_invalid: 'This cannot be taken for the field.',
  contact_not_found: 'This contact does not exist.',
  edits_changed: 'Something was edited since this was shown.',
  merge_not_found: 'There is no such merge.',
  not_allowed: 'Owners and admins merge; agents propose.',
  not_member: 'The workspace is none of theirs.',
  reason_length: 'A reason has 3 to 500 characters.',
  same_contact: 'A merge needs two different contacts.',
  too_many_to_merge: 'At most ten contacts are merged at once.',
}

export interface MergeRequest {
  /** Two to ten. One that was merged stands for the one that shows it. */
  contactIds: readonly string[]
  survivorId: string
  /** Of each field that differs; what is not named follows the plan's default. */
  choices: MergeChoices
  reason: string
  /** `hashPlan` of the facts as they were shown, without choices. */
  planHash: string
}

/**
 * Merges contacts as an owner or admin: locks them, makes the plan again, and carries it out if it is the one that was
 * shown. Nothing moves: the merge is an edge from each of the others to the survivor.
 *
 * @throws RuleViolation `stale_plan`, `same_contact`, `already_merged`, `contact_not_found`, `too_many_to_merge`,
 *   `reason_length`, `not_allowed`, and those of resolveChoices
 */
export async function executeMerge(
  database: Database,
  { workspaceId }: InboxOf,
  request: MergeRequest,
): Promise<{ mergeId: string; survivorId: string }> {
  const contactIds = readIds(request)
  const reason = readReason(request)
  const { rows } = await sql<{ contact_id: string; root_id: string }>`
    select contact_id, root_id from private.lock_contacts_to_merge(${workspaceId}, ${contactIds}::uuid[])
  `
    .execute(database)
    .catch(throwMergeViolation)
  const rootOf = new Map(rows.map((row) => [row.contact_id, row.root_id]))
  const rootIds = contactIds.map((id) => rootOf.get(id) ?? throwRefusal('contact_not_found'))
  const planned = await planAgain(database, workspaceId, {
    ...request,
    rootIds,
    survivorId: rootOf.get(request.survivorId.toLowerCase()) ?? throwRefusal('contact_not_found'),
  })
  const { rows: made } = await sql<{ id: string }>`
    select private.merge_contacts(
      ${workspaceId}, ${planned.survivorId}, ${rootIds.filter((id) => id !== planned.survivorId)}::uuid[],
      ${JSON.stringify(planned.values)}::jsonb, ${reason},
      ${hashPlan(planned.facts, planned.survivorId, request.choices)}
    ) as id
  `
    .execute(database)
    .catch(throwMergeViolation)
  const mergeId = made[0]?.id
  if (mergeId === undefined) throw new Error('no merge was made')
  return { mergeId, survivorId: planned.survivorId }
}

/**
 * Undoes a merge as an owner or admin, or one edge of it, in any order and however late. What came since stays with the
 * contact or account that it was made on, edits with the survivor unless they are handed on. Again without effect.
 *
 * @param mergeId of the merge, or of one of its edges
 * @param handedOn by the id of a later edit (as findMergeUndo tells it) who of the parted contacts gets it, as the member's
 *   word; where it stood, there is again what was there before the merge
 * @returns who was parted from whom; nobody where it had been undone
 * @throws RuleViolation `merge_not_found`, `not_allowed`, `edits_changed` where one of the edits is not the latest any more,
 *   `choice_invalid` where it is to go to somebody else
 */
export async function undoMerge(
  database: Database,
  { workspaceId }: InboxOf,
  mergeId: string,
  handedOn: Readonly<Record<string, string>> = {},
): Promise<{ loserId: string; survivorId: string }[]> {
  const { rows } = await sql<{ loser_id: string; survivor_id: string }>`
    select loser_id, survivor_id
    from private.undo_contact_merge(${workspaceId}, ${mergeId}, ${JSON.stringify(handedOn)}::jsonb)
  `
    .execute(database)
    .catch(throwMergeViolation)
  return rows.map((row) => ({ loserId: row.loser_id, survivorId: row.survivor_id }))
}

/**
 * Proposes a merge to the owners and admins, as somebody who sees all of its contacts.
 *
 * @returns the proposal's id
 * @throws RuleViolation as executeMerge
 */
export async function proposeMerge(
  database: Database,
  { workspaceId }: InboxOf,
  request: MergeRequest,
): Promise<string> {
  const contactIds = readIds(request)
  const reason = readReason(request)
  const rootIds = await findMergeRoots(database, workspaceId, contactIds)
  const [survivorId = throwRefusal('contact_not_found')] = await findMergeRoots(database, workspaceId, [
    request.survivorId,
  ])
  if (rootIds.length < contactIds.length) await refuseMissing(database, workspaceId, contactIds)
  const planned = await planAgain(database, workspaceId, { ...request, rootIds, survivorId })
  const { rows } = await sql<{ id: string }>`
    select private.propose_merge(
      ${workspaceId}, ${rootIds}::uuid[], ${survivorId}, ${JSON.stringify(planned.choices)}::jsonb,
      ${request.planHash}, ${reason}
    ) as id
  `
    .execute(database)
    .catch(throwMergeViolation)
  const id = rows[0]?.id
  if (id === undefined) throw new Error('no proposal was made')
  return id
}

export type ProposalOutcome =
  { state: 'accepted'; mergeId: string; survivorId: string } | { state: 'rejected' } | { state: 'stale' }

/**
 * Decides a proposal: owners and admins accept or reject it, and who made it may take it back by rejecting it. One that
 * rests on what is no longer so becomes stale, and nothing is merged.
 *
 * @throws RuleViolation `proposal_not_found` also for one that is decided; `not_allowed`
 */
export async function decideProposal(
  database: Database,
  inbox: InboxOf,
  proposalId: string,
  decision: 'accept' | 'reject',
): Promise<ProposalOutcome> {
  interface Row {
    contact_ids: string[]
    survivor_id: string
    choices: MergeChoices
    plan_hash: string
    reason: string
  }
  const isAccepted = decision === 'accept'
  const { rows } = await sql<Row>`
    select contact_ids, survivor_id, choices, plan_hash, reason
    from private.lock_merge_proposal(${inbox.workspaceId}, ${proposalId}, ${isAccepted})
  `
    .execute(database)
    .catch(throwMergeViolation)
  const [proposal] = rows
  if (proposal === undefined) throw new RuleViolation('proposal_not_found', 'There is no such proposal.')
  const outcome: ProposalOutcome = isAccepted
    ? await executeMerge(database, inbox, {
        contactIds: proposal.contact_ids,
        survivorId: proposal.survivor_id,
        choices: proposal.choices,
        reason: proposal.reason,
        planHash: proposal.plan_hash,
      }).then((made) => ({ state: 'accepted' as const, ...made }), toStale)
    : { state: 'rejected' }
  await sql`
    select private.decide_merge_proposal(
      ${inbox.workspaceId}, ${proposalId}, ${outcome.state}, ${'mergeId' in outcome ? outcome.mergeId : null}
    )
  `
    .execute(database)
    .catch(throwMergeViolation)
  return outcome
}

/** What is noticed before anything is written makes a proposal stale. Everything else is thrown on. */
function toStale(error: unknown): { state: 'stale' } {
  if (
    error instanceof RuleViolation &&
    ['stale_plan', 'already_merged', 'contact_not_found'].includes(error.code)
  )
    return { state: 'stale' }
  throw error
}

interface PlannedMerge {
  facts: MergeFacts
  survivorId: string
  /** Each field that differs, chosen or by default. */
  choices: MergeChoices
  values: Record<MergeField, MergeValue>
}

async function planAgain(
  database: Database,
  workspaceId: string,
  request: MergeRequest & { rootIds: string[] },
): Promise<PlannedMerge> {
  const { rootIds, survivorId } = request
  if (new Set(rootIds).size < rootIds.length) throwRefusal('already_merged')
  if (!rootIds.includes(survivorId)) throwRefusal('contact_not_found')
  const facts = await readMergeFacts(database, workspaceId, rootIds, { isCounted: false })
  if (facts.sides.length < rootIds.length) throwRefusal('contact_not_found')
  if (hashPlan(facts, survivorId) !== request.planHash)
    throw new RuleViolation('stale_plan', 'Something changed since the plan was made.')
  const plan = planMerge(facts, survivorId)
  return {
    facts,
    survivorId,
    choices: Object.fromEntries(
      plan.fields.map(({ field, defaultSide }) => [field, request.choices[field] ?? defaultSide]),
    ),
    values: resolveChoices(facts, plan, request.choices, new Date()),
  }
}

function readIds({ contactIds, survivorId }: MergeRequest): string[] {
  const ids = contactIds.map((id) => id.toLowerCase())
  if (ids.length < 2 || new Set(ids).size < ids.length) throwRefusal('same_contact')
  if (ids.length > mostMerged) throwRefusal('too_many_to_merge')
  if (!ids.includes(survivorId.toLowerCase())) throwRefusal('contact_not_found')
  return ids
}

function readReason({ reason }: MergeRequest): string {
  const said = reason.toWellFormed().trim()
  if (said.length < 3 || said.length > 500) throwRefusal('reason_length')
  return said
}

/** Fewer people than were asked for: one is not there, or two are one. */
async function refuseMissing(database: Database, workspaceId: string, contactIds: string[]): Promise<never> {
  for (const id of contactIds)
    if ((await findMergeRoots(database, workspaceId, [id])).length === 0) throwRefusal('contact_not_found')
  return throwRefusal('already_merged')
}

function throwRefusal(code: string): never {
  throw new RuleViolation(code, refusals[code] ?? code)
}

function throwMergeViolation(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (!(error instanceof Error) || (code !== 'P0001' && code !== '42501')) throw error
  const words = refusals[error.message]
  throw words === undefined ? error : new RuleViolation(error.message, words)
}
