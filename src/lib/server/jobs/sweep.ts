import type { AsSystem } from '../database/database.ts'
import { findForgottenImports } from '../database/imports-work.ts'
import { findForgottenMedia } from '../database/media.ts'
import { findDueSends } from '../database/outbox.ts'
import { findForgottenRecoveries } from '../database/recovery-work.ts'
import { beatHeart, tryLockSweep } from '../database/worker-heartbeat.ts'
import { findForgottenEvents, takeOverOrphans } from '../ingest/pending-events.ts'
import { errorFields, type Log } from '../log.ts'
import type { Queue } from '../queue/queue.ts'

/** Rows younger than this have a job that is about to take them, or is at it. */
const forgottenEventSeconds = 2
/** A reply that is younger has a job that is about to send it. */
const forgottenSendMs = 3_000
/** A file that is being copied is due a while ahead as long as its worker lives. */
const forgottenMediaMs = 1_000
/** An import writes down every few hundred milliseconds how far it is. */
const forgottenImportSeconds = 20
/** A recovery run does so with each batch. */
const forgottenRecoverySeconds = 30

/**
 * Shows every second that the worker is alive, and enqueues anew what a dead worker left behind: pg-boss itself
 * notices a dead worker only when its job's time is over.
 *
 * @returns ends it, after the round that is under way
 */
export function startSweep(
  dependencies: {
    asSystem: AsSystem
    log: Log
    workerId: string
    complete: Queue['complete']
    /** Ids of the jobs of `apply-events` that this worker has taken and not ended. */
    inHand: ReadonlySet<string>
  },
  intervalMs = 1_000,
): () => Promise<void> {
  const { asSystem, log, workerId, complete, inHand } = dependencies
  let round: Promise<void> = Promise.resolve()
  let isRunning = false

  async function sweep(): Promise<void> {
    try {
      // By itself: a round that takes long must not make a living worker look dead.
      await asSystem((database) => beatHeart(database, workerId, [...inHand]))
      await asSystem(async (database, enqueue) => {
        if (!(await tryLockSweep(database))) return
        const jobs = [
          ...(await takeOverOrphans(database, complete)),
          ...(await findForgottenEvents(database, forgottenEventSeconds)),
          ...(await findDueSends(database, forgottenSendMs)),
          ...(await findForgottenMedia(database, forgottenMediaMs)),
          ...(await findForgottenImports(database, forgottenImportSeconds)),
          ...(await findForgottenRecoveries(database, forgottenRecoverySeconds)),
        ]
        for (const job of jobs) enqueue(job)
        if (jobs.length > 0) log.info({ kind: 'sweep', count: jobs.length }, 'enqueued what was left behind')
      })
    } catch (error) {
      log.warn({ kind: 'sweep', ...errorFields(error) }, 'sweep failed')
    }
  }

  function start(): void {
    if (isRunning) return
    isRunning = true
    round = sweep().finally(() => {
      isRunning = false
    })
  }

  start()
  const timer = setInterval(start, intervalMs)
  return async () => {
    clearInterval(timer)
    await round
  }
}
