import { sql } from 'kysely'
import type { Json } from '../../domain/recovery/recovery-run.ts'
import type { Database } from './database.ts'
import type { ContactLink } from './recovery-links.ts'

/**
 * Pairs that are surely one person and of whom nobody said or did anything yet, each as a link of its two roots.
 *
 * @param rootIds only those of whom both are among these
 */
export async function listSurePairs(
  database: Database,
  workspaceId: string,
  rootIds: readonly string[] | null = null,
): Promise<ContactLink[]> {
  const { rows } = await sql<{ id: string; left_id: string; right_id: string }>`
    select d.id, l.root_id as left_id, r.root_id as right_id
    from public.duplicate_candidates d
    join public.contacts l on l.workspace_id = ${workspaceId} and l.id = d.left_id
    join public.contacts r on r.workspace_id = ${workspaceId} and r.id = d.right_id
    where d.workspace_id = ${workspaceId} and d.state = 'open' and d.verdict = 'same' and l.root_id <> r.root_id
      ${
        rootIds === null
          ? sql``
          : sql`and d.left_id in (
              select c.id from public.contacts c
              where c.workspace_id = ${workspaceId} and c.root_id = any(${rootIds}::uuid[])
            )
            and r.root_id = any(${rootIds}::uuid[])`
      }
  `.execute(database)
  return rows.flatMap(({ id, left_id, right_id }) => [
    { link: `pair-${id}`, contactId: left_id },
    { link: `pair-${id}`, contactId: right_id },
  ])
}

/** How a contact stands, as far as archiving changes it; its conversations are those that are not closed. */
export interface ArchiveState {
  leadStatus: string
  leadStatusSource: string | null
  leadStatusAsOf: string | null
  /** How many messages came in. */
  inboundCount: number
  conversations: ConversationState[]
}

/** Moments as Postgres writes them. */
export interface ConversationState {
  [column: string]: Json
  id: string
  state: string
  state_at: string
  snooze_kind: string | null
  snoozed_until: string | null
  queued_at: string | null
}

/** The states of contacts that are roots, in lists, and no merge of others. */
export async function readArchiveStates(
  database: Database,
  workspaceId: string,
  contactIds: readonly string[],
): Promise<Map<string, ArchiveState>> {
  const { rows } = await sql<ArchiveState & { id: string }>`
    select c.id, c.lead_status as "leadStatus", c.lead_status_source as "leadStatusSource",
      to_jsonb(c.lead_status_as_of) #>> '{}' as "leadStatusAsOf",
      (
        select coalesce(sum(t.inbound_count), 0)::int
        from public.contact_identities i
        join public.conversations t on t.workspace_id = i.workspace_id and t.identity_id = i.id
        where i.workspace_id = c.workspace_id and i.contact_id = c.id and t.is_root
      ) as "inboundCount",
      coalesce((
        select jsonb_agg(jsonb_build_object('id', t.id, 'state', t.state, 'state_at', t.state_at,
          'snooze_kind', t.snooze_kind, 'snoozed_until', t.snoozed_until, 'queued_at', t.queued_at) order by t.id)
        from public.contact_identities i
        join public.conversations t on t.workspace_id = i.workspace_id and t.identity_id = i.id
        where i.workspace_id = c.workspace_id and i.contact_id = c.id and t.is_root and t.state <> 'closed'
      ), '[]') as conversations
    from public.contacts c
    where c.workspace_id = ${workspaceId} and c.id = any(${contactIds}::uuid[]) and c.is_root
      and c.set_aside_at is null
      and not exists (
        select from public.contacts k where k.workspace_id = c.workspace_id and k.root_id = c.id and k.id <> c.id
      )
  `.execute(database)
  return new Map(rows.map(({ id, ...state }) => [id, state]))
}

/** Those of these contacts that can go on for others: roots, in lists, and no duplicates themselves. */
export async function listStanding(
  database: Database,
  workspaceId: string,
  contactIds: readonly string[],
): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`
    select c.id from public.contacts c
    where c.workspace_id = ${workspaceId} and c.id = any(${contactIds}::uuid[]) and c.is_root
      and c.set_aside_at is null and coalesce(c.chosen_lead_status, c.lead_status) <> 'duplicate'
  `.execute(database)
  return new Set(rows.map(({ id }) => id))
}

/** Locks contacts with all that belongs to them, then their conversations. */
export async function lockArchived(
  database: Database,
  workspaceId: string,
  contactIds: readonly string[],
): Promise<void> {
  await sql`select private.lock_people(${workspaceId}, ${contactIds}::uuid[])`.execute(database)
  await sql`
    select from public.conversations c
    where c.workspace_id = ${workspaceId} and c.identity_id in (
      select i.id from public.contact_identities i
      where i.workspace_id = ${workspaceId} and i.contact_id = any(${contactIds}::uuid[])
    )
    order by c.id
    for no key update
  `.execute(database)
}

/** Gives contacts a lead status with its source and time. */
export async function writeLeadStatuses(
  database: Database,
  workspaceId: string,
  states: (Omit<ArchiveState, 'conversations' | 'inboundCount'> & { id: string })[],
): Promise<void> {
  await sql`
    update public.contacts c
    set lead_status = t."leadStatus"::public.lead_status,
      lead_status_source = t."leadStatusSource"::public.field_source, lead_status_as_of = t."leadStatusAsOf"
    from json_to_recordset(${JSON.stringify(states)}::json) as t (
      id uuid, "leadStatus" text, "leadStatusSource" text, "leadStatusAsOf" timestamptz
    )
    where c.workspace_id = ${workspaceId} and c.id = t.id
  `.execute(database)
}

/** Gives conversations other states, with a line in each of them in the name of who asked. */
export async function writeConversationStates(
  database: Database,
  workspaceId: string,
  memberId: string,
  states: ConversationState[],
): Promise<void> {
  if (states.length === 0) return
  await sql`
    with told as (
      select * from json_to_recordset(${JSON.stringify(states)}::json) as t (
        id uuid, state text, state_at timestamptz, snooze_kind text, snoozed_until timestamptz, queued_at timestamptz
      )
    ), earlier as materialized (
      select c.id, c.state from told join public.conversations c on c.workspace_id = ${workspaceId} and c.id = told.id
    ), changed as (
      update public.conversations c
      set state = t.state::public.conversation_state, state_at = t.state_at,
        snooze_kind = t.snooze_kind::public.snooze_kind, snoozed_until = t.snoozed_until, queued_at = t.queued_at
      from told t
      where c.workspace_id = ${workspaceId} and c.id = t.id
      returning c.id, c.state
    )
    insert into public.conversation_events (workspace_id, conversation_id, kind, actor_id, details)
    select ${workspaceId}, c.id, case c.state when 'open' then 'opened' else c.state::text end, ${memberId},
      jsonb_build_object('from', e.state)
    from changed c
    join earlier e on e.id = c.id
  `.execute(database)
}

/** Those of these conversations that are closed, and since when. */
export async function readClosedAt(
  database: Database,
  workspaceId: string,
  conversationIds: string[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; state_at: string }>`
    select c.id, to_jsonb(c.state_at) #>> '{}' as state_at from public.conversations c
    where c.workspace_id = ${workspaceId} and c.id = any(${conversationIds}::uuid[]) and c.state = 'closed'
  `.execute(database)
  return new Map(rows.map((row) => [row.id, row.state_at]))
}
