import { sql } from 'kysely'
import type { Database } from './database.ts'

/** Threads that are to stand under one root. */
export interface ScatteredThreads {
  /** Those of one channel, each the root of what it shows; the one that goes on first. */
  rootIds: string[]
  why: 'one_account' | 'one_session' | 'one_contact'
  contactId: string
  /** Accounts whose threads WhatsApp itself says are one. */
  identityRoots: string[]
  /** All of them, each with the root that it stands under. */
  threads: [id: string, rootId: string][]
  title: string | null
}

/**
 * All threads of one contact on one channel that stand under several roots, in the order of their contacts. What was split
 * off stays apart, and so do threads that somebody parted.
 */
export async function listScatteredThreads(
  database: Database,
  workspaceId: string,
  contactIds: string[] | null,
): Promise<ScatteredThreads[]> {
  const { rows } = await sql<ScatteredThreads>`
    with thread as materialized (
      select c.id, c.root_id, c.channel_id, i.root_id as identity_root, p.root_id as contact_id
      from public.conversations c
      join public.contact_identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
      join public.contacts p on p.workspace_id = i.workspace_id and p.id = i.contact_id
      where c.workspace_id = ${workspaceId} and c.split_from_id is null
        and (${contactIds}::uuid[] is null or p.root_id = any(${contactIds}::uuid[]))
    ), scattered as (
      select t.contact_id, t.channel_id, array_agg(distinct t.root_id) as root_ids
      from thread t
      group by t.contact_id, t.channel_id
      having count(distinct t.root_id) > 1
    )
    select s.contact_id as "contactId",
      array(
        select r.id
        from public.conversations r
        where r.workspace_id = ${workspaceId} and r.id = any(s.root_ids)
        order by r.last_message_id is null, r.last_inbound_at desc nulls last, r.created_at, r.id
      ) as "rootIds",
      (
        select jsonb_agg(jsonb_build_array(t.id, t.root_id) order by t.id) from thread t
        where t.contact_id = s.contact_id and t.channel_id = s.channel_id
      ) as threads,
      g.roots as "identityRoots", coalesce(p.chosen_name, p.name) as title,
      case
        when exists (
          select from thread t where t.contact_id = s.contact_id and t.channel_id = s.channel_id
          group by t.identity_root having count(distinct t.root_id) > 1
        ) then 'one_account'
        when exists (
          select from thread t
          join public.messages m on m.workspace_id = ${workspaceId} and m.conversation_id = t.id
          join public.kapso_conversations k
            on k.workspace_id = ${workspaceId} and k.kapso_conversation_id = m.kapso_conversation_id
          join public.conversations o on o.workspace_id = ${workspaceId} and o.id = k.conversation_id
          where t.contact_id = s.contact_id and t.channel_id = s.channel_id and o.root_id <> t.root_id
        ) then 'one_session'
        else 'one_contact'
      end as why
    from scattered s
    join public.contacts p on p.workspace_id = ${workspaceId} and p.id = s.contact_id
    cross join lateral (
      select coalesce(array_agg(a.identity_root), '{}') as roots
      from (
        select t.identity_root from thread t
        where t.contact_id = s.contact_id and t.channel_id = s.channel_id
        group by t.identity_root having count(distinct t.root_id) > 1
      ) a
    ) g
    where not exists (
      select from public.conversation_joins j
      where j.workspace_id = ${workspaceId} and not j.is_active and j.source = 'staff' and j.undone_by is not null
        and j.loser_id = any(s.root_ids) and j.survivor_id = any(s.root_ids)
        -- Who takes a run back says nothing of the threads that it brought together.
        and not exists (
          select from public.recovery_run_items n
          where n.workspace_id = ${workspaceId} and n.run_id = j.recovery_run_id and n.subject = j.loser_id::text
            and n.state = 'undone'
        )
    )
    order by s.contact_id, s.channel_id
  `.execute(database)
  return rows
}

/** The conversations of other contacts that tell of a session of these: they are one person's only if their contacts are. */
export async function listSharedSessions(
  database: Database,
  workspaceId: string,
): Promise<{ conversationId: string; otherId: string; session: string; contactId: string }[]> {
  const { rows } = await sql<{ conversationId: string; otherId: string; session: string; contactId: string }>`
    select distinct on (k.kapso_conversation_id) own.root_id as "conversationId", other.root_id as "otherId",
      k.kapso_conversation_id as session, p.root_id as "contactId"
    from public.kapso_conversations k
    join public.conversations own on own.workspace_id = ${workspaceId} and own.id = k.conversation_id
    join public.messages m
      on m.workspace_id = ${workspaceId} and m.kapso_conversation_id = k.kapso_conversation_id
        and m.conversation_id <> own.id
    join public.conversations other on other.workspace_id = ${workspaceId} and other.id = m.conversation_id
    join public.contact_identities i on i.workspace_id = ${workspaceId} and i.id = own.identity_id
    join public.contacts p on p.workspace_id = ${workspaceId} and p.id = i.contact_id
    join public.contact_identities oi on oi.workspace_id = ${workspaceId} and oi.id = other.identity_id
    join public.contacts op on op.workspace_id = ${workspaceId} and op.id = oi.contact_id
    where k.workspace_id = ${workspaceId} and own.root_id <> other.root_id and p.root_id <> op.root_id
      and own.channel_id = other.channel_id and other.split_from_id is null
    order by k.kapso_conversation_id, other.id
  `.execute(database)
  return rows
}

/** Brings the threads of accounts up to date with the edges that there are and those that are missing. */
export async function settleThreads(
  database: Database,
  workspaceId: string,
  identityRoots: string[],
): Promise<void> {
  await sql`select private.settle_groups(${workspaceId}, ${identityRoots}::uuid[])`.execute(database)
}

/** Those of these threads that an edge leads away from. */
export async function readActiveJoins(
  database: Database,
  workspaceId: string,
  conversationIds: string[],
): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select c.id from public.conversations c
    where c.workspace_id = ${workspaceId} and c.id = any(${conversationIds}::uuid[]) and not c.is_root
  `.execute(database)
  return new Set(rows.map(({ id }) => id))
}

/**
 * Ends the edges of accounts that a run made between threads, and lets these stand under the roots that they had.
 *
 * @returns whether there were any
 */
export async function partAccountThreads(
  database: Database,
  { workspaceId, runId, memberId }: { workspaceId: string; runId: string; memberId: string },
  threads: [id: string, rootId: string][],
): Promise<boolean> {
  const ids = threads.map(([id]) => id)
  const { rows } = await sql<{ id: string }>`
    update public.conversation_joins j
    set is_active = false, undone_at = clock_timestamp(), undone_by = ${memberId}
    where j.workspace_id = ${workspaceId} and j.recovery_run_id = ${runId} and j.is_active and j.source = 'ingest'
      and j.loser_id = any(${ids}::uuid[]) and j.survivor_id = any(${ids}::uuid[])
    returning j.id
  `.execute(database)
  if (rows.length === 0) return false
  await sql`
    select private.regroup_conversations(
      ${workspaceId}, ${ids}::uuid[], ${threads.map(([, rootId]) => rootId)}::uuid[]
    )
  `.execute(database)
  return true
}
