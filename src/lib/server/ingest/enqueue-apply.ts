import type { PgBoss } from 'pg-boss'
import { createStatementNames } from '../database/statement-names.ts'
import { applyEventsJob } from './pending-events.ts'
import type { EnqueueApply } from './store-deliveries.ts'

/** Lets the door write its jobs with pg-boss on the connection that also writes the ledger. */
export function createApplyEnqueuer(boss: PgBoss): EnqueueApply {
  const nameOf = createStatementNames()
  return async (client, requests) => {
    const jobs = requests.map(({ workspaceId, webhookEventIds }) => {
      const { queue, data, group } = applyEventsJob(workspaceId, webhookEventIds)
      return { queue, insert: { data, ...(group === undefined ? {} : { group: { id: group } }) } }
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
