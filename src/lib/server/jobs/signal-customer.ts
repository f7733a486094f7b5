import type { Job, JobResult } from 'pg-boss'
import { findSignalTarget } from '../database/customer-signals.ts'
import type { AsSystem } from '../database/database.ts'
import { createChannelClient, type ChannelClientDependencies } from '../kapso/channel-client.ts'
import { errorFields } from '../log.ts'
import { queueNames, type Queue, type SignalCustomerJob } from '../queue/queue.ts'

export interface SignalDependencies extends ChannelClientDependencies {
  asSystem: AsSystem
}

/** Whoever sees "typing" later than this sees something that is over. */
const longestTypingDelayMs = 10_000

/** Works on `signal-customer`. */
export async function workSignalCustomer(queue: Queue, dependencies: SignalDependencies): Promise<void> {
  await queue.boss.work(
    queueNames.signalCustomer,
    { batchSize: 1, perJobResults: true, localConcurrency: 2, notifyPollingIntervalSeconds: 10 },
    async (jobs: Job<SignalCustomerJob>[]) =>
      Promise.all(
        jobs.map(async (job): Promise<JobResult> => {
          try {
            await signalCustomer(dependencies, job.data)
            return { id: job.id, status: 'completed' }
          } catch (error) {
            const output = errorFields(error)
            dependencies.log.warn({ kind: 'signal-customer', ...job.data, ...output }, 'not shown')
            return { id: job.id, status: 'failed', output }
          }
        }),
      ),
  )
}

/**
 * Marks what the customer last wrote as read, and shows that somebody types where that is what it was about.
 *
 * @throws KapsoError
 */
export async function signalCustomer(
  dependencies: SignalDependencies,
  job: SignalCustomerJob,
): Promise<void> {
  const isTyping = job.isTyping && Date.now() - job.askedAt <= longestTypingDelayMs
  if (job.isTyping && !isTyping) return
  const target = await dependencies.asSystem((database) => findSignalTarget(database, job))
  if (target === undefined) return
  const client = createChannelClient(dependencies, { ...target, workspaceId: job.workspaceId })
  await client?.markRead(target.phoneNumberId, target.wamid, isTyping)
}
