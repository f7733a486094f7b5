import { sql } from 'kysely'
import type { AsSystem, Database } from '../database/database.ts'
import {
  countAttempt,
  findBodies,
  findPendingEvents,
  keepPending,
  lockSenders,
  recordSyncFailure,
  settleEvents,
  type EventOutcome,
  type LedgerRow,
} from '../database/ledger.ts'
import { hashToKey } from '../kapso/event-identity.ts'
import { asObject } from '../kapso/json.ts'
import { readKapsoEvent, type KapsoEvent } from '../kapso/read-event.ts'
import { errorFields, type Log } from '../log.ts'
import { applyBatch } from './apply-batch.ts'
import { parseObject } from './read-delivery.ts'

/** A ledger row together with what it says. */
export interface ReadEvent {
  row: LedgerRow
  event: KapsoEvent
}

export interface ApplyDependencies {
  asSystem: AsSystem
  log: Log
}

/** Which rows are left for later, and why the job should come back. */
export interface ApplyResult {
  /** Rows that wait for a send to end (DESIGN of the outbox in ARCHITECTURE.md). */
  deferred: number[]
  /** Rows that failed and will be tried again. */
  retry: number[]
}

/** After so many tries an event becomes a dead letter that a person looks at. */
const mostAttempts = 5

/**
 * Applies ledger rows of one workspace, in one transaction: all senders' locks first, in one order; then everything
 * of them that is still pending, oldest first. A batch that fails is repeated row by row, so that one bad row neither
 * blocks nor repeats the others. Safe to call any number of times with the same ids, at the same time too.
 *
 * Rejects only when the database is to blame (a lost connection, a deadlock): the caller then tries again later.
 */
export async function applyEvents(
  { asSystem, log }: ApplyDependencies,
  workspaceId: string,
  webhookEventIds: number[],
): Promise<ApplyResult> {
  return asSystem(async (database) => {
    const rows = await findPendingEvents(database, workspaceId, webhookEventIds)
    if (rows.length === 0) return { deferred: [], retry: [] }
    const events = await readEvents(database, workspaceId, rows)
    await lockSenders(database, lockKeys(workspaceId, events))
    const pending = await keepPending(
      database,
      workspaceId,
      rows.map((row) => row.id),
    )
    const due = events.filter(({ row }) => pending.has(row.id))

    const result: ApplyResult = { deferred: [], retry: [] }
    try {
      await applyTogether(database, workspaceId, due, result)
    } catch (error) {
      if (isDatabaseTrouble(error)) throw error
      for (const read of due) await applyAlone(database, workspaceId, read, result, log)
    }
    return result
  })
}

async function applyTogether(
  database: Database,
  workspaceId: string,
  events: ReadEvent[],
  result: ApplyResult,
): Promise<void> {
  await sql`savepoint apply_events`.execute(database)
  try {
    const outcomes = await applyBatch(database, workspaceId, events)
    await settleEvents(
      database,
      workspaceId,
      outcomes.filter((outcome): outcome is EventOutcome => outcome.status !== 'deferred'),
    )
    await sql`release savepoint apply_events`.execute(database)
    result.deferred.push(
      ...outcomes.flatMap((outcome) => (outcome.status === 'deferred' ? [outcome.id] : [])),
    )
  } catch (error) {
    if (!isDatabaseTrouble(error)) await sql`rollback to savepoint apply_events`.execute(database)
    throw error
  }
}

async function applyAlone(
  database: Database,
  workspaceId: string,
  read: ReadEvent,
  result: ApplyResult,
  log: Log,
): Promise<void> {
  const { id, attempts } = read.row
  try {
    await applyTogether(database, workspaceId, [read], result)
  } catch (error) {
    if (isDatabaseTrouble(error)) throw error
    const fields = errorFields(error)
    log.error(
      { kind: 'apply-event', workspaceId, webhookEventId: id, ...fields },
      'event could not be applied',
    )
    const cause = `${fields.errorName}${fields.errorCode === undefined ? '' : ` ${fields.errorCode}`}`
    await countAttempt(database, workspaceId, id)
    if (attempts + 1 < mostAttempts) {
      result.retry.push(id)
      return
    }
    await settleEvents(database, workspaceId, [{ id, status: 'failed', reason: cause }])
    await recordSyncFailure(database, workspaceId, { webhookEventId: id, cause, attempts: attempts + 1 })
  }
}

async function readEvents(database: Database, workspaceId: string, rows: LedgerRow[]): Promise<ReadEvent[]> {
  const bodies = await findBodies(database, workspaceId, [...new Set(rows.map((row) => row.deliveryId))])
  const parsed = new Map([...bodies].map(([id, body]) => [id, parseObject(body)]))
  return rows.map((row): ReadEvent => {
    const root = parsed.get(row.deliveryId)
    const batch =
      root?.['batch'] === true && Array.isArray(root['data']) ? (root['data'] as unknown[]) : undefined
    const item = batch === undefined ? root : asObject(batch[row.itemIndex])
    const event: KapsoEvent =
      item === undefined
        ? { kind: 'quarantined', reason: 'body_missing' }
        : readKapsoEvent(row.name, item, row.receivedAt)
    return { row, event }
  })
}

/**
 * One lock for each thing by which a sender is known: two deliveries of a new person meet at least in one, also when
 * one of them carries the number and the other the business-scoped id. Not per channel: a person is one person on all
 * of a workspace's numbers.
 */
function lockKeys(workspaceId: string, events: ReadEvent[]): string[] {
  return events.flatMap(({ event }) => {
    if (event.kind === 'status') return [hashToKey(`${workspaceId}|wamid|${event.wamid}`)]
    if (event.kind !== 'message') return []
    const { phone, businessScopedId, kapsoConversationId } = event.counterpart
    return [
      hashToKey(`${workspaceId}|wamid|${event.wamid}`),
      ...(phone === null ? [] : [hashToKey(`${workspaceId}|phone|${phone.e164}`)]),
      ...(businessScopedId === null ? [] : [hashToKey(`${workspaceId}|scoped|${businessScopedId}`)]),
      ...(kapsoConversationId === null ? [] : [hashToKey(`${workspaceId}|session|${kapsoConversationId}`)]),
    ]
  })
}

/** Not an event's fault: the connection is gone, the server is short of something, or two transactions collided. */
function isDatabaseTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (!('code' in error) || typeof error.code !== 'string') return /connection/i.test(error.message)
  return /^(08|40|53|57|58)/.test(error.code) || !/^[0-9A-Z]{5}$/.test(error.code)
}
