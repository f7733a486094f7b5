import type { JobRequest } from '../database/database.ts'
import { queueNames, type WorkRecoveryJob } from '../queue/queue.ts'

/** The job that does the step that a recovery run is at. */
export function recoveryJob(workspaceId: string, runId: string): JobRequest {
  const data: WorkRecoveryJob = { workspaceId, runId }
  return { queue: queueNames.workRecovery, data, group: workspaceId }
}
