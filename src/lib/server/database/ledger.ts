import { sql } from 'kysely'
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
}

/**
 * The pending rows among `ids`, and every earlier pending row of the same senders: whoever applies a sender's event
 * applies what came before it first.
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
  }>`
    with asked as (
      select e.id, e.subject_key from public.webhook_events e
      where e.workspace_id = ${workspaceId} and e.id = any(${ids}::bigint[]) and e.status = 'pending'
    )
    select e.id, e.name, e.subject_key::text, e.delivery_id, e.item_index, e.attempts, e.received_at
    from public.webhook_events e
    where e.workspace_id = ${workspaceId} and e.status = 'pending'
      and (
        e.id in (select id from asked)
        or exists (select from asked a where a.subject_key = e.subject_key and a.subject_key <> 0 and e.id < a.id)
      )
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
  }))
}

/** Raw bodies by delivery id; those that retention has dropped are missing. */
export async function findBodies(
  database: Database,
  workspaceId: string,
  deliveryIds: string[],
): Promise<Map<string, Buffer>> {
  const rows = await database
    .selectFrom('webhook_deliveries')
    .select(['id', 'body'])
    .where('workspace_id', '=', workspaceId)
    .where('id', 'in', deliveryIds)
    .execute()
  return new Map(rows.flatMap((row) => (row.body === null ? [] : [[row.id, row.body]])))
}

/**
 * Takes the locks of all senders of a batch, in one order, until the end of the transaction. A later statement then
 * sees what whoever held them has committed.
 *
 * @param keys signed 64-bit integers in decimal, see hashToKey
 */
export async function lockSenders(database: Database, keys: string[]): Promise<void> {
  if (keys.length === 0) return
  await sql`
    select pg_advisory_xact_lock(k.key)
    from (select distinct key from unnest(${keys}::bigint[]) as u (key) order by key) k
  `.execute(database)
}

/** Of these rows, those that still are to be applied. */
export async function keepPending(
  database: Database,
  workspaceId: string,
  ids: number[],
): Promise<Set<number>> {
  const rows = await database
    .selectFrom('webhook_events')
    .select('id')
    .where('workspace_id', '=', workspaceId)
    .where('id', 'in', ids)
    .where('status', '=', 'pending')
    .execute()
  return new Set(rows.map((row) => row.id))
}

/** How a row ends. */
export interface EventOutcome {
  id: number
  status: 'processed' | 'ignored' | 'quarantined' | 'failed'
  reason: string | null
}

/** Writes down what became of the rows. */
export async function settleEvents(
  database: Database,
  workspaceId: string,
  outcomes: EventOutcome[],
): Promise<void> {
  if (outcomes.length === 0) return
  await sql`
    update public.webhook_events e
    set status = o.status::public.webhook_event_status, reason = o.reason, processed_at = now()
    from unnest(
      ${outcomes.map((outcome) => outcome.id)}::bigint[],
      ${outcomes.map((outcome) => outcome.status)}::text[],
      ${outcomes.map((outcome) => outcome.reason)}::text[]
    ) as o (id, status, reason)
    where e.workspace_id = ${workspaceId} and e.id = o.id
  `.execute(database)
}

/** Counts a failed attempt, and keeps the row pending. */
export async function countAttempt(database: Database, workspaceId: string, id: number): Promise<void> {
  await database
    .updateTable('webhook_events')
    .set((expression) => ({ attempts: expression('attempts', '+', 1) }))
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .execute()
}

/** Makes a dead letter of an event, or adds to the one there is. */
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
        attempts: failure.attempts,
        last_failed_at: sql<Date>`now()`,
        resolved_at: null,
      }),
    )
    .execute()
}
