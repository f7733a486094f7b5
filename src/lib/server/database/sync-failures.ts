import { sql } from 'kysely'
import { defaultWebhookSettings } from '../../domain/webhook-settings.ts'
import type { Database } from './database.ts'

/** Why a stored event waits for a person: it kept failing, or it could not be understood. */
export type StuckStatus = 'failed' | 'quarantined'

/** Stored events that wait for the same reason. */
export interface StuckGroup {
  status: StuckStatus
  /** Normalised cause of a dead letter, or reason of a quarantined item. */
  reason: string
  count: number
  firstAt: Date
  lastAt: Date
  /** Most tries of any of them; zero for what was never tried. */
  attempts: number
  /** Whether they can be tried again: what the door could not read has no item to read again. */
  isRetryable: boolean
}

/** A stored event that waits for a person. */
export interface StuckEvent {
  id: number
  name: string
  status: StuckStatus
  reason: string
  receivedAt: Date
  attempts: number
  isRetryable: boolean
}

/** Which of them: null means any. */
export interface StuckSelection {
  eventIds: number[] | null
  status: StuckStatus | null
  reason: string | null
}

/** The most events that are set going at once, as requeue_events in the database has it. */
export const mostRequeuedAtOnce = 10_000

const stuck = sql`e.status in ('quarantined', 'failed')`
const isRetryable = sql<boolean>`e.event_id not like 'unread#%'`

/** What waits for a person in a workspace, by cause: dead letters first, then by the latest. */
export async function listStuckGroups(database: Database, workspaceId: string): Promise<StuckGroup[]> {
  const { rows } = await sql<StuckGroup>`
    select e.status, coalesce(e.reason, 'unknown') as reason, count(*)::int as count,
      min(coalesce(f.first_failed_at, e.received_at)) as "firstAt",
      max(coalesce(f.last_failed_at, e.received_at)) as "lastAt",
      max(coalesce(f.attempts, e.attempts))::int as attempts,
      bool_or(${isRetryable}) as "isRetryable"
    from public.webhook_events e
    left join public.sync_failures f on f.workspace_id = e.workspace_id and f.webhook_event_id = e.id
    where e.workspace_id = ${workspaceId} and ${stuck}
    group by e.status, coalesce(e.reason, 'unknown')
    order by e.status desc, max(coalesce(f.last_failed_at, e.received_at)) desc
  `.execute(database)
  return rows
}

/** The newest that wait for one reason, or for any. */
export async function listStuckEvents(
  database: Database,
  workspaceId: string,
  { status, reason }: { status: StuckStatus | null; reason: string | null },
  limit: number,
): Promise<StuckEvent[]> {
  const { rows } = await sql<StuckEvent>`
    select e.id, e.name, e.status, coalesce(e.reason, 'unknown') as reason, e.received_at as "receivedAt",
      coalesce(f.attempts, e.attempts) as attempts, ${isRetryable} as "isRetryable"
    from public.webhook_events e
    left join public.sync_failures f on f.workspace_id = e.workspace_id and f.webhook_event_id = e.id
    where e.workspace_id = ${workspaceId} and ${stuck}
      and (${status}::text is null or e.status::text = ${status})
      and (${reason}::text is null or coalesce(e.reason, 'unknown') = ${reason})
    order by e.received_at desc, e.id desc
    limit ${limit}
  `.execute(database)
  return rows
}

/** How many events are not processed yet, and how many of them have failed before and will be tried again. */
export async function countPending(
  database: Database,
  workspaceId: string,
): Promise<{ pending: number; retrying: number }> {
  const { rows } = await sql<{ pending: number; retrying: number }>`
    select count(*)::int as pending, count(*) filter (
      where e.attempts > 0 or exists (
        select from public.sync_failures f
        where f.workspace_id = e.workspace_id and f.webhook_event_id = e.id and f.resolved_at is null
      )
    )::int as retrying
    from public.webhook_events e
    where e.workspace_id = ${workspaceId} and e.status = 'pending'
  `.execute(database)
  return rows[0] ?? { pending: 0, retrying: 0 }
}

/**
 * Sets events going again in the name of an owner or admin; anybody else's request finds none.
 *
 * @returns their ids, at most `mostRequeuedAtOnce`: the oldest
 */
export async function redriveEvents(
  database: Database,
  workspaceId: string,
  { eventIds, status, reason }: StuckSelection,
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from private.redrive_events(${workspaceId}, ${eventIds}::bigint[],
      ${status}::public.webhook_event_status, ${reason}) as r (id)
  `.execute(database)
  return rows.map(({ id }) => id)
}

/** The same for the command line. */
export async function requeueEvents(
  database: Database,
  workspaceId: string,
  { eventIds, status, reason }: StuckSelection,
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from private.requeue_events(${workspaceId}, ${eventIds}::bigint[],
      ${status}::public.webhook_event_status, ${reason}) as r (id)
  `.execute(database)
  return rows.map(({ id }) => id)
}

/** Ends the wait of events that nobody will want, as an owner or admin. Returns the ids of those that waited. */
export async function setEventsAside(
  database: Database,
  workspaceId: string,
  eventIds: number[],
): Promise<number[]> {
  const { rows } = await sql<{ id: number }>`
    select id from private.set_events_aside(${workspaceId}, ${eventIds}::bigint[]) as r (id)
  `.execute(database)
  return rows.map(({ id }) => id)
}

/** A stored event with what came in, for owners and admins; undefined for anybody else. */
export interface StoredItem {
  id: number
  name: string
  status: string
  reason: string | null
  receivedAt: Date
  processedAt: Date | null
  attempts: number
  nextAttemptAt: Date | null
  isRetryable: boolean
  itemIndex: number
  /** Null when retention has dropped it. */
  body: Buffer | null
}

/** Reads one stored event and its raw body. */
export async function findStoredItem(
  database: Database,
  workspaceId: string,
  eventId: number,
): Promise<StoredItem | undefined> {
  const { rows } = await sql<StoredItem>`
    select e.id, e.name, e.status, e.reason, e.received_at as "receivedAt", e.processed_at as "processedAt",
      e.attempts, e.next_attempt_at as "nextAttemptAt", ${isRetryable} as "isRetryable",
      i.item_index as "itemIndex", i.body
    from public.webhook_events e
    cross join private.read_webhook_item(${workspaceId}, ${eventId}) i
    where e.workspace_id = ${workspaceId} and e.id = ${eventId}
  `.execute(database)
  return rows[0]
}

/** Something that has waited for a person for too long. */
export interface IngestAlarm {
  kind: 'dead_letters' | 'quarantine'
  count: number
  oldestAt: Date
}

/**
 * The alarms of a workspace, or of all of them: what has waited for a person longer than it should.
 *
 * @param olderThanSeconds how long that is; without it as each workspace's settings say
 */
export async function listIngestAlarms(
  database: Database,
  workspaceId: string | null,
  olderThanSeconds?: number,
): Promise<IngestAlarm[]> {
  const { rows } = await sql<IngestAlarm>`
    select case e.status when 'failed' then 'dead_letters' else 'quarantine' end as kind,
      count(*)::int as count, min(e.received_at) as "oldestAt"
    from public.webhook_events e
    left join public.webhook_settings s on s.workspace_id = e.workspace_id
    where ${workspaceId === null ? sql`true` : sql`e.workspace_id = ${workspaceId}`} and ${stuck}
      and e.received_at < now() - make_interval(secs => coalesce(${olderThanSeconds ?? null}::double precision,
        coalesce(s.unattended_minutes, ${defaultWebhookSettings.unattendedMinutes}::integer) * 60))
    group by e.status
    order by 1
  `.execute(database)
  return rows
}
