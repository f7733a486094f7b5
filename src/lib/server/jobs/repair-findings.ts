import type { Job } from 'pg-boss'
import { errorFields } from '../log.ts'
import { queueNames, type Queue, type RepairFindingsJob } from '../queue/queue.ts'
import type { ReconcileDependencies } from '../reconcile/reconcile-dependencies.ts'
import { repairFindings } from '../reconcile/repair-findings.ts'

/** Works on `repair-findings`: what an admin marked for repair. One at a time: Kapso's limits are shared. */
export async function workRepairFindings(queue: Queue, dependencies: ReconcileDependencies): Promise<void> {
  await queue.boss.work(
    queueNames.repairFindings,
    { batchSize: 1, perJobResults: true, pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: 5 },
    async (jobs: Job<RepairFindingsJob>[]) =>
      Promise.all(
        jobs.map(async (job) => {
          try {
            await repairFindings(dependencies, job.data.workspaceId, job.signal)
            return { id: job.id, status: 'completed' as const }
          } catch (error) {
            const output = errorFields(error)
            const { workspaceId } = job.data
            dependencies.log.error(
              { kind: 'repair-findings', workspaceId, ...output },
              'job will be tried again',
            )
            return { id: job.id, status: 'failed' as const, output }
          }
        }),
      ),
  )
}
