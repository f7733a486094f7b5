import { claimTask, finishTask } from '../database/task-runs.ts'
import type { AsSystem } from '../database/database.ts'
import { errorFields, type Log } from '../log.ts'

/** Something that is done again and again. */
export interface ScheduledTask {
  /** Its row in the database: renaming it makes it due at once. */
  name: string
  everySeconds: number
  /** How long a run may take before it counts as dead and another worker may take it up. */
  leaseSeconds: number
  /** Stops early when `signal` is aborted. */
  run: (signal: AbortSignal) => Promise<void>
}

/**
 * Runs each task once per period however many workers there are. The row of a task says when it is due and who has it
 * until when: claiming it is one statement, so that no lock and no transaction is held while Kapso is asked, and a
 * worker that dies gives it up by itself. Periods vary by a tenth, so that many installations do not ask Kapso in step.
 *
 * @returns ends it, after the runs that are under way
 */
export function startSchedule(
  dependencies: { asSystem: AsSystem; log: Log; random?: () => number },
  tasks: ScheduledTask[],
  intervalMs = 5_000,
): () => Promise<void> {
  const stopping = new AbortController()
  const running = new Map<string, Promise<void>>()

  function look(): void {
    for (const task of tasks) {
      if (running.has(task.name)) continue
      running.set(
        task.name,
        runWhenDue(dependencies, task, stopping.signal).finally(() => running.delete(task.name)),
      )
    }
  }

  look()
  const timer = setInterval(look, intervalMs)
  return async () => {
    clearInterval(timer)
    stopping.abort()
    await Promise.all(running.values())
  }
}

/**
 * Runs a task if it is due and nobody else has it. Never rejects: what goes wrong is written down with the task, and it
 * is tried again in the next period.
 */
export async function runWhenDue(
  {
    asSystem,
    log,
    random = Math.random,
  }: { asSystem: AsSystem; log: Log; random?: (() => number) | undefined },
  task: ScheduledTask,
  signal: AbortSignal,
): Promise<void> {
  try {
    const startedAt = await asSystem((database) => claimTask(database, task.name, task.leaseSeconds))
    if (startedAt === null) return
    let error: string | null = null
    try {
      await task.run(signal)
    } catch (thrown) {
      const fields = errorFields(thrown)
      error = [fields.errorName, fields.errorCode].filter((word) => word !== undefined).join(' ')
      log.error({ kind: task.name, ...fields }, 'task failed')
    }
    const waitSeconds = task.everySeconds * (0.95 + random() / 10)
    await asSystem((database) => finishTask(database, task.name, startedAt, waitSeconds, error))
  } catch (thrown) {
    log.warn({ kind: task.name, ...errorFields(thrown) }, 'task could not be claimed or ended')
  }
}
