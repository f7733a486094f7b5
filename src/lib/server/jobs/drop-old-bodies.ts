import type { AsSystem } from '../database/database.ts'
import {
  deleteOldCounts,
  dropBodies,
  dropKeptBodies,
  dropReplayReports,
  findRetentionStep,
  passBodies,
} from '../database/retention.ts'

/** Rows that one transaction changes: short enough for nobody to wait for it. */
const mostPerBatch = 1_000

/**
 * Drops raw bodies that are older than their workspace keeps them; the ledger and its ids stay. Walks along the time in
 * steps of an hour, so that each run looks at what has grown old since the last one. A delivery with an item that is
 * not finished keeps its body until it is.
 *
 * @returns how many bodies it dropped
 */
export async function dropOldBodies(
  asSystem: AsSystem,
  signal: AbortSignal,
  mostRows = mostPerBatch,
): Promise<number> {
  let dropped = 0
  async function repeat(work: () => Promise<number>): Promise<void> {
    let rows = mostRows
    while (rows === mostRows && !signal.aborted) {
      rows = await work()
      dropped += rows
    }
  }

  await repeat(() => asSystem((database) => dropKeptBodies(database, mostRows)))
  while (!signal.aborted) {
    const step = await asSystem(findRetentionStep)
    if (step === null) return dropped
    await repeat(() => asSystem((database) => dropBodies(database, step, mostRows)))
    if (signal.aborted) return dropped
    await asSystem((database) => passBodies(database, step))
  }
  return dropped
}

/** Counts, alarms and findings are kept for longer than any chart shows. */
const countDays = 400

/**
 * Deletes counts by hour, and alarms and findings that ended, when they are older than 400 days; and what replays showed
 * of rows.
 */
export async function dropOldCounts(
  asSystem: AsSystem,
  signal: AbortSignal,
  mostRows = mostPerBatch,
): Promise<void> {
  await asSystem(dropReplayReports)
  let rows = mostRows
  while (rows > 0 && !signal.aborted) {
    rows = await asSystem((database) => deleteOldCounts(database, countDays, mostRows))
  }
}
