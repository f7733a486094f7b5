import type { Job, JobResult } from 'pg-boss'
import { applyEvents, type ApplyDependencies } from '../ingest/apply-events.ts'
import { errorFields } from '../log.ts'
import { queueNames, type ApplyEventsJob, type Queue } from '../queue/queue.ts'

/** Rows of one transaction. Each takes a few locks, and Postgres' table of locks is shared by everybody. */
const mostTogether = 400

/**
 * Works on `apply-events`: jobs that were fetched together are applied together, one transaction a workspace. A
 * workspace whose rows cannot be applied fails its own jobs only.
 *
 * @param inHand holds the ids of the jobs that are being worked on
 */
export async function workApplyEvents(
  queue: Queue,
  dependencies: ApplyDependencies,
  inHand: Set<string>,
): Promise<void> {
  const shared = {
    localConcurrency: 1,
    perJobResults: true,
    pollingIntervalSeconds: 1,
    notifyPollingIntervalSeconds: 2,
    burstWhenBatchFull: true,
  } as const
  const apply = async (jobs: Job<ApplyEventsJob>[]): Promise<JobResult[]> => {
    for (const { id } of jobs) inHand.add(id)
    try {
      const byWorkspace = Map.groupBy(jobs, (job) => job.data.workspaceId)
      const results = await Promise.all(
        [...byWorkspace].map(([workspaceId, group]) => applyJobs(dependencies, workspaceId, group)),
      )
      return results.flat()
    } finally {
      for (const { id } of jobs) inHand.delete(id)
    }
  }
  // What a transaction costs whatever it holds is most of what few rows cost: the further behind, the more at once.
  await queue.boss.work(queueNames.applyEvents, { ...shared, batchSize: 64, localConcurrency: 2 }, apply)
  // One lane is never taken by a storm: whoever is calm is waited on at once.
  await queue.boss.work(queueNames.applyEvents, { ...shared, batchSize: 50, minPriority: 0 }, apply)
}

async function applyJobs(
  dependencies: ApplyDependencies,
  workspaceId: string,
  jobs: Job<ApplyEventsJob>[],
): Promise<JobResult[]> {
  try {
    const ids = [...new Set(jobs.flatMap((job) => job.data.webhookEventIds))]
    for (let from = 0; from < ids.length; from += mostTogether) {
      await applyEvents(dependencies, workspaceId, ids.slice(from, from + mostTogether))
    }
    return jobs.map((job) => ({ id: job.id, status: 'completed' }))
  } catch (error) {
    dependencies.log.warn(
      { kind: 'apply-events', workspaceId, ...errorFields(error) },
      'batch will be tried again',
    )
    return jobs.map((job) => ({ id: job.id, status: 'failed', output: errorFields(error) }))
  }
}
