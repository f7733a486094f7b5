import type { Job, JobResult } from 'pg-boss'
import type { RetryPolicy } from '../../domain/send-outcome.ts'
import { sendMessageJob } from '../database/outbox.ts'
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
  const wakeLater = createAlarms(dependencies)
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
    async (jobs: Job<SendMessageJob>[]) =>
      Promise.all(jobs.map((job) => workOnJob({ ...dependencies, wakeLater }, job))),
  )
}

/** Later than this a job that waits in the queue is soon enough. */
const longestAlarmMs = 10_000

/**
 * Wakes a thread's outbox at a moment that is near: jobs for later are only polled for, and a send that could be undone
 * for five seconds is to leave then and not some seconds later. Whatever is lost with this process has its job.
 */
function createAlarms({ asSystem, log }: SendDependencies): NonNullable<SendDependencies['wakeLater']> {
  const alarms = new Map<string, NodeJS.Timeout>()
  return (thread, afterMs) => {
    const key = thread.conversationId
    if (afterMs > longestAlarmMs || alarms.has(key)) return
    const timer = setTimeout(() => {
      alarms.delete(key)
      asSystem((_database, enqueue) => Promise.resolve(enqueue(sendMessageJob(thread)))).catch(
        (error: unknown) => {
          log.warn({ kind: 'send-message', ...thread, ...errorFields(error) }, 'not woken')
        },
      )
    }, afterMs + 5)
    timer.unref()
    alarms.set(key, timer)
  }
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
