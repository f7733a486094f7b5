import type { Job, JobResult } from 'pg-boss'
import type { RetryPolicy } from '../../domain/send-outcome.ts'
import { errorFields } from '../log.ts'
import type { SendDependencies, SendTimes } from '../outbox/send-dependencies.ts'
import { sendDueMessages } from '../outbox/send-due-messages.ts'
import { queueNames, type Queue, type SendMessageJob } from '../queue/queue.ts'

export const defaultSendTimes: Omit<SendTimes, 'requestMs' | 'settleMs'> = {
  leaseMarginMs: 10_000,
  lookupMs: 30_000,
  firstLookupMs: 1_000,
  patienceMs: 1_500,
  turnMs: 45_000,
}

export const defaultRetryPolicy: RetryPolicy = { maxAttempts: 20, firstDelayMs: 700, longestDelayMs: 60_000 }

/**
 * Works on `send-message`. Any number of processes may: the database decides who sends what. Jobs are not run in a
 * transaction, because a request to Kapso must not hold one open.
 */
export async function workSendMessage(
  queue: Queue,
  dependencies: SendDependencies,
  concurrency = 10,
): Promise<void> {
  await queue.boss.work(
    queueNames.sendMessage,
    {
      batchSize: 1,
      perJobResults: true,
      localConcurrency: concurrency,
      // Leaves room for other workspaces while one of them waits for answers that do not come.
      localGroupConcurrency: Math.max(1, Math.ceil(concurrency * 0.6)),
      pollingIntervalSeconds: 2,
      notifyPollingIntervalSeconds: 5,
    },
    async (jobs: Job<SendMessageJob>[]) => Promise.all(jobs.map((job) => workOnJob(dependencies, job))),
  )
}

async function workOnJob(dependencies: SendDependencies, job: Job<SendMessageJob>): Promise<JobResult> {
  try {
    await sendDueMessages(dependencies, job.data, job.signal)
    return { id: job.id, status: 'completed' }
  } catch (error) {
    // The queue keeps what is said here with the job: no message, for Postgres' own may quote a row.
    const output = errorFields(error)
    dependencies.log.error(
      { kind: 'send-message', ...job.data, jobId: job.id, ...output },
      'job will be tried again',
    )
    return { id: job.id, status: 'failed', output }
  }
}
