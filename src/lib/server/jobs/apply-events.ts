import type { Job, JobResult } from 'pg-boss'
import { applyEvents, type ApplyDependencies } from '../ingest/apply-events.ts'
import { applyEventsJob } from '../ingest/pending-events.ts'
import { errorFields } from '../log.ts'
import { queueNames, type ApplyEventsJob, type Queue } from '../queue/queue.ts'

/** A failed event is tried again after this time. */
const retrySeconds = 5

/**
 * Works on `apply-events`: jobs that were fetched together are applied together, one transaction a workspace. A
 * workspace whose rows cannot be applied fails its own jobs only.
 */
export async function workApplyEvents(queue: Queue, dependencies: ApplyDependencies): Promise<void> {
  await queue.boss.work(
    queueNames.applyEvents,
    {
      batchSize: 50,
      localConcurrency: 2,
      perJobResults: true,
      pollingIntervalSeconds: 1,
      notifyPollingIntervalSeconds: 2,
      burstWhenBatchFull: true,
    },
    async (jobs: Job<ApplyEventsJob>[]) => {
      const byWorkspace = Map.groupBy(jobs, (job) => job.data.workspaceId)
      const results = await Promise.all(
        [...byWorkspace].map(([workspaceId, group]) => applyJobs(dependencies, workspaceId, group)),
      )
      return results.flat()
    },
  )
}

async function applyJobs(
  dependencies: ApplyDependencies,
  workspaceId: string,
  jobs: Job<ApplyEventsJob>[],
): Promise<JobResult[]> {
  try {
    const { retry } = await applyEvents(
      dependencies,
      workspaceId,
      jobs.flatMap((job) => job.data.webhookEventIds),
    )
    if (retry.length > 0) {
      await dependencies.asSystem((_database, enqueue) => {
        enqueue(applyEventsJob(workspaceId, retry, retrySeconds))
        return Promise.resolve()
      })
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
