import type { Job, JobResult } from 'pg-boss'
import { findBot } from '../database/bot-states.ts'
import type { AsSystem } from '../database/database.ts'
import { createChannelClient, type ChannelClientDependencies } from '../kapso/channel-client.ts'
import type { KapsoClient } from '../kapso/client.ts'
import { KapsoError } from '../kapso/errors.ts'
import { errorFields } from '../log.ts'
import { queueNames, type PauseBotJob, type Queue } from '../queue/queue.ts'

export interface PauseBotDependencies extends ChannelClientDependencies {
  asSystem: AsSystem
}

/** Runs that the bot no longer acts in (Kapso docs: workflow executions). */
const idleStatuses = new Set(['handoff', 'ended', 'failed', 'completed', 'cancelled', 'canceled', 'stopped'])

/**
 * Works on `pause-bot`: a person has answered from the phone or taken over here, and Kapso's workflow is to leave the
 * thread to people. Kapso does not do that by itself. Safe to run any number of times; the queue repeats what fails.
 */
export async function workPauseBot(queue: Queue, dependencies: PauseBotDependencies): Promise<void> {
  await queue.boss.work(
    queueNames.pauseBot,
    {
      batchSize: 1,
      perJobResults: true,
      localConcurrency: 2,
      localGroupConcurrency: 1,
      pollingIntervalSeconds: 2,
      notifyPollingIntervalSeconds: 5,
    },
    async (jobs: Job<PauseBotJob>[]) => Promise.all(jobs.map((job) => workOnJob(dependencies, job))),
  )
}

async function workOnJob(dependencies: PauseBotDependencies, job: Job<PauseBotJob>): Promise<JobResult> {
  try {
    await pauseBot(dependencies, job.data, job.signal)
    return { id: job.id, status: 'completed' }
  } catch (error) {
    const output = errorFields(error)
    dependencies.log.warn(
      { kind: 'pause-bot', ...job.data, jobId: job.id, ...output },
      'job will be tried again',
    )
    return { id: job.id, status: 'failed', output }
  }
}

/**
 * Hands the bot's runs in a thread over to people. Does nothing when there is none, when the thread's bot is not paused
 * any more, or when Kapso knows nothing of it.
 *
 * @returns how many runs were handed over
 * @throws KapsoError when Kapso cannot be reached, is in trouble or wants fewer requests; another try may do better
 */
export async function pauseBot(
  dependencies: PauseBotDependencies,
  job: PauseBotJob,
  signal?: AbortSignal,
): Promise<number> {
  const { asSystem, log } = dependencies
  const bot = await asSystem((database) => findBot(database, job, 'paused'))
  if (bot === undefined || bot.kapsoConversationIds.length === 0) return 0
  const client = createChannelClient(dependencies, { workspaceId: job.workspaceId, ...bot })
  if (client === null) {
    log.warn({ kind: 'pause-bot', ...job, channelId: bot.channelId }, 'no API key: the bot goes on')
    return 0
  }
  try {
    const handedOver = await handOver(client, bot.kapsoConversationIds, signal)
    log.info({ kind: 'pause-bot', ...job, count: handedOver }, 'bot paused')
    return handedOver
  } catch (error) {
    if (!(error instanceof KapsoError) || error.reason !== 'refused') throw error
    // The key may not, or there is no such workflow any more: asking again would not change it.
    log.warn({ kind: 'pause-bot', ...job, ...errorFields(error) }, 'Kapso refused: the bot goes on')
    return 0
  }
}

/** Kapso lists runs by workflow only, so that each workflow is asked for each session. */
async function handOver(client: KapsoClient, sessions: string[], signal?: AbortSignal): Promise<number> {
  let handedOver = 0
  for (const workflowId of await client.listWorkflows(signal)) {
    for (const session of sessions) {
      for (const { id, status } of await client.listExecutions(workflowId, session, signal)) {
        if (!id || (status && idleStatuses.has(status))) continue
        if (await client.handOffExecution(id, signal)) handedOver += 1
      }
    }
  }
  return handedOver
}
