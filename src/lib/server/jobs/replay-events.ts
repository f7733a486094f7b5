import type { Job, JobResult } from 'pg-boss'
import type { AsSystem } from '../database/database.ts'
import { findReplay, finishReplay, recordReplayProgress, TooManyEvents } from '../database/replays.ts'
import { isDatabaseTrouble } from '../ingest/apply-events.ts'
import { replayEvents } from '../ingest/replay-events.ts'
import { errorFields, type Log } from '../log.ts'
import { queueNames, type Queue, type ReplayEventsJob } from '../queue/queue.ts'

interface ReplayWork {
  asSystem: AsSystem
  log: Log
}

/** Works on `replay-events`, one at a time: what a replay would change, and, once an admin has seen it, the change. */
export async function workReplayEvents(queue: Queue, dependencies: ReplayWork): Promise<void> {
  await queue.boss.work(
    queueNames.replayEvents,
    {
      batchSize: 1,
      localConcurrency: 1,
      perJobResults: true,
      pollingIntervalSeconds: 5,
      notifyPollingIntervalSeconds: 10,
    },
    async (jobs: Job<ReplayEventsJob>[]) => Promise.all(jobs.map((job) => workOnJob(dependencies, job))),
  )
}

async function workOnJob(dependencies: ReplayWork, job: Job<ReplayEventsJob>): Promise<JobResult> {
  try {
    await runReplay(dependencies, job.data, job.signal)
    return { id: job.id, status: 'completed' }
  } catch (error) {
    const output = errorFields(error)
    dependencies.log.warn(
      { kind: 'replay-events', workspaceId: job.data.workspaceId, jobId: job.id, ...output },
      'replay will be tried again',
    )
    return { id: job.id, status: 'failed', output }
  }
}

/** Does the step that a replay is at. One that is done already is left alone, so that a job may run twice. */
export async function runReplay(
  { asSystem, log }: ReplayWork,
  { workspaceId, replayId }: ReplayEventsJob,
  signal?: AbortSignal,
): Promise<void> {
  const replay = await asSystem((database) => findReplay(database, workspaceId, replayId))
  if (replay?.state !== 'checking' && replay?.state !== 'applying') return
  const isCheck = replay.state === 'checking'
  try {
    const report = await replayEvents(
      {
        asSystem,
        onProgress: (done, total) =>
          asSystem((database) => recordReplayProgress(database, workspaceId, replayId, { done, total })),
        ...(signal === undefined ? {} : { signal }),
      },
      workspaceId,
      replay.selection,
      isCheck ? 'check' : 'apply',
    )
    await asSystem((database) =>
      finishReplay(database, workspaceId, replayId, {
        state: isCheck ? 'checked' : 'applied',
        report,
      }),
    )
    log.info({ kind: 'replay-events', workspaceId, count: report.events.replayed }, 'replay step is done')
  } catch (error) {
    if (signal?.aborted === true || isDatabaseTrouble(error)) throw error
    log.error({ kind: 'replay-events', workspaceId, ...errorFields(error) }, 'replay failed')
    await asSystem((database) =>
      finishReplay(database, workspaceId, replayId, {
        state: 'failed',
        failure: error instanceof TooManyEvents ? 'too_many_events' : 'error',
      }),
    )
  }
}
