import type { Job, JobResult } from 'pg-boss'
import { queueAwayMessages } from '../database/away-messages.ts'
import type { AsSystem } from '../database/database.ts'
import { errorFields, type Log } from '../log.ts'
import { queueNames, type Queue, type SendAwayMessageJob } from '../queue/queue.ts'

/** Works on `send-away-message`: customers wrote in a workspace that has an away message. */
export async function workSendAwayMessage(
  queue: Queue,
  { asSystem, log }: { asSystem: AsSystem; log: Log },
): Promise<void> {
  await queue.boss.work(
    queueNames.sendAwayMessage,
    {
      batchSize: 1,
      perJobResults: true,
      localConcurrency: 2,
      localGroupConcurrency: 1,
      pollingIntervalSeconds: 2,
      notifyPollingIntervalSeconds: 5,
    },
    async (jobs: Job<SendAwayMessageJob>[]) =>
      Promise.all(
        jobs.map(async (job): Promise<JobResult> => {
          try {
            await sendAwayMessages(asSystem, job.data)
            return { id: job.id, status: 'completed' }
          } catch (error) {
            const output = errorFields(error)
            const { workspaceId } = job.data
            log.warn(
              { kind: 'send-away-message', workspaceId, jobId: job.id, ...output },
              'job will be tried again',
            )
            return { id: job.id, status: 'failed', output }
          }
        }),
      ),
  )
}

/** Puts away messages into the outbox where they are due, with the jobs that send them. Again does nothing. */
export async function sendAwayMessages(
  asSystem: AsSystem,
  job: SendAwayMessageJob,
  now = new Date(),
): Promise<number> {
  return asSystem(async (database, enqueue) => {
    const sends = await queueAwayMessages(database, job, now)
    for (const send of sends) enqueue(send)
    return sends.length
  })
}
