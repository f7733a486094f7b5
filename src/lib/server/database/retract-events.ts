import { sql, type RawBuilder } from 'kysely'
import type { Database } from './database.ts'
import type { LedgerRow } from './ledger.ts'
import type { WebhookEventStatus } from './schema.d.ts'

/** What an endpoint let in between two moments; the later one does not belong to it. */
export interface RetractionSpan {
  endpointId: string
  /** Null for what any of its secrets let in, and for what came before it was written down which. */
  secretId: string | null
  from: string
  to: string
}

/** A ledger row as it stands. */
export interface LedgerState {
  status: WebhookEventStatus
  reason: string | null
  processedAt: string | null
  nextAttemptAt: string | null
}

export type SpannedEvent = LedgerRow & LedgerState

/** Reason of a ledger row that a recovery run took back. */
export const retracted = 'retracted'

/** The endpoint, if it is one of the workspace. */
export async function hasEndpoint(
  database: Database,
  workspaceId: string,
  endpointId: string,
): Promise<boolean> {
  const found = await database
    .selectFrom('webhook_endpoints')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', endpointId)
    .select('id')
    .executeTakeFirst()
  return found !== undefined
}

/** The secret, if it is, or was, one of the endpoint. For owners and admins. */
export async function hasSecret(
  database: Database,
  workspaceId: string,
  { endpointId, secretId }: { endpointId: string; secretId: string },
): Promise<boolean> {
  const { rows } = await sql`
    select from private.list_endpoint_secrets(${workspaceId}) s
    where s.id = ${secretId} and s.endpoint_id = ${endpointId}
  `.execute(database)
  return rows.length > 0
}

/** The first and the last ledger row of a span, with those of unknown secrets; undefined where there is none. */
export async function findEventRange(
  database: Database,
  workspaceId: string,
  span: RetractionSpan,
): Promise<{ first: number; last: number } | undefined> {
  const { rows } = await sql<{ first: number | null; last: number | null }>`
    select min(e.id) as first, max(e.id) as last
    from public.webhook_events e
    where e.workspace_id = ${workspaceId} and ${isOfSpan(workspaceId, span, { hasUnknown: true })}
  `.execute(database)
  const [row] = rows
  return row === undefined || row.first === null || row.last === null
    ? undefined
    : { first: row.first, last: row.last }
}

/**
 * The ledger rows of a span that nobody took back, oldest first, within a range of ids. With those of unknown secrets:
 * findUnknownSecrets tells which these are.
 */
export async function listSpannedEvents(
  database: Database,
  workspaceId: string,
  span: RetractionSpan,
  range: { after: number; last: number },
  limit: number,
): Promise<SpannedEvent[]> {
  return readLedger(
    database,
    sql`e.workspace_id = ${workspaceId} and e.id > ${range.after} and e.id <= ${range.last}
      and ${isOfSpan(workspaceId, span, { hasUnknown: true })} and e.reason is distinct from ${retracted} order by e.id limit ${limit}`,
  )
}

/** Of these ledger rows those of which nobody wrote down which secret let them in. */
export async function findUnknownSecrets(
  database: Database,
  workspaceId: string,
  ids: number[],
): Promise<Set<number>> {
  const { rows } = await sql<{ id: number }>`
    select e.id
    from public.webhook_events e
    join public.webhook_deliveries d on d.workspace_id = ${workspaceId} and d.id = e.delivery_id
    where e.workspace_id = ${workspaceId} and e.id = any(${ids}::bigint[]) and d.secret_id is null
  `.execute(database)
  return new Set(rows.map(({ id }) => id))
}

/** Ledger rows by id. */
export async function findLedgerRows(
  database: Database,
  workspaceId: string,
  ids: number[],
): Promise<SpannedEvent[]> {
  return readLedger(
    database,
    sql`e.workspace_id = ${workspaceId} and e.id = any(${ids}::bigint[]) order by e.id`,
  )
}

/** The same, locked until the end of the transaction. */
export async function lockLedgerRows(
  database: Database,
  workspaceId: string,
  ids: number[],
): Promise<SpannedEvent[]> {
  return readLedger(
    database,
    sql`e.workspace_id = ${workspaceId} and e.id = any(${ids}::bigint[]) order by e.id for no key update`,
  )
}

/**
 * What else was told and applied of these senders, the newest first: not what came in within the span. Of each sender the
 * latest and the earliest, so that one who writes much hides nobody else.
 */
export async function findOtherEvents(
  database: Database,
  workspaceId: string,
  span: RetractionSpan,
  subjectKeys: string[],
): Promise<SpannedEvent[]> {
  const keys = [...new Set(subjectKeys)].filter((key) => key !== '0')
  if (keys.length === 0) return []
  const latest = Math.max(fewestLatestEvents, Math.floor(mostOtherEvents / keys.length))
  const { rows } = await sql<{ id: number }>`
    select o.id
    from unnest(${keys}::bigint[]) as sender (key)
    cross join lateral (
      select e.id, row_number() over (order by e.id desc) as from_last, row_number() over (order by e.id) as from_first
      from public.webhook_events e
      where e.workspace_id = ${workspaceId} and e.subject_key = sender.key and e.status = 'processed'
        and not ${isOfSpan(workspaceId, span)}
    ) o
    where o.from_last <= ${latest}::int or o.from_first <= ${earliestEvents}::int
  `.execute(database)
  return readLedger(
    database,
    sql`e.workspace_id = ${workspaceId} and e.id = any(${rows.map(({ id }) => id)}::bigint[]) order by e.id desc`,
  )
}

/** Shared by the senders of a batch, as far as each of them gets the fewest at least. */
const mostOtherEvents = 5_000
const fewestLatestEvents = 100
const earliestEvents = 20

/** Marks ledger rows as taken back. Their deliveries can be replayed no longer. */
export async function markRetracted(database: Database, workspaceId: string, ids: number[]): Promise<void> {
  await sql`
    update public.webhook_events e
    set status = 'ignored', reason = ${retracted}, processed_at = coalesce(e.processed_at, now())
    where e.workspace_id = ${workspaceId} and e.id = any(${ids}::bigint[])
  `.execute(database)
}

/** Gives ledger rows that were taken back their states again. */
export async function restoreLedger(
  database: Database,
  workspaceId: string,
  states: (LedgerState & { id: number })[],
): Promise<void> {
  await sql`
    update public.webhook_events e
    set status = s.status::public.webhook_event_status, reason = s.reason, processed_at = s."processedAt",
      next_attempt_at = s."nextAttemptAt"
    from json_to_recordset(${JSON.stringify(states)}::json) as s (
      id bigint, status text, reason text, "processedAt" timestamptz, "nextAttemptAt" timestamptz
    )
    where e.workspace_id = ${workspaceId} and e.id = s.id and e.reason = ${retracted}
  `.execute(database)
}

function isOfSpan(
  workspaceId: string,
  { endpointId, secretId, from, to }: RetractionSpan,
  { hasUnknown = false } = {},
): RawBuilder<unknown> {
  const isOfSecret =
    secretId === null
      ? sql``
      : hasUnknown
        ? sql`and (d.secret_id = ${secretId} or d.secret_id is null)`
        : sql`and d.secret_id = ${secretId}`
  // A delivery and its rows are written in one transaction, and so at one time. What was fetched from Kapso came in by
  // no secret.
  return sql`(e.received_at >= ${from}::timestamptz and e.received_at < ${to}::timestamptz and e.source = 'webhook'
    and exists (
      select from public.webhook_deliveries d
      where d.workspace_id = ${workspaceId} and d.id = e.delivery_id and d.endpoint_id = ${endpointId} ${isOfSecret}
    ))`
}

async function readLedger(database: Database, condition: RawBuilder<unknown>): Promise<SpannedEvent[]> {
  const { rows } = await sql<SpannedEvent>`
    select e.id, e.name, e.subject_key::text as "subjectKey", e.delivery_id as "deliveryId",
      e.item_index as "itemIndex", e.attempts, e.received_at as "receivedAt", e.source = 'repair' as "isRepair",
      true as "isLetThrough", e.status, e.reason, to_jsonb(e.processed_at) #>> '{}' as "processedAt",
      to_jsonb(e.next_attempt_at) #>> '{}' as "nextAttemptAt"
    from public.webhook_events e
    where ${condition}
  `.execute(database)
  return rows
}
