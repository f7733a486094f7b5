import type { Job, JobResult } from 'pg-boss'
import type { AsSystem } from '../database/database.ts'
import { finishImportStep, lockImport, lockImportStep } from '../database/imports-work.ts'
import { checkImport } from '../imports/check-import.ts'
import { workOnImport } from '../imports/work-on-rows.ts'
import { isDatabaseTrouble } from '../ingest/apply-events.ts'
import { errorFields, type Log } from '../log.ts'
import { queueNames, type ImportContactsJob, type Queue } from '../queue/queue.ts'

interface ImportWork {
  asSystem: AsSystem
  log: Log
}

/** Works on `import-contacts`, one at a time: the step that an import is at. */
export async function workImportContacts(queue: Queue, dependencies: ImportWork): Promise<void> {
  await queue.boss.work(
    queueNames.importContacts,
    {
      batchSize: 1,
      localConcurrency: 1,
      perJobResults: true,
      pollingIntervalSeconds: 5,
      notifyPollingIntervalSeconds: 10,
    },
    async (jobs: Job<ImportContactsJob>[]) => Promise.all(jobs.map((job) => workOnJob(dependencies, job))),
  )
}

async function workOnJob(dependencies: ImportWork, job: Job<ImportContactsJob>): Promise<JobResult> {
  try {
    await runImport(dependencies, job.data, job.signal)
    return { id: job.id, status: 'completed' }
  } catch (error) {
    const output = errorFields(error)
    dependencies.log.warn(
      { kind: 'import-contacts', ...job.data, jobId: job.id, ...output },
      'import will be tried again',
    )
    return { id: job.id, status: 'failed', output }
  }
}

/** Does the step that an import is at. One that is done already is left alone, so that a job may run twice. */
export async function runImport(
  { asSystem, log }: ImportWork,
  { workspaceId, importId }: ImportContactsJob,
  signal?: AbortSignal,
): Promise<void> {
  const work = { asSystem, workspaceId, importId, signal }
  const found = await asSystem((database) => lockImport(database, workspaceId, importId))
  try {
    if (found?.state === 'checking') await checkImport(work)
    else if (found?.state === 'applying') await workOnImport(work, 'apply')
    else if (found?.state === 'undoing') await workOnImport(work, 'undo')
    else return
    log.info({ kind: 'import-contacts', workspaceId, importId, state: found.state }, 'import step is done')
  } catch (error) {
    if (signal?.aborted === true || isDatabaseTrouble(error)) throw error
    log.error({ kind: 'import-contacts', workspaceId, importId, ...errorFields(error) }, 'import failed')
    await asSystem(async (database) => {
      // Another worker may have ended the step meanwhile.
      const held = found && (await lockImportStep(database, workspaceId, importId, found))
      if (held === undefined) return
      const failure = { code: 'error', line: null } as const
      await finishImportStep(database, workspaceId, importId, 'failed', { failure })
    })
  }
}
