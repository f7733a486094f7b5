import { sql } from 'kysely'
import {
  addReports,
  emptyReport,
  mostChangesShown,
  packReplay,
  type ReplayReport,
  type ReplaySelection,
  type RowChange,
} from '../../domain/replay.ts'
import type { AsSystem, Database, JobRequest } from '../database/database.ts'
import { lockSenders, settleEvents, type EventOutcome } from '../database/ledger.ts'
import { findReplayCandidates, findStoredEvents } from '../database/replays.ts'
import { applyBatch } from './apply-batch.ts'
import { bodyMissing, isDatabaseTrouble, readEvents } from './apply-events.ts'
import { describeCause } from './failure-cause.ts'
import { lockKeys } from './lock-keys.ts'
import { countWrites, findChangedRows, subtractWrites, type WriteCount } from './replay-changes.ts'

export interface ReplayDependencies {
  asSystem: AsSystem
  /** Told after each batch. */
  onProgress?: (done: number, total: number) => Promise<void>
  /** Ends it between two batches. */
  signal?: AbortSignal
}

export type ReplayMode = 'check' | 'apply'

/**
 * Replays stored events of a workspace: reads them again from their raw bodies and applies them as the worker does, in
 * batches. With `check` every batch runs in a transaction that is rolled back, and the report tells each row that it
 * would have written; with `apply` it is committed. What is there already is written by neither.
 *
 * An event that cannot be applied is named in the report and changes nothing; its place in the ledger stays as it was.
 *
 * @throws TooManyEvents for a selection that is too large
 * @throws when the database is to blame or the signal ended it; what was applied by then stays, and doing it again does
 *   no harm
 */
export async function replayEvents(
  dependencies: ReplayDependencies,
  workspaceId: string,
  selection: ReplaySelection,
  mode: ReplayMode,
): Promise<ReplayReport> {
  const found = await dependencies.asSystem((database) =>
    findReplayCandidates(database, workspaceId, selection),
  )
  const batches = packReplay(found.events)
  const { selected, pending, unreadable } = found
  let report: ReplayReport = {
    ...emptyReport(),
    events: { ...emptyReport().events, selected, pending, unreadable },
  }
  let done = 0
  for (const batch of batches) {
    const scope: ReplayScope = {
      ...dependencies,
      workspaceId,
      mode,
      countsOnly: report.changes.length >= mostChangesShown,
    }
    report = addReports(report, await replayBatch(scope, batch))
    done += batch.length
    await dependencies.onProgress?.(done, found.events.length)
  }
  return report
}

interface ReplayScope extends ReplayDependencies {
  workspaceId: string
  mode: ReplayMode
  /** The report shows as many rows as it may: finding more would only hold the senders' locks longer. */
  countsOnly: boolean
}

/** One event that fails fails its batch: then each goes alone, so that the others are not held up. */
async function replayBatch(scope: ReplayScope, ids: number[]): Promise<ReplayReport> {
  scope.signal?.throwIfAborted()
  try {
    return await replayTogether(scope, ids)
  } catch (error) {
    if (isDatabaseTrouble(error)) throw error
    const [eventId, ...others] = ids
    if (eventId === undefined) return emptyReport()
    if (others.length === 0) return { ...emptyReport(), failures: [{ eventId, cause: describeCause(error) }] }
  }
  let report = emptyReport()
  const failing = new Set<number>()
  for (const id of ids) {
    const alone = await replayBatch(scope, [id])
    if (alone.failures.length > 0) failing.add(id)
    report = addReports(report, alone)
  }
  if (scope.mode === 'apply' || failing.size === ids.length) return report
  // Alone, events do not see what those before them would make: once more, together, without those that fail.
  const sound = await replayTogether(
    scope,
    ids.filter((id) => !failing.has(id)),
  )
  return { ...sound, failures: report.failures, failuresLeftOff: report.failuresLeftOff }
}

/** Ends a transaction whose result is wanted and whose writes are not. */
class RolledBack extends Error {
  readonly report: ReplayReport

  constructor(report: ReplayReport) {
    super('the check is over')
    this.report = report
  }
}

async function replayTogether(
  { asSystem, workspaceId, mode, countsOnly }: ReplayScope,
  ids: number[],
): Promise<ReplayReport> {
  try {
    return await asSystem(async (database, enqueue) => {
      const before = await countWrites(database)
      const { events, jobs } = await applyAgain(database, workspaceId, ids)
      await sql`set constraints all immediate`.execute(database)
      const written = subtractWrites(await countWrites(database), before)
      const report = {
        ...emptyReport(),
        events: { ...emptyReport().events, ...events },
        jobs: countByQueue(jobs),
      }
      if (mode === 'apply') {
        for (const job of jobs) enqueue(job)
        return { ...report, tables: tablesOf(written) }
      }
      if (countsOnly) {
        const tables = tablesOf(written)
        throw new RolledBack({ ...report, tables, changesLeftOff: countRows(tables) })
      }
      const changes = await findChangedRows(database, asSystem, workspaceId, written)
      throw new RolledBack(addReports(report, { ...emptyReport(), changes, tables: countByTable(changes) }))
    })
  } catch (error) {
    if (error instanceof RolledBack) return error.report
    throw error
  }
}

async function applyAgain(
  database: Database,
  workspaceId: string,
  ids: number[],
): Promise<{ events: Partial<ReplayReport['events']>; jobs: JobRequest[] }> {
  const stored = await findStoredEvents(database, workspaceId, ids)
  const all = await readEvents(database, workspaceId, stored)
  const events = all.filter(({ event }) => !('reason' in event && event.reason === bodyMissing))
  await lockSenders(database, lockKeys(workspaceId, events))
  const { outcomes, jobs } = await applyBatch(database, workspaceId, events)
  const storedById = new Map(stored.map((row) => [row.id, row]))
  // An echo that waits for a send stays as it is: the next replay finds the send ended.
  const settled = outcomes.filter((outcome): outcome is EventOutcome => outcome.status !== 'deferred')
  const changed = settled.filter(({ id, status, reason }) => {
    const row = storedById.get(id)
    return row?.status !== status || row.reason !== reason
  })
  await settleEvents(database, workspaceId, changed)
  const recovered = changed.filter(({ status }) => status === 'processed').length
  return {
    events: { replayed: events.length, withoutBody: all.length - events.length, recovered },
    jobs,
  }
}

function countByQueue(jobs: JobRequest[]): Record<string, number> {
  return Object.fromEntries(
    [...Map.groupBy(jobs, ({ queue }) => queue)].map(([queue, { length }]) => [queue, length]),
  )
}

function tablesOf(written: WriteCount[]): ReplayReport['tables'] {
  return written.map(({ schema: _, ...counts }) => counts)
}

function countRows(tables: ReplayReport['tables']): number {
  return tables.reduce((sum, { inserted, updated, deleted }) => sum + inserted + updated + deleted, 0)
}

function countByTable(changes: RowChange[]): ReplayReport['tables'] {
  return [...Map.groupBy(changes, ({ table }) => table)].map(([table, rows]) => ({
    table,
    inserted: rows.filter(({ action }) => action === 'insert').length,
    updated: rows.filter(({ action }) => action === 'update').length,
    deleted: rows.filter(({ action }) => action === 'delete').length,
  }))
}
