import { sql } from 'kysely'
import type { Database } from './database.ts'

/** A number, and what is needed to ask Kapso about it. */
export interface ReconciledChannel {
  workspaceId: string
  channelId: string
  phoneNumberId: string
  apiUrl: string | null
  sealedApiKey: Buffer | null
  /** Where Kapso delivers for it, oldest first. */
  endpointIds: string[]
  comparesLists: boolean
  compareDays: number
  createdAt: Date
}

/** Numbers of a workspace, or of all. */
export async function listReconciledChannels(
  database: Database,
  workspaceId: string | null,
): Promise<ReconciledChannel[]> {
  const { rows } = await sql<ReconciledChannel>`
    select c.workspace_id as "workspaceId", c.id as "channelId", c.phone_number_id as "phoneNumberId",
      c.kapso_api_url as "apiUrl", k.sealed as "sealedApiKey", c.compares_lists as "comparesLists",
      c.compare_days as "compareDays", c.created_at as "createdAt",
      array(
        select e.id::text from public.webhook_endpoints e
        where e.workspace_id = c.workspace_id and e.channel_id = c.id and e.disabled_at is null
        order by e.created_at, e.id
      ) as "endpointIds"
    from public.channels c
    left join private.channel_api_keys k on k.workspace_id = c.workspace_id and k.channel_id = c.id
    where ${workspaceId}::uuid is null or c.workspace_id = ${workspaceId}::uuid
    order by c.workspace_id, c.created_at, c.id
  `.execute(database)
  return rows
}

/**
 * Numbers whose lists are due for comparison: where an admin has switched it on, it is night in the workspace's time
 * zone, and the last comparison was not this night's.
 */
export async function listChannelsDueForComparison(
  database: Database,
  isNightOnly: boolean,
): Promise<ReconciledChannel[]> {
  const { rows } = await sql<{ id: string }>`
    select c.id from public.channels c
    join public.workspaces w on w.id = c.workspace_id
    left join public.sync_health h on h.workspace_id = c.workspace_id and h.kind = 'list_comparison'
      and h.subject_id = c.id::text
    where c.compares_lists and (h.detected_at is null or h.detected_at < now() - interval '12 hours')
      and (not ${isNightOnly} or extract(hour from now() at time zone w.time_zone) between 1 and 4)
  `.execute(database)
  const due = new Set(rows.map(({ id }) => id))
  return (await listReconciledChannels(database, null)).filter(({ channelId }) => due.has(channelId))
}

/** Which of these event ids the ledger has, in whatever state. */
export async function findKnownEventIds(
  database: Database,
  workspaceId: string,
  eventIds: string[],
): Promise<Set<string>> {
  const { rows } = await sql<{ event_id: string }>`
    select e.event_id from public.webhook_events e
    where e.workspace_id = ${workspaceId} and e.event_id = any(${eventIds})
  `.execute(database)
  return new Set(rows.map((row) => row.event_id))
}

export interface KnownMessage {
  wamid: string
  status: string | null
  hasFailed: boolean
}

/** The messages of a number that we have, by their ids at WhatsApp. */
export async function findKnownMessages(
  database: Database,
  { workspaceId, channelId }: ReconciledChannel,
  wamids: string[],
): Promise<Map<string, KnownMessage>> {
  const { rows } = await sql<KnownMessage>`
    select m.wamid, m.status::text, m.failed_at is not null as "hasFailed" from public.messages m
    where m.workspace_id = ${workspaceId} and m.channel_id = ${channelId} and m.wamid = any(${wamids})
  `.execute(database)
  return new Map(rows.map((row) => [row.wamid, row]))
}

/** A person as we know them, beside a contact of Kapso's list. */
export interface KnownPerson {
  /** Place in the list that was asked about. */
  place: number
  identityId: string
  phone: string | null
  profileName: string | null
  businessScopedIds: string[]
}

/** Those of the listed people with whom the number has had to do since then. */
export async function findKnownPeople(
  database: Database,
  { workspaceId, channelId }: ReconciledChannel,
  listed: { phone: string | null; businessScopedId: string | null }[],
  activeSince: Date,
): Promise<KnownPerson[]> {
  const { rows } = await sql<KnownPerson>`
    with listed as (
      select n.place - 1 as place, n.phone, n.scoped
      from unnest(${listed.map((one) => one.phone)}::text[], ${listed.map((one) => one.businessScopedId)}::text[])
        with ordinality as n (phone, scoped, place)
    ), met as (
      select l.place, i.id from listed l
      join public.contact_identities i on i.workspace_id = ${workspaceId} and i.phone_normalized = l.phone
      union
      select l.place, b.identity_id from listed l
      join public.business_scoped_ids b on b.workspace_id = ${workspaceId} and b.value = l.scoped
    )
    select met.place::int, i.id as "identityId", i.phone_normalized as phone, i.profile_name as "profileName",
      array(
        select b.value from public.business_scoped_ids b
        where b.workspace_id = ${workspaceId} and b.identity_id = i.id
      ) as "businessScopedIds"
    from met
    join public.contact_identities i on i.workspace_id = ${workspaceId} and i.id = met.id
    where exists (
      select from public.conversations c
      where c.workspace_id = ${workspaceId} and c.channel_id = ${channelId} and c.identity_id = i.id
        and c.last_activity_at >= ${activeSince}
    )
    order by met.place, i.id
  `.execute(database)
  return rows
}

/** A time in which no web process was alive, not yet looked into for these channels. */
export interface Downtime {
  id: number
  beganAt: Date
  endedAt: Date
  checkedChannelIds: string[]
}

/** Times without any web process that ended so long ago that Kapso has stopped trying, oldest first. */
export async function listUnsettledDowntimes(database: Database, settleSeconds: number): Promise<Downtime[]> {
  const { rows } = await sql<Downtime>`
    select d.id::int, d.began_at as "beganAt", d.ended_at as "endedAt", d.checked_channel_ids as "checkedChannelIds"
    from private.downtimes d
    where d.settled_at is null and d.ended_at <= now() - make_interval(secs => ${settleSeconds})
    order by d.id
  `.execute(database)
  return rows
}

/** Notes that a channel's messages of that time have been compared. */
export async function markChannelChecked(
  database: Database,
  downtimeId: number,
  channelId: string,
): Promise<void> {
  await sql`
    update private.downtimes set checked_channel_ids = checked_channel_ids || ${channelId}::uuid
    where id = ${downtimeId} and not ${channelId}::uuid = any(checked_channel_ids)
  `.execute(database)
}

/** Notes that there is nothing more to compare. */
export async function settleDowntime(database: Database, downtimeId: number): Promise<void> {
  await sql`update private.downtimes set settled_at = now() where id = ${downtimeId}`.execute(database)
}
