import { setTimeout as sleep } from 'node:timers/promises'
import type { Database, JobRequest } from '../database/database.ts'
import { sendMessageJob, type ClaimedMessage, type SendRoute } from '../database/outbox.ts'
import { acceptSend, recordUnaccepted, type UnacceptedResult } from '../database/send-results.ts'
import { findDeferredEvents } from '../ingest/pending-events.ts'
import type { SendMessageJob } from '../queue/queue.ts'
import type { SendDependencies } from './send-dependencies.ts'

/** Records that WhatsApp took a message. Returns after how many milliseconds to look at the outbox again. */
export async function accept(
  dependencies: SendDependencies,
  thread: SendMessageJob,
  message: ClaimedMessage,
  route: SendRoute,
  wamid: string,
): Promise<number> {
  const key = { messageId: message.id, conversationId: thread.conversationId, channelId: route.channelId }
  const result = await settle(dependencies, thread, (database) =>
    acceptSend(database, thread.workspaceId, key, wamid),
  )
  // Another message that was sent from here has this id: which of the two it is, nobody can tell.
  if (result === 'taken') return record(dependencies, thread, message, { state: 'unknown' })
  dependencies.log.debug({ kind: 'send', ...thread, messageId: message.id, attempt: message.attempt }, 'sent')
  return 0
}

/** Records an attempt that was not accepted. Returns after how many milliseconds to look at the outbox again. */
export async function record(
  dependencies: SendDependencies,
  thread: SendMessageJob,
  message: ClaimedMessage,
  result: UnacceptedResult,
): Promise<number> {
  const delayMs = 'delayMs' in result ? result.delayMs : 0
  await settle(dependencies, thread, async (database, enqueue) => {
    const key = { messageId: message.id, attempt: message.attempt }
    const isRecorded = await recordUnaccepted(database, thread, key, result)
    if (isRecorded && delayMs > 0) enqueue(sendMessageJob(thread, delayMs))
  })
  const level = result.state === 'failed' || result.state === 'unknown' ? 'warn' : 'info'
  dependencies.log[level](
    {
      kind: 'send',
      ...thread,
      messageId: message.id,
      attempt: message.attempt,
      reason: result.state === 'failed' ? `failed ${result.code}` : result.state,
    },
    'not accepted',
  )
  return delayMs
}

/** How often, and after which waits, an outcome is written down again when the database fails. */
const settleDelaysMs = [50, 200, 500, 1000, 2000, 4000]

/**
 * Writes an outcome down together with the jobs that follow from it: echoes that waited for this send are looked at
 * again. What Kapso has answered is not asked for twice because of a lost connection: it is tried for some seconds,
 * and then the lookup finds out.
 */
async function settle<Result>(
  { asSystem }: SendDependencies,
  thread: SendMessageJob,
  write: (database: Database, enqueue: (job: JobRequest) => void) => Promise<Result>,
): Promise<Result> {
  for (let trial = 0; ; trial += 1) {
    try {
      return await asSystem(async (database, enqueue) => {
        const result = await write(database, enqueue)
        for (const job of await findDeferredEvents(database, thread.workspaceId)) enqueue(job)
        return result
      })
    } catch (error) {
      const delayMs = settleDelaysMs[trial]
      if (delayMs === undefined) throw error
      await sleep(delayMs)
    }
  }
}
