import type { Job, JobResult } from 'pg-boss'
import type { RetryPolicy } from '../../domain/send-outcome.ts'
import { errorFields } from '../log.ts'
import type { CopyDependencies, CopyTimes } from '../media/copy-dependencies.ts'
import { copyMedia } from '../media/copy-media.ts'
import { queueNames, type CopyMediaJob, type Queue } from '../queue/queue.ts'

export const defaultCopyTimes: CopyTimes = {
  idleMs: 20_000,
  // Below the time after which the queue gives a job up.
  attemptMs: 150_000,
  leaseMs: 3_000,
  renewMs: 1_000,
}

/** About an hour in all: longer than an outage at Kapso, shorter than WhatsApp keeps a file (seven days). */
export const defaultCopyRetries: RetryPolicy = {
  maxAttempts: 12,
  firstDelayMs: 2_000,
  longestDelayMs: 30 * 60_000,
}

/** Works on `copy-media`. Any number of processes may: the claim in the database decides who copies what. */
export async function workCopyMedia(
  queue: Queue,
  dependencies: CopyDependencies,
  concurrency = 4,
): Promise<void> {
  await queue.boss.work(
    queueNames.copyMedia,
    {
      batchSize: 1,
      perJobResults: true,
      localConcurrency: concurrency,
      // Leaves room for other workspaces while one of them sends many large files.
      localGroupConcurrency: Math.max(1, concurrency - 1),
      pollingIntervalSeconds: 2,
      notifyPollingIntervalSeconds: 5,
    },
    async (jobs: Job<CopyMediaJob>[]) => Promise.all(jobs.map((job) => workOnJob(dependencies, job))),
  )
}

async function workOnJob(dependencies: CopyDependencies, job: Job<CopyMediaJob>): Promise<JobResult> {
  try {
    await copyMedia(dependencies, job.data, job.signal)
    return { id: job.id, status: 'completed' }
  } catch (error) {
    const output = errorFields(error)
    dependencies.log.error(
      { kind: 'copy-media', ...job.data, jobId: job.id, ...output },
      'job will be tried again',
    )
    return { id: job.id, status: 'failed', output }
  }
}
