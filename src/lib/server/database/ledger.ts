import { sql } from 'kysely'
import { blockedContact } from './contact-blocks.ts'
import type { Database } from './database.ts'

/** A ledger row with the body that it came in. */
export interface LedgerRow {
  id: number
  name: string
  subjectKey: string
  deliveryId: string
  itemIndex: number
  attempts: number
  receivedAt: Date
  /** Fetched from Kapso because it was missing; nothing of it may look like news. */
  isRepair: boolean
  /** A block of its sender does not keep it out: somebody let it through, or it was applied before. */
  isLetThrough?: boolean
}

/** Rows that are applied in one go. What is left over is found again by the sweep. */
const mostRows = 1_000

/**
 * The pending rows among `ids`, and every earlier pending row of the same senders: whoever applies a sender's event
 * applies what came before it first. A row that has failed is left out until its next try is due, so that it holds up
 * nothing that came after it.
 */
export async function findPendingEvents(
  database: Database,
  workspaceId: string,
  ids: number[],
): Promise<LedgerRow[]> {
  const { rows } = await sql<{
    id: number
    name: string
    subject_key: string
    delivery_id: string
    item_index: number
    attempts: number
    received_at: Date
    source: string
    reason: string | null
  }>`
    with asked as (
      select e.id, e.subject_key from public.webhook_events e
      where e.workspace_id = ${workspaceId} and e.id = any(${ids}::bigint[]) and e.status = 'pending'
        and (e.next_attempt_at is null or e.next_attempt_at <= now())
    ), sender as (
      select a.subject_key, max(a.id) as last_id from asked a where a.subject_key <> 0 group by a.subject_key
    ), due as (
      select a.id from asked a
      union
      select e.id
      from sender s
      join public.webhook_events e
        on e.workspace_id = ${workspaceId} and e.subject_key = s.subject_key and e.id < s.last_id
          and e.status = 'pending' and (e.next_attempt_at is null or e.next_attempt_at <= now())
    )
    select e.id, e.name, e.subject_key::text, e.delivery_id, e.item_index, e.attempts, e.received_at, e.source,
      e.reason
    from public.webhook_events e
    where e.workspace_id = ${workspaceId}
      and e.id = any(array(select d.id from due d order by d.id limit ${sql.lit(mostRows)}))
    order by e.id
  `.execute(database)
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    subjectKey: row.subject_key,
    deliveryId: row.delivery_id,
    itemIndex: row.item_index,
    attempts: row.attempts,
    receivedAt: row.received_at,
    isRepair: row.source === 'repair',
    isLetThrough: row.reason === blockedContact,
  }))
}

/** Raw bodies by delivery id; those that retention has dropped are missing. */
export async function findBodies(
  database: Database,
  workspaceId: string,
  deliveryIds: string[],
): Promise<Map<string, Buffer>> {
  const { rows } = await sql<{ id: string; body: Buffer | null }>`
    select d.id, d.body from public.webhook_deliveries d
    where d.workspace_id = ${workspaceId} and d.id = any(${deliveryIds}::uuid[])
  `.execute(database)
  return new Map(rows.flatMap((row) => (row.body === null ? [] : [[row.id, row.body]])))
}

/**
 * Takes the locks of all senders of a batch, in one order, until the end of the transaction. A later statement then
 * sees what whoever held them has committed.
 *
 * @param keys signed 64-bit integers in decimal, see hashToKey
 * @param longestWaitMs how long the transaction waits for a lock, this one or a later one; without end if not given
 */
export async function lockSenders(database: Database, keys: string[], longestWaitMs = 0): Promise<void> {
  await sql`
    with timeout as materialized (select set_config('lock_timeout', ${String(longestWaitMs)}, true))
    select pg_advisory_xact_lock(k.key)
    from timeout
    cross join (select distinct key from unnest(${keys}::bigint[]) as u (key) order by key) k
    where timeout.set_config is not null
  `.execute(database)
}

/** Of these rows, those that still are to be applied. */
export async function keepPending(
  database: Database,
  workspaceId: string,
  ids: number[],
): Promise<Set<number>> {
  const { rows } = await sql<{ id: number }>`
    select e.id from public.webhook_events e
    where e.workspace_id = ${workspaceId} and e.id = any(${ids}::bigint[]) and e.status = 'pending'
  `.execute(database)
  return new Set(rows.map((row) => row.id))
}

/** How a row ends. */
export interface EventOutcome {
  id: number
  status: 'processed' | 'ignored' | 'quarantined' | 'failed'
  reason: string | null
}

/** Writes down what became of the rows. One that had been a dead letter is none any more when it went through. */
export async function settleEvents(
  database: Database,
  workspaceId: string,
  outcomes: EventOutcome[],
): Promise<void> {
  if (outcomes.length === 0) return
  await sql`
    with settled as (
      update public.webhook_events e
      set status = o.status::public.webhook_event_status, reason = o.reason, processed_at = now()
      from unnest(
        ${outcomes.map((outcome) => outcome.id)}::bigint[],
        ${outcomes.map((outcome) => outcome.status)}::text[],
        ${outcomes.map((outcome) => outcome.reason)}::text[]
      ) as o (id, status, reason)
      where e.workspace_id = ${workspaceId} and e.id = o.id
      returning e.id, e.status
    )
    update public.sync_failures f
    set resolved_at = now()
    from settled s
    where f.workspace_id = ${workspaceId} and f.webhook_event_id = s.id and s.status <> 'failed'
      and f.resolved_at is null
  `.execute(database)
}

/** Counts a failed attempt; the row stays pending until its next try, or for good where there is none. */
export async function postponeEvent(
  database: Database,
  workspaceId: string,
  { id, attempts, seconds }: { id: number; attempts: number; seconds: number | null },
): Promise<void> {
  await sql`
    update public.webhook_events e
    set attempts = ${attempts}, next_attempt_at = now() + make_interval(secs => ${seconds}::double precision)
    where e.workspace_id = ${workspaceId} and e.id = ${id}
  `.execute(database)
}

/** Makes a dead letter of an event, or adds its tries to those of the one there is. */
export async function recordSyncFailure(
  database: Database,
  workspaceId: string,
  failure: { webhookEventId: number; cause: string; attempts: number },
): Promise<void> {
  await database
    .insertInto('sync_failures')
    .values({
      workspace_id: workspaceId,
      webhook_event_id: failure.webhookEventId,
      cause: failure.cause,
      attempts: failure.attempts,
    })
    .onConflict((conflict) =>
      conflict.column('webhook_event_id').doUpdateSet({
        cause: failure.cause,
        attempts: sql<number>`sync_failures.attempts + ${failure.attempts}`,
        last_failed_at: sql<Date>`now()`,
        resolved_at: null,
      }),
    )
    .execute()
}
