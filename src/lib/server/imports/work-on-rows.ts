import type { AsSystem } from '../database/database.ts'
import {
  countImportWork,
  finishImportStep,
  listRowsToApply,
  listRowsToUndo,
  lockImport,
  recordImportProgress,
  workOnRows,
} from '../database/imports-work.ts'
import { lockSenders } from '../database/ledger.ts'
import { takeStatistics } from '../database/statistics.ts'
import { hashToKey } from '../kapso/event-identity.ts'

/** Short enough that whoever waits for one of these people waits for a moment. */
const rowsAtATime = 500
/**
 * A list of customers is often the first that a workspace is given. Looked up by plans that were made while the tables
 * were empty, each row would cost more than the one before it. Later on plans stay what they are, and the regular task is
 * quick enough.
 */
const turnsBeforeStatistics: ReadonlySet<number> = new Set([2, 4, 8, 16])

interface RowWork {
  asSystem: AsSystem
  workspaceId: string
  importId: string
  signal?: AbortSignal | undefined
}

/**
 * Writes an import's rows to contacts, or takes them back, some in each transaction. Each row says whether it is done, so
 * that whoever goes on after a worker died does none twice.
 *
 * @throws when the database is to blame or the signal ended it
 */
export async function workOnImport(work: RowWork, step: 'apply' | 'undo'): Promise<void> {
  const { asSystem, workspaceId, importId, signal } = work
  const progress = await asSystem((database) => countImportWork(database, workspaceId, importId, step))
  let passed: number | null = null
  for (let turn = 1; ; turn++) {
    signal?.throwIfAborted()
    const isOver = await asSystem(async (database) => {
      const held = await lockImport(database, workspaceId, importId)
      if (held?.state !== (step === 'apply' ? 'applying' : 'undoing')) return true
      const list = step === 'apply' ? listRowsToApply : listRowsToUndo
      let rows = await list(database, workspaceId, importId, { passed, limit: rowsAtATime })
      if (rows.length === 0 && passed !== null) {
        // Should Postgres have died meanwhile, some of what was passed is not done: its commits did not wait for the disk.
        rows = await list(database, workspaceId, importId, { passed: null, limit: rowsAtATime })
        if (rows.length > 0)
          Object.assign(progress, await countImportWork(database, workspaceId, importId, step))
      }
      if (rows.length === 0) {
        await finishImportStep(database, workspaceId, importId, step === 'apply' ? 'applied' : 'undone')
        return true
      }
      // The same locks as ingest takes: a message of one of these numbers comes before or after, and never between.
      await lockSenders(
        database,
        rows.flatMap(({ phone }) => (phone === null ? [] : [hashToKey(`${workspaceId}|phone|${phone}`)])),
      )
      await workOnRows(
        database,
        workspaceId,
        importId,
        step,
        rows.map(({ place }) => place),
      )
      progress.done += rows.length
      passed = rows.at(-1)?.place ?? passed
      await recordImportProgress(database, workspaceId, importId, progress)
      return false
    })
    if (isOver) return
    if (turnsBeforeStatistics.has(turn)) await asSystem(takeStatistics)
  }
}
