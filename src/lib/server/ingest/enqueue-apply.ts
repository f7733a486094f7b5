import { createHash } from 'node:crypto'
import type { PgBoss } from 'pg-boss'
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

/** A short name for a long statement; hashed once for each text. */
function createStatementNames(): (text: string) => string {
  const names = new Map<string, string>()
  return (text) => {
    const known = names.get(text)
    if (known !== undefined) return known
    const name = createHash('sha256').update(text).digest('base64url').slice(0, 20)
    names.set(text, name)
    return name
  }
}
