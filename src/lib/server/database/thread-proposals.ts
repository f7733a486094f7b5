import { sql, type RawBuilder } from 'kysely'
import type { Person } from '../../domain/inbox.ts'
import type { ProposedThread, ThreadProposal } from '../../domain/threads/thread-proposals.ts'
import { shownColumns } from './contact-columns.ts'
import type { Database } from './database.ts'
import { personOf } from './merge-list.ts'
import { throwThreadRefusal } from './thread-merges.ts'

const mostListed = 100

/**
 * Proposes to the owners and admins to merge a thread into another, as somebody who sees both. Proposed again while it is
 * open, it is the same proposal, with the latest reason and as things stand now.
 *
 * @returns the proposal's id
 * @throws RuleViolation `conversation_not_found`, `same_conversation`, `reason_length`, `already_merged`, `other_channel`,
 *   `other_contact`, `thread_split_off`
 */
export async function proposeThreadMerge(
  database: Database,
  workspaceId: string,
  merge: { survivorId: string; otherId: string; reason: string },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select private.propose_thread_merge(${workspaceId}, ${merge.survivorId}, ${merge.otherId}, ${merge.reason}) as id
  `
    .execute(database)
    .catch(throwThreadRefusal)
  const [row] = rows
  if (row === undefined) throw new Error('no proposal was made')
  return row.id
}

/**
 * Decides a proposal: owners and admins accept or reject it, and who made it may take it back by rejecting it. One whose
 * threads are not what they were becomes stale, and nothing is merged.
 *
 * @param note said to who proposed it; '' for nothing
 * @throws RuleViolation `proposal_not_found` also for one that is decided; `not_allowed`, `note_length`
 */
export async function decideThreadProposal(
  database: Database,
  workspaceId: string,
  proposalId: string,
  decision: 'accept' | 'reject',
  note = '',
): Promise<Exclude<ThreadProposal['state'], 'open'>> {
  const { rows } = await sql<{ state: Exclude<ThreadProposal['state'], 'open'> }>`
    select private.decide_thread_proposal(
      ${workspaceId}, ${proposalId}, ${decision === 'accept'}, ${note.toWellFormed()}
    ) as state
  `
    .execute(database)
    .catch(throwThreadRefusal)
  const [row] = rows
  if (row === undefined) throw new Error('nothing was decided')
  return row.state
}

/** One after the other, by id: a new workspace has no statistics, and joins of its tables would be by scans. */
const proposedThread = (workspaceId: string, threadId: RawBuilder<unknown>) => sql<ProposedThread | null>`(
  select jsonb_build_object('id', c.id, 'name', coalesce(${shownColumns('k').name}, i.profile_name),
    'address', coalesce(i.phone, '@' || i.username))
  from (
    select t.id, t.identity_id from public.conversations t
    where t.workspace_id = ${workspaceId} and t.id = ${threadId} limit 1
  ) c
  cross join lateral (
    select o.root_id from public.contact_identities o
    where o.workspace_id = ${workspaceId} and o.id = c.identity_id limit 1
  ) own
  cross join lateral (
    select o.contact_id, o.profile_name, o.phone, o.username from public.contact_identities o
    where o.workspace_id = ${workspaceId} and o.id = own.root_id limit 1
  ) i
  cross join lateral (
    select o.root_id from public.contacts o where o.workspace_id = ${workspaceId} and o.id = i.contact_id limit 1
  ) kept
  cross join lateral (
    select o.* from public.contacts o where o.workspace_id = ${workspaceId} and o.id = kept.root_id limit 1
  ) k
)`

/**
 * Proposals, those that are open first, then the latest, at most 100: to owners and admins all, to agents their own of
 * conversations that they see.
 */
export async function listThreadProposals(
  database: Database,
  workspaceId: string,
): Promise<ThreadProposal[]> {
  interface Row {
    id: string
    survivor_id: string
    other_id: string
    survivor: ProposedThread | null
    other: ProposedThread | null
    reason: string
    created_at: Date
    proposed_by: Person | null
    state: ThreadProposal['state']
    decided_at: Date | null
    decided_by: Person | null
    decision_note: string | null
  }
  const { rows } = await sql<Row>`
    select p.id, p.survivor_id, p.other_id, p.reason, p.created_at, p.decided_at, p.decision_note, case
        when p.state = 'open' and p.plan_hash is distinct from
          private.hash_thread_plan(${workspaceId}, p.survivor_id, p.other_id) then 'stale'
        else p.state
      end as state,
      ${personOf(workspaceId, sql`p.proposer_id`)} as proposed_by,
      ${personOf(workspaceId, sql`p.decided_by`)} as decided_by,
      ${proposedThread(workspaceId, sql`p.survivor_id`)} as survivor,
      ${proposedThread(workspaceId, sql`p.other_id`)} as other
    from public.thread_proposals p
    where p.workspace_id = ${workspaceId}
    order by p.state = 'open' desc, p.created_at desc, p.id
    limit ${sql.lit(mostListed)}
  `.execute(database)
  return rows.map((row) => ({
    id: row.id,
    survivor: row.survivor ?? { id: row.survivor_id, name: null, address: null },
    other: row.other ?? { id: row.other_id, name: null, address: null },
    reason: row.reason,
    proposedAt: row.created_at.toISOString(),
    proposedBy: row.proposed_by,
    state: row.state,
    decidedAt: row.decided_at?.toISOString() ?? null,
    decidedBy: row.decided_by,
    note: row.decision_note,
  }))
}
