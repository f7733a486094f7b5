import type { PgBoss } from 'pg-boss'
import { createStatementNames } from '../database/statement-names.ts'
import { applyEventsJob } from './pending-events.ts'
import { createStormMeter, stormPriority, type StormMeter } from './storm-meter.ts'
import type { EnqueueApply } from './store-deliveries.ts'

/** Items a second of one workspace that still are an ordinary day: twenty salespeople chat at a tenth of it. */
const calmItemsPerSecond = 60

/**
 * Lets the door write its jobs with pg-boss on the connection that also writes the ledger. Jobs of a workspace that
 * storms come after those of calm ones.
 */
export function createApplyEnqueuer(
  boss: PgBoss,
  isStorming: StormMeter = createStormMeter(calmItemsPerSecond),
): EnqueueApply {
  const nameOf = createStatementNames()
  return async (client, requests) => {
    const jobs = requests.map(({ workspaceId, webhookEventIds }) => {
      const { queue, data, group } = applyEventsJob(workspaceId, webhookEventIds)
      const priority = isStorming(workspaceId, webhookEventIds.length) ? stormPriority : 0
      return { queue, insert: { data, priority, ...(group === undefined ? {} : { group: { id: group } }) } }
    })
    for (const [queue, group] of Map.groupBy(jobs, (job) => job.queue)) {
      await boss.insert(
        queue,
        group.map((job) => job.insert),
        {
          db: {
            // The statement is long and always the same: prepared once a connection, it is planned once.
            executeSql: (text, values) => client.query({ name: nameOf(text), text, values: values ?? [] }),
          },
        },
      )
    }
  }
}
