import { sql, type RawBuilder } from 'kysely'
import type { Database } from './database.ts'
import type { RetractionSpan } from './retract-events.ts'

/** A contact that only the deliveries of a span may have made known. */
export interface SuspectContact {
  id: string
  name: string | null
  phone: string | null
  leadStatus: string
  leadStatusSource: string | null
  leadStatusAsOf: string | null
  /** Under which senders the ledger has its events, in decimal. */
  keys: string[]
  createdAt: string
}

/** A contact's place in the order of the plan. */
export interface ContactPlace {
  createdAt: string
  id: string
}

/**
 * The next contacts that came after a span began and are in lists, oldest first.
 *
 * @returns those that nobody has touched with what is known of them, and where the next page begins
 */
export async function listSuspects(
  database: Database,
  workspaceId: string,
  from: string,
  after: ContactPlace | null,
  limit: number,
): Promise<{ suspects: SuspectContact[]; last: ContactPlace | null }> {
  const { rows: page } = await sql<ContactPlace>`
    select c.id, to_jsonb(c.created_at) #>> '{}' as "createdAt"
    from public.contacts c
    where c.workspace_id = ${workspaceId} and c.is_root and c.created_at >= ${from}::timestamptz
      and c.set_aside_at is null
      and (c.created_at, c.id) > (${after?.createdAt ?? '-infinity'}::timestamptz,
        ${after?.id ?? '00000000-0000-0000-0000-000000000000'}::uuid)
    order by c.created_at, c.id
    limit ${limit}
  `.execute(database)
  const ids = page.map(({ id }) => id)
  const { rows } = await sql<SuspectContact>`
    select c.id, c.name, (
        select i.phone_normalized from public.contact_identities i
        where i.workspace_id = ${workspaceId} and i.contact_id = c.id and i.phone_normalized is not null
        order by i.id limit 1
      ) as phone,
      c.lead_status as "leadStatus", c.lead_status_source as "leadStatusSource",
      to_jsonb(c.lead_status_as_of) #>> '{}' as "leadStatusAsOf", k.keys::text[] as keys,
      to_jsonb(c.created_at) #>> '{}' as "createdAt"
    from private.list_untouched_contacts(${workspaceId}, ${ids}::uuid[]) as u (id)
    join public.contacts c on c.workspace_id = ${workspaceId} and c.id = u.id
    join private.list_subject_keys(${workspaceId}, ${ids}::uuid[]) k on k.contact_id = c.id
    order by c.created_at, c.id
  `.execute(database)
  return { suspects: rows, last: page.at(-1) ?? null }
}

/**
 * Of these senders, those of whom the span told, and those of whom anything else did that makes somebody known. What can
 * be read no longer stays, and is as good as genuine.
 */
export async function findTellers(
  database: Database,
  workspaceId: string,
  { endpointId, secretId, from, to }: RetractionSpan,
  keys: string[],
): Promise<{ forged: Set<string>; genuine: Set<string> }> {
  // What becomes of messages that went out from here makes nobody known; whoever was made known before came before.
  const { rows } = await sql<{ key: string; is_forged: boolean; is_genuine: boolean }>`
    select e.subject_key::text as key, bool_or(e.is_of_span) as is_forged,
      bool_or((not e.is_of_span or e.is_lost) and e.status = 'processed' and e.makes_known) as is_genuine
    from (
      select e.subject_key, e.status,
        e.name not like 'whatsapp.message.%' or e.name = 'whatsapp.message.received' as makes_known,
        e.received_at < ${to}::timestamptz and e.source = 'webhook' and d.endpoint_id = ${endpointId}
          and ${secretId === null ? sql`true` : sql`d.secret_id is not distinct from ${secretId}::uuid`} as is_of_span,
        d.body is null as is_lost
      from unnest(${keys}::bigint[]) as sender (key)
      cross join lateral (
        ${readSender(workspaceId, sql`e.status <> 'pending'`)}
        union all
        ${readSender(workspaceId, sql`e.status = 'pending'`)}
      ) e
      join public.webhook_deliveries d on d.workspace_id = ${workspaceId} and d.id = e.delivery_id
      where e.received_at >= ${from}::timestamptz
    ) e
    group by e.subject_key
  `.execute(database)
  return {
    forged: new Set(rows.flatMap((row) => (row.is_forged ? [row.key] : []))),
    genuine: new Set(rows.flatMap((row) => (row.is_genuine ? [row.key] : []))),
  }
}

/** An index each leads to what waits and to what waits no longer. */
const readSender = (workspaceId: string, condition: RawBuilder<unknown>) => sql`
  select e.subject_key, e.status, e.name, e.received_at, e.source, e.delivery_id
  from public.webhook_events e
  where e.workspace_id = ${workspaceId} and e.subject_key = sender.key and ${condition}
`

/** Locks contacts, and tells which of them nobody has touched and of which nothing is known any more. */
export async function lockUnknown(
  database: Database,
  workspaceId: string,
  contactIds: string[],
): Promise<Set<string>> {
  await sql`select private.lock_people(${workspaceId}, ${contactIds}::uuid[])`.execute(database)
  const { rows } = await sql<{ id: string }>`
    select u.id from private.list_untouched_contacts(${workspaceId}, ${contactIds}::uuid[]) as u (id)
    join public.contacts c on c.workspace_id = ${workspaceId} and c.id = u.id and c.set_aside_at is null
    where u.id not in (select k.id from private.list_known_contacts(${workspaceId}, ${contactIds}::uuid[]) as k (id))
  `.execute(database)
  return new Set(rows.map(({ id }) => id))
}

/** A contact's lead status with its source and time, and since when no list shows it. Moments as Postgres writes them. */
export interface AsideState {
  leadStatus: string
  leadStatusSource: string | null
  leadStatusAsOf: string | null
  setAsideAt: string | null
}

/** Gives contacts these states; those that are not as `expected` says are left. Returns how they are now. */
export async function writeAsideStates(
  database: Database,
  workspaceId: string,
  changes: { id: string; expected: AsideState; state: AsideState }[],
): Promise<Map<string, AsideState>> {
  const { rows } = await sql<AsideState & { id: string }>`
    update public.contacts c
    set lead_status = t.status::public.lead_status, lead_status_source = t.source::public.field_source,
      lead_status_as_of = t.at, set_aside_at = t.aside
    from json_to_recordset(${JSON.stringify(
      changes.map(({ id, expected, state }) => ({
        id,
        status: state.leadStatus,
        source: state.leadStatusSource,
        at: state.leadStatusAsOf,
        aside: state.setAsideAt,
        wasStatus: expected.leadStatus,
        wasSource: expected.leadStatusSource,
        wasAt: expected.leadStatusAsOf,
        wasAside: expected.setAsideAt,
      })),
    )}::json) as t (id uuid, status text, source text, at timestamptz, aside timestamptz, "wasStatus" text,
      "wasSource" text, "wasAt" timestamptz, "wasAside" timestamptz)
    where c.workspace_id = ${workspaceId} and c.id = t.id
      and (c.lead_status::text, c.lead_status_source::text, c.lead_status_as_of, c.set_aside_at)
        is not distinct from (t."wasStatus", t."wasSource", t."wasAt", t."wasAside")
    returning c.id, c.lead_status as "leadStatus", c.lead_status_source as "leadStatusSource",
      to_jsonb(c.lead_status_as_of) #>> '{}' as "leadStatusAsOf", to_jsonb(c.set_aside_at) #>> '{}' as "setAsideAt"
  `.execute(database)
  return new Map(rows.map(({ id, ...state }) => [id, state]))
}
