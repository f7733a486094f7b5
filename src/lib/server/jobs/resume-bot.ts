import type { Job, JobResult } from 'pg-boss'
import { findBot } from '../database/bot-states.ts'
import { createChannelClient } from '../kapso/channel-client.ts'
import type { KapsoClient } from '../kapso/client.ts'
import { KapsoError } from '../kapso/errors.ts'
import { errorFields } from '../log.ts'
import { queueNames, type Queue, type ResumeBotJob } from '../queue/queue.ts'
import type { PauseBotDependencies } from './pause-bot.ts'

/** Works on `resume-bot`: a member gave a thread back to the bot. Safe to run any number of times. */
export async function workResumeBot(queue: Queue, dependencies: PauseBotDependencies): Promise<void> {
  await queue.boss.work(
    queueNames.resumeBot,
    {
      batchSize: 1,
      perJobResults: true,
      localConcurrency: 2,
      localGroupConcurrency: 1,
      pollingIntervalSeconds: 2,
      notifyPollingIntervalSeconds: 5,
    },
    async (jobs: Job<ResumeBotJob>[]) => Promise.all(jobs.map((job) => workOnJob(dependencies, job))),
  )
}

async function workOnJob(dependencies: PauseBotDependencies, job: Job<ResumeBotJob>): Promise<JobResult> {
  try {
    await resumeBot(dependencies, job.data, job.signal)
    return { id: job.id, status: 'completed' }
  } catch (error) {
    const output = errorFields(error)
    dependencies.log.warn(
      { kind: 'resume-bot', ...job.data, jobId: job.id, ...output },
      'job will be tried again',
    )
    return { id: job.id, status: 'failed', output }
  }
}

/**
 * Gives the newest run that was handed over in a thread back to the bot: it then waits for the customer. Where there is
 * none, the customer's next message starts the bot anew. Does nothing when the thread was taken over again meanwhile.
 *
 * @returns whether a run was given back
 * @throws KapsoError when Kapso cannot be reached, is in trouble or wants fewer requests; another try may do better
 */
export async function resumeBot(
  dependencies: PauseBotDependencies,
  job: ResumeBotJob,
  signal?: AbortSignal,
): Promise<boolean> {
  const { asSystem, log } = dependencies
  const bot = await asSystem((database) => findBot(database, job, 'active'))
  if (bot === undefined || bot.kapsoConversationIds.length === 0) return false
  const client = createChannelClient(dependencies, { workspaceId: job.workspaceId, ...bot })
  if (client === null) {
    log.warn({ kind: 'resume-bot', ...job, channelId: bot.channelId }, 'no API key: the bot stays silent')
    return false
  }
  try {
    const wasGivenBack = await giveBack(client, bot.kapsoConversationIds, signal)
    log.info({ kind: 'resume-bot', ...job, wasGivenBack }, 'bot given back')
    return wasGivenBack
  } catch (error) {
    if (!(error instanceof KapsoError) || error.reason !== 'refused') throw error
    // The key may not, or there is no such workflow any more: asking again would not change it.
    log.warn({ kind: 'resume-bot', ...job, ...errorFields(error) }, 'Kapso refused: the bot stays silent')
    return false
  }
}

/** One run only: several bots at once would all answer. Sessions, and the runs of each, come newest first. */
async function giveBack(client: KapsoClient, sessions: string[], signal?: AbortSignal): Promise<boolean> {
  const workflowIds = await client.listWorkflows(signal)
  for (const session of sessions) {
    for (const workflowId of workflowIds) {
      for (const { id, status } of await client.listExecutions(workflowId, session, signal)) {
        if (id && status === 'handoff' && (await client.giveBackExecution(id, signal))) return true
      }
    }
  }
  return false
}
