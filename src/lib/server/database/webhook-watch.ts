import { sql } from 'kysely'
import type { Alarm, HourlyCount, WebhookHistory } from '../../domain/webhook-alarms.ts'
import type { Database } from './database.ts'

/** Counts the running hour and the one before it anew, for all workspaces. */
export async function rollUpWebhookHours(database: Database): Promise<void> {
  await sql`select private.roll_up_webhook_hours()`.execute(database)
}

/** Workspaces with a number, in the order of their ids, after the given one. */
export async function listWatchedWorkspaces(
  database: Database,
  after: string | null,
  most: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select w.id from public.workspaces w
    where (${after}::uuid is null or w.id > ${after}::uuid)
      and exists (select from public.webhook_endpoints e where e.workspace_id = w.id)
    order by w.id limit ${most}
  `.execute(database)
  return rows.map(({ id }) => id)
}

interface CountRow {
  workspace_id: string
  endpoint_id: string | null
  what: 'deliveries' | 'duplicates' | 'wrong_signatures' | 'not_stored'
  hours: string[]
  counts: number[]
}

/** What the ledger tells of these workspaces' last eight days. */
export async function findWebhookHistories(
  database: Database,
  workspaceIds: string[],
): Promise<WebhookHistory[]> {
  const counts = await findCounts(database, workspaceIds)
  const { rows: endpoints } = await sql<{ workspace_id: string; id: string; paused: string | null }>`
    select e.workspace_id, e.id, h.details ->> 'reason' as paused
    from public.webhook_endpoints e
    left join public.sync_health h on h.workspace_id = e.workspace_id and h.kind = 'paused_webhook'
      and h.subject_id = e.id::text and h.resolved_at is null
    where e.workspace_id = any(${workspaceIds}::uuid[]) and e.disabled_at is null
    order by e.created_at, e.id
  `.execute(database)
  const { rows: waiting } = await sql<{
    workspace_id: string
    unattended: number
    oldest_at: Date | null
    missing: number
  }>`
    select w.workspace_id,
      (select count(*)::int from public.webhook_events e
       where e.workspace_id = w.workspace_id and e.status in ('quarantined', 'failed')) as unattended,
      (select min(e.received_at) from public.webhook_events e
       where e.workspace_id = w.workspace_id and e.status in ('quarantined', 'failed')) as oldest_at,
      (select count(*)::int from public.sync_health h
       where h.workspace_id = w.workspace_id and h.kind = 'missing_message' and h.resolved_at is null) as missing
    from unnest(${workspaceIds}::uuid[]) as w (workspace_id)
  `.execute(database)

  return waiting.map(({ workspace_id: workspaceId, unattended, oldest_at: oldestAt, missing }) => {
    const own = endpoints.filter((endpoint) => endpoint.workspace_id === workspaceId)
    const pick = (what: CountRow['what'], endpointId: string | null) =>
      toHours(
        counts.find(
          (row) => row.workspace_id === workspaceId && row.endpoint_id === endpointId && row.what === what,
        ),
      )
    return {
      workspaceId,
      duplicates: pick('duplicates', null),
      endpoints: own.map(({ id }) => ({
        endpointId: id,
        deliveries: pick('deliveries', id),
        wrongSignatures: pick('wrong_signatures', id),
        notStored: pick('not_stored', id),
      })),
      unattended: { count: unattended, oldestAt: oldestAt?.getTime() ?? null },
      pausedEndpointIds: own.flatMap(({ id, paused }) =>
        paused === null ? [] : [{ endpointId: id, reason: paused }],
      ),
      missingMessages: missing,
    }
  })
}

async function findCounts(database: Database, workspaceIds: string[]): Promise<CountRow[]> {
  const since = sql`now() - interval '8 days'`
  const { rows } = await sql<CountRow>`
    select workspace_id, endpoint_id, what, array_agg(hour::text) as hours, array_agg(count) as counts
    from (
      select workspace_id, endpoint_id, 'deliveries' as what, hour, deliveries::float8 as count
      from public.webhook_hours
      where workspace_id = any(${workspaceIds}::uuid[]) and hour > ${since}
      union all
      select workspace_id, null, 'duplicates', hour, sum(duplicates)::float8
      from public.webhook_duplicates
      where workspace_id = any(${workspaceIds}::uuid[]) and hour > ${since}
      group by workspace_id, hour
      union all
      select r.workspace_id, r.endpoint_id, n.what, r.hour, n.count::float8
      from public.webhook_refusals r
      cross join lateral (values ('wrong_signatures', r.wrong_signatures), ('not_stored', r.not_stored))
        as n (what, count)
      where r.workspace_id = any(${workspaceIds}::uuid[]) and r.hour > ${since}
    ) c
    group by workspace_id, endpoint_id, what
  `.execute(database)
  return rows
}

function toHours(row: CountRow | undefined): HourlyCount[] {
  return (row?.hours ?? []).map((hour, index) => ({
    hour: Date.parse(hour),
    count: row?.counts[index] ?? 0,
  }))
}

/**
 * Makes the open alarms of a workspace those that ring now: new ones open, those that ring on keep their beginning and
 * get the newest counts, the others are resolved. Writes nothing where nothing has changed.
 */
export async function settleAlarms(database: Database, workspaceId: string, alarms: Alarm[]): Promise<void> {
  const ringing = JSON.stringify(alarms)
  await sql`
    insert into public.alarms as a (workspace_id, kind, subject_id, details)
    select ${workspaceId}, n.kind, n."subjectId", n.details
    from json_to_recordset(${ringing}::json) as n (kind text, "subjectId" uuid, details jsonb)
    on conflict (workspace_id, kind, subject_id) where resolved_at is null do update set details = excluded.details
    where a.details <> excluded.details
  `.execute(database)
  await sql`
    update public.alarms a set resolved_at = now()
    where a.workspace_id = ${workspaceId} and a.resolved_at is null
      and not exists (
        select from json_to_recordset(${ringing}::json) as n (kind text, "subjectId" uuid)
        where n.kind = a.kind and n."subjectId" = a.subject_id
      )
  `.execute(database)
}

/** An alarm as the operator sees it. */
export interface RingingAlarm {
  /** Slug. */
  workspace: string
  kind: string
  subjectId: string
  openedAt: Date
}

/** What rings in all workspaces, longest first; of very many, a hundred. */
export async function listRingingAlarms(database: Database): Promise<RingingAlarm[]> {
  const { rows } = await sql<RingingAlarm>`
    select w.slug as workspace, a.kind, a.subject_id as "subjectId", a.opened_at as "openedAt"
    from public.alarms a join public.workspaces w on w.id = a.workspace_id
    where a.resolved_at is null order by a.opened_at, a.id limit 100
  `.execute(database)
  return rows
}
