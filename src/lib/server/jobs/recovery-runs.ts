import type { Job, JobResult } from 'pg-boss'
import { errorFields } from '../log.ts'
import { queueNames, type Queue, type WorkRecoveryJob } from '../queue/queue.ts'
import { workOnRecovery, type RecoveryWork } from '../recovery/work-on-recovery.ts'

/** Works on `work-recovery`, one at a time: the step that a recovery run is at. */
export async function workRecoveryRuns(queue: Queue, dependencies: RecoveryWork): Promise<void> {
  await queue.boss.work(
    queueNames.workRecovery,
    {
      batchSize: 1,
      localConcurrency: 1,
      perJobResults: true,
      pollingIntervalSeconds: 5,
      notifyPollingIntervalSeconds: 10,
    },
    async (jobs: Job<WorkRecoveryJob>[]) => Promise.all(jobs.map((job) => workOnJob(dependencies, job))),
  )
}

async function workOnJob(dependencies: RecoveryWork, job: Job<WorkRecoveryJob>): Promise<JobResult> {
  try {
    await workOnRecovery(dependencies, job.data, job.signal)
    return { id: job.id, status: 'completed' }
  } catch (error) {
    const output = errorFields(error)
    dependencies.log.warn(
      { kind: 'work-recovery', ...job.data, jobId: job.id, ...output },
      'recovery run will be tried again',
    )
    return { id: job.id, status: 'failed', output }
  }
}
