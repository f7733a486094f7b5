import type { JobRequest } from '../database/database.ts'
import { queueNames, type ImportContactsJob } from '../queue/queue.ts'

/** The job that does the step that an import is at. */
export function importContactsJob(workspaceId: string, importId: string): JobRequest {
  const data: ImportContactsJob = { workspaceId, importId }
  return { queue: queueNames.importContacts, data, group: workspaceId }
}
