import { sql } from 'kysely'
import type { Database } from './database.ts'

/** What happened at a workspace's endpoints in one hour; hours in which nothing happened are missing. */
export interface HealthHour {
  hour: Date
  deliveries: number
  duplicates: number
  wrongSignatures: number
  notStored: number
  failed: number
  quarantined: number
  /** From received to applied, of what was applied. */
  latencyP50Ms: number | null
  latencyP95Ms: number | null
}

/** Counts by hour since then, oldest first. Empty for agents. */
export async function listHealthHours(
  database: Database,
  workspaceId: string,
  since: Date,
): Promise<HealthHour[]> {
  const { rows } = await sql<HealthHour>`
    with counts as (
      select h.hour, h.deliveries::bigint as deliveries, 0::bigint as duplicates, 0::bigint as wrong, 0::bigint as not_stored,
        h.failed, h.quarantined, h.latency_p50_ms, h.latency_p95_ms, h.processed
      from public.webhook_hours h where h.workspace_id = ${workspaceId} and h.hour >= ${since}
      union all
      select d.hour, 0, d.duplicates, 0, 0, 0, 0, null, null, 0
      from public.webhook_duplicates d where d.workspace_id = ${workspaceId} and d.hour >= ${since}
      union all
      select r.hour, 0, 0, r.wrong_signatures, r.not_stored, 0, 0, null, null, 0
      from public.webhook_refusals r where r.workspace_id = ${workspaceId} and r.hour >= ${since}
    )
    select hour, sum(deliveries)::float8 as deliveries, sum(duplicates)::float8 as duplicates,
      sum(wrong)::float8 as "wrongSignatures", sum(not_stored)::float8 as "notStored",
      sum(failed)::float8 as failed, sum(quarantined)::float8 as quarantined,
      round(sum(latency_p50_ms::numeric * processed) / nullif(sum(processed) filter (where latency_p50_ms is not null), 0))::float8
        as "latencyP50Ms",
      max(latency_p95_ms)::float8 as "latencyP95Ms"
    from counts group by hour order by hour
  `.execute(database)
  return rows
}

/** A number, and how its webhook does. */
export interface NumberHealth {
  channelId: string
  name: string
  displayPhone: string | null
  lastDeliveryAt: Date | null
  /** What Kapso said last, and when it was asked; null before the first time. */
  state: string | null
  stateReason: string | null
  stateAt: Date | null
  /** Since when the oldest live secret is in use; null where there is none. */
  secretSince: Date | null
  comparesLists: boolean
  compareDays: number
  comparedAt: Date | null
}

/** The numbers of a workspace, oldest first. */
export async function listNumberHealth(database: Database, workspaceId: string): Promise<NumberHealth[]> {
  const { rows } = await sql<NumberHealth>`
    with secrets as materialized (select * from private.list_secret_ages(${workspaceId}))
    select c.id as "channelId", c.name, c.display_phone as "displayPhone",
      (
        select max(h.last_received_at)
        from public.webhook_endpoints e
        cross join lateral (
          select h.last_received_at from public.webhook_hours h
          where h.workspace_id = ${workspaceId} and h.endpoint_id = e.id order by h.hour desc limit 1
        ) h
        where e.workspace_id = ${workspaceId} and e.channel_id = c.id
      ) as "lastDeliveryAt",
      s.details ->> 'outcome' as state, s.details ->> 'reason' as "stateReason", s.detected_at as "stateAt",
      (
        select min(a.created_at) from secrets a
        join public.webhook_endpoints e on e.workspace_id = ${workspaceId} and e.id = a.endpoint_id
        where e.channel_id = c.id and e.disabled_at is null and a.expires_at is null
      ) as "secretSince",
      c.compares_lists as "comparesLists", c.compare_days as "compareDays", l.detected_at as "comparedAt"
    from public.channels c
    left join public.sync_health s on s.workspace_id = ${workspaceId} and s.kind = 'webhook_state'
      and s.subject_id = c.id::text
    left join public.sync_health l on l.workspace_id = ${workspaceId} and l.kind = 'list_comparison'
      and l.subject_id = c.id::text
    where c.workspace_id = ${workspaceId}
    order by c.created_at, c.id
  `.execute(database)
  return rows
}

/** An alarm, and what it is called that it is about. */
export interface ListedAlarm {
  id: string
  kind: string
  /** Name of the number; null where it is about the workspace. */
  subject: string | null
  details: Record<string, unknown>
  openedAt: Date
  resolvedAt: Date | null
}

/** Alarms that ring, and those that ended within the last week, newest first. */
export async function listAlarms(database: Database, workspaceId: string): Promise<ListedAlarm[]> {
  const { rows } = await sql<ListedAlarm>`
    select a.id, a.kind, coalesce(c.name, e.name) as subject, a.details, a.opened_at as "openedAt",
      a.resolved_at as "resolvedAt"
    from public.alarms a
    left join public.webhook_endpoints e on e.workspace_id = ${workspaceId} and e.id = a.subject_id
    left join public.channels c on c.workspace_id = ${workspaceId} and c.id = e.channel_id
    where a.workspace_id = ${workspaceId}
      and (a.resolved_at is null or a.resolved_at > now() - interval '7 days')
    order by a.resolved_at is not null, coalesce(a.resolved_at, a.opened_at) desc, a.id
    limit 30
  `.execute(database)
  return rows
}

/** How many alarms ring. None for agents, who may not see them. */
export async function countOpenAlarms(database: Database, workspaceId: string): Promise<number> {
  const { count } = await database
    .selectFrom('alarms')
    .where('workspace_id', '=', workspaceId)
    .where('resolved_at', 'is', null)
    .select(sql<number>`count(*)::int`.as('count'))
    .executeTakeFirstOrThrow()
  return count
}

/** Something that is otherwise at Kapso than here. */
export interface ListedFinding {
  id: string
  kind: 'missing_message' | 'status_behind' | 'stale_contact'
  /** Name of the number. */
  channel: string | null
  details: Record<string, unknown>
  detectedAt: Date
  repairRequestedAt: Date | null
  repairError: string | null
}

/** The newest open findings, and how many there are in all. */
export async function listFindings(
  database: Database,
  workspaceId: string,
  most: number,
): Promise<{ findings: ListedFinding[]; total: number }> {
  const { rows } = await sql<ListedFinding & { total: number }>`
    select h.id, h.kind, c.name as channel, h.details - 'wamid' as details, h.detected_at as "detectedAt",
      h.repair_requested_at as "repairRequestedAt", h.repair_error as "repairError", count(*) over ()::int as total
    from public.sync_health h
    left join public.channels c on c.workspace_id = ${workspaceId} and c.id::text = h.details ->> 'channelId'
    where h.workspace_id = ${workspaceId} and h.resolved_at is null
      and h.kind in ('missing_message', 'status_behind', 'stale_contact')
    order by h.detected_at desc, h.id limit ${most}
  `.execute(database)
  return { findings: rows, total: rows[0]?.total ?? 0 }
}

/** Marks findings for repair, as an owner or admin; for others it marks none. Returns how many it marked. */
export async function requestRepair(
  database: Database,
  workspaceId: string,
  findingIds: string[],
): Promise<number> {
  const { rows } = await sql`
    select private.request_repair(${workspaceId}, ${findingIds}::uuid[])
  `.execute(database)
  return rows.length
}
