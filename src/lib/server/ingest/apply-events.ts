import { sql } from 'kysely'
import { mostApplyAttempts, retryDelaySeconds } from '../../domain/retry-delay.ts'
import type { AsSystem, Database } from '../database/database.ts'
import {
  findBodies,
  findPendingEvents,
  keepPending,
  lockSenders,
  postponeEvent,
  recordSyncFailure,
  settleEvents,
  type EventOutcome,
  type LedgerRow,
} from '../database/ledger.ts'
import { asObject, type JsonObject } from '../kapso/json.ts'
import type { KapsoEvent } from '../kapso/kapso-event.ts'
import { readKapsoEvent } from '../kapso/read-event.ts'
import { errorFields, type Log } from '../log.ts'
import { applyBatch, type AppliedBatch } from './apply-batch.ts'
import { describeCause } from './failure-cause.ts'
import { lockKeys } from './lock-keys.ts'
import { applyEventsJob } from './pending-events.ts'
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

/** A replay holds its senders for a whole batch: what other senders wrote must not wait behind them in this lane. */
const longestLockWaitMs = 1_000

/** Which rows are left for later, and why the job should come back. */
export interface ApplyResult {
  /** Rows that wait for a send to end (DESIGN of the outbox in ARCHITECTURE.md). */
  deferred: number[]
  /** Rows that failed and will be tried again: a job for each is enqueued with the count of its tries. */
  retry: number[]
}

/**
 * Applies ledger rows of one workspace, in one transaction: all senders' locks first, in one order; then everything
 * of them that is still pending, oldest first. A batch that fails is undone and repeated in halves, so that one bad row
 * neither blocks nor repeats the others. Safe to call any number of times with the same ids, at the same time too.
 *
 * Rejects only when the database is to blame (a lost connection, a deadlock, a lock that another holds for long): the caller then tries again later.
 */
export async function applyEvents(
  dependencies: ApplyDependencies,
  workspaceId: string,
  webhookEventIds: number[],
): Promise<ApplyResult> {
  const { log } = dependencies
  const applied = await applyDue(dependencies, workspaceId, webhookEventIds, applyTogether).catch(
    (error: unknown) => {
      if (isDatabaseTrouble(error)) throw error
      // Savepoints cost more than a batch that almost never fails is worth: they are for the second try.
      return applyDue(dependencies, workspaceId, webhookEventIds, (database, events, result) =>
        applyInHalves(database, workspaceId, events, result, log),
      )
    },
  )
  for (const change of applied.sessionChanges) {
    const what =
      change.previousKapsoConversationId === null
        ? 'thread begins in a Kapso conversation'
        : 'thread goes on in another Kapso conversation'
    log.info({ kind: 'session', workspaceId, ...change }, what)
  }
  return { deferred: applied.deferred, retry: applied.retry }

  async function applyTogether(
    database: Database,
    events: ReadEvent[],
    result: ApplyResult & AppliedNews,
  ): Promise<void> {
    noteApplied(result, await applyAndSettle(database, workspaceId, events))
  }
}

/** What follows from applied rows, and only if they are committed. */
type AppliedNews = Pick<AppliedBatch, 'jobs' | 'sessionChanges'>

/** Finds what is due, with its senders locked, and has it applied in the same transaction. */
function applyDue(
  { asSystem }: ApplyDependencies,
  workspaceId: string,
  webhookEventIds: number[],
  apply: (database: Database, due: ReadEvent[], result: ApplyResult & AppliedNews) => Promise<void>,
): Promise<ApplyResult & AppliedNews> {
  return asSystem(async (database, enqueue) => {
    const result: ApplyResult & AppliedNews = { deferred: [], retry: [], jobs: [], sessionChanges: [] }
    const rows = await findPendingEvents(database, workspaceId, webhookEventIds)
    if (rows.length === 0) return result
    const events = await readEvents(database, workspaceId, rows)
    await lockSenders(database, lockKeys(workspaceId, events), longestLockWaitMs)
    const pending = await keepPending(
      database,
      workspaceId,
      rows.map((row) => row.id),
    )
    const due = events.filter(({ row }) => pending.has(row.id))
    if (due.length === 0) return result
    await apply(database, due, result)
    for (const job of result.jobs) enqueue(job)
    return result
  })
}

/** All of them together; those that fail in halves, until the one that is to blame stands alone. */
async function applyInHalves(
  database: Database,
  workspaceId: string,
  events: ReadEvent[],
  result: ApplyResult & AppliedNews,
  log: Log,
): Promise<void> {
  const [first] = events
  if (first === undefined) return
  if (events.length === 1) {
    await applyAlone(database, workspaceId, first, result, log)
    return
  }
  try {
    await applyInSavepoint(database, workspaceId, events, result)
  } catch (error) {
    if (isDatabaseTrouble(error)) throw error
    const middle = Math.ceil(events.length / 2)
    await applyInHalves(database, workspaceId, events.slice(0, middle), result, log)
    await applyInHalves(database, workspaceId, events.slice(middle), result, log)
  }
}

async function applyInSavepoint(
  database: Database,
  workspaceId: string,
  events: ReadEvent[],
  result: ApplyResult & AppliedNews,
): Promise<void> {
  await sql`savepoint apply_events`.execute(database)
  try {
    const applied = await applyAndSettle(database, workspaceId, events)
    // What Postgres would check at the commit is checked here, where it can still be blamed on these events.
    await sql`set constraints all immediate`.execute(database)
    await sql`set constraints all deferred`.execute(database)
    await sql`release savepoint apply_events`.execute(database)
    noteApplied(result, applied)
  } catch (error) {
    if (!isDatabaseTrouble(error)) await sql`rollback to savepoint apply_events`.execute(database)
    throw error
  }
}

async function applyAndSettle(
  database: Database,
  workspaceId: string,
  events: ReadEvent[],
): Promise<AppliedBatch> {
  const applied = await applyBatch(database, workspaceId, events)
  await settleEvents(
    database,
    workspaceId,
    applied.outcomes.filter((outcome): outcome is EventOutcome => outcome.status !== 'deferred'),
  )
  return applied
}

function noteApplied(result: ApplyResult & AppliedNews, applied: AppliedBatch): void {
  result.deferred.push(
    ...applied.outcomes.flatMap((outcome) => (outcome.status === 'deferred' ? [outcome.id] : [])),
  )
  result.jobs.push(...applied.jobs)
  result.sessionChanges.push(...applied.sessionChanges)
}

async function applyAlone(
  database: Database,
  workspaceId: string,
  read: ReadEvent,
  result: ApplyResult & AppliedNews,
  log: Log,
): Promise<void> {
  const { id } = read.row
  const attempts = read.row.attempts + 1
  try {
    await applyInSavepoint(database, workspaceId, [read], result)
  } catch (error) {
    if (isDatabaseTrouble(error)) throw error
    const fields = errorFields(error)
    log.error(
      { kind: 'apply-event', workspaceId, webhookEventId: id, ...fields },
      'event could not be applied',
    )
    if (attempts < mostApplyAttempts) {
      const seconds = retryDelaySeconds(attempts, Math.random())
      await postponeEvent(database, workspaceId, { id, attempts, seconds })
      result.jobs.push(applyEventsJob(workspaceId, [id], seconds))
      result.retry.push(id)
      return
    }
    const cause = describeCause(error)
    await postponeEvent(database, workspaceId, { id, attempts, seconds: null })
    await settleEvents(database, workspaceId, [{ id, status: 'failed', reason: cause }])
    await recordSyncFailure(database, workspaceId, { webhookEventId: id, cause, attempts })
  }
}

/** Reason of an item whose body retention has dropped. */
export const bodyMissing = 'body_missing'

/** Reads what the rows say, each from the body that it came in. */
export async function readEvents(
  database: Database,
  workspaceId: string,
  rows: LedgerRow[],
): Promise<ReadEvent[]> {
  const bodies = await findBodies(database, workspaceId, [...new Set(rows.map((row) => row.deliveryId))])
  const parsed = new Map([...bodies].map(([id, body]) => [id, parseObject(body)]))
  return rows.map((row): ReadEvent => {
    const root = parsed.get(row.deliveryId)
    const batch =
      root?.['batch'] === true && Array.isArray(root['data']) ? (root['data'] as unknown[]) : undefined
    const item = batch === undefined ? root : asObject(batch[row.itemIndex])
    const event: KapsoEvent =
      item === undefined
        ? { kind: 'quarantined', reason: bodyMissing }
        : readSafely(row.name, item, row.receivedAt)
    return { row, event }
  })
}

/** An item on which the reader itself fails waits for a better one, and holds up nothing. */
function readSafely(name: string, item: JsonObject, receivedAt: Date): KapsoEvent {
  try {
    return readKapsoEvent(name, item, receivedAt)
  } catch (error) {
    return { kind: 'quarantined', reason: `not_readable: ${describeCause(error)}` }
  }
}

/** Whether it is not an event's fault: the connection is gone, the server is short of something, or two transactions collided or waited too long. */
export function isDatabaseTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (!('code' in error) || typeof error.code !== 'string') return /connection/i.test(error.message)
  return /^(08|40|53|57|58|55P03)/.test(error.code) || !/^[0-9A-Z]{5}$/.test(error.code)
}
