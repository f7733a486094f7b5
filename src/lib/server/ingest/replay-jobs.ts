import type { JobRequest } from '../database/database.ts'
import { queueNames, type ReplayEventsJob } from '../queue/queue.ts'

/** The job that does the step that a replay is at. */
export function replayEventsJob(workspaceId: string, replayId: string): JobRequest {
  const data: ReplayEventsJob = { workspaceId, replayId }
  return { queue: queueNames.replayEvents, data, group: workspaceId }
}
