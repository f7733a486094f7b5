import type { Job, JobResult } from 'pg-boss'
import { findWorkspacesThatWait, giveOutTurns } from '../database/assignment.ts'
import type { AsSystem } from '../database/database.ts'
import { errorFields, type Log } from '../log.ts'
import { queueNames, type GiveOutTurnsJob, type Queue } from '../queue/queue.ts'

export interface GiveOutTurnsDependencies {
  asSystem: AsSystem
  log: Log
}

/** Works on `give-out-turns`: conversations came in, or somebody became free. Any number of processes may. */
export async function workGiveOutTurns(queue: Queue, dependencies: GiveOutTurnsDependencies): Promise<void> {
  await queue.boss.work(
    queueNames.giveOutTurns,
    {
      batchSize: 1,
      perJobResults: true,
      localConcurrency: 2,
      localGroupConcurrency: 1,
      pollingIntervalSeconds: 2,
      notifyPollingIntervalSeconds: 5,
    },
    async (jobs: Job<GiveOutTurnsJob>[]) => Promise.all(jobs.map((job) => workOnJob(dependencies, job))),
  )
}

async function workOnJob(
  { asSystem, log }: GiveOutTurnsDependencies,
  job: Job<GiveOutTurnsJob>,
): Promise<JobResult> {
  try {
    await giveOutAll(asSystem, job.data.workspaceId, job.signal)
    return { id: job.id, status: 'completed' }
  } catch (error) {
    const output = errorFields(error)
    log.warn({ kind: 'give-out-turns', ...job.data, jobId: job.id, ...output }, 'job will be tried again')
    return { id: job.id, status: 'failed', output }
  }
}

/**
 * Looks at every workspace in which something waits. Hours begin, members come into teams and limits are raised without
 * anybody enqueuing a job for it.
 */
export async function giveOutTurnsEverywhere(asSystem: AsSystem, signal: AbortSignal): Promise<void> {
  for (const workspaceId of await asSystem(findWorkspacesThatWait)) {
    if (signal.aborted) return
    await giveOutAll(asSystem, workspaceId, signal)
  }
}

/** Each round gives out a bounded number, and holds its locks no longer than that takes. */
async function giveOutAll(asSystem: AsSystem, workspaceId: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const given = await asSystem((database) => giveOutTurns(database, workspaceId))
    if (given === 0) return
  }
}
