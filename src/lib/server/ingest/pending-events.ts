import { sql } from 'kysely'
import type { Database, JobRequest } from '../database/database.ts'
import { findOrphanedJobs } from '../database/worker-heartbeat.ts'
import { queueNames, type ApplyEventsJob } from '../queue/queue.ts'

/** A storm keeps its workspace busy for as long as it lasts; what is older than this is looked for all the same. */
const longForgottenSeconds = 30

/** The most rows that one job is asked to apply. */
const mostPerJob = 200

/** The most rows of a workspace that one round of the sweep asks for: more than a worker has in its hands. */
const mostPerSweep = 2_000

/** Makes the job that applies these rows. */
export function applyEventsJob(
  workspaceId: string,
  webhookEventIds: number[],
  startAfterSeconds?: number,
): JobRequest {
  const data: ApplyEventsJob = { workspaceId, webhookEventIds }
  return {
    queue: queueNames.applyEvents,
    data,
    group: workspaceId,
    ...(startAfterSeconds === undefined ? {} : { startAfterSeconds }),
  }
}

/** The jobs that apply any number of rows. */
export function applyEventsJobs(workspaceId: string, webhookEventIds: number[]): JobRequest[] {
  return Array.from({ length: Math.ceil(webhookEventIds.length / mostPerJob) }, (_, index) =>
    applyEventsJob(workspaceId, webhookEventIds.slice(index * mostPerJob, (index + 1) * mostPerJob)),
  )
}

/**
 * Asks again for a workspace's echoes that wait for a send to end. Called when one has ended.
 *
 * @returns the jobs to enqueue in the same transaction
 */
export async function findDeferredEvents(database: Database, workspaceId: string): Promise<JobRequest[]> {
  const rows = await database
    .selectFrom('webhook_events')
    .select('id')
    .where('workspace_id', '=', workspaceId)
    .where('status', '=', 'pending')
    .where('name', '=', 'whatsapp.message.sent')
    .where('next_attempt_at', 'is', null)
    .orderBy('id')
    .limit(mostPerJob)
    .execute()
  return rows.length === 0
    ? []
    : [
        applyEventsJob(
          workspaceId,
          rows.map((row) => row.id),
        ),
      ]
}

/**
 * Finds rows that nobody works on: older than a few seconds where their workspace has no job at all, or much older and
 * named by no job. They waited for a send whose end nobody told, or their job is gone.
 */
export async function findForgottenEvents(
  database: Database,
  olderThanSeconds: number,
): Promise<JobRequest[]> {
  const due = sql`e.status = 'pending' and coalesce(e.next_attempt_at, e.received_at)`
  const { rows } = await sql<{ workspace_id: string; ids: string[] }>`
    with recursive tenant as (
      (
        select e.workspace_id from public.webhook_events e where e.status = 'pending'
        order by e.workspace_id limit 1
      )
      union all
      select (
        select e.workspace_id from public.webhook_events e
        where e.status = 'pending' and e.workspace_id > t.workspace_id
        order by e.workspace_id limit 1
      )
      from tenant t
      where t.workspace_id is not null
    ), busy as materialized (
      select distinct j.group_id from pgboss.job j
      where j.name = ${queueNames.applyEvents} and j.state <= 'active' and j.start_after <= now()
        and j.group_id is not null
    ), idle as materialized (
      select t.workspace_id from tenant t
      where t.workspace_id is not null and t.workspace_id::text not in (select b.group_id from busy b)
    ), late as materialized (
      select e.workspace_id, e.id
      from tenant t
      cross join lateral (
        select e.workspace_id, e.id from public.webhook_events e
        where e.workspace_id = t.workspace_id
          and ${due} < now() - make_interval(secs => ${sql.lit(longForgottenSeconds)})
        limit ${sql.lit(mostPerSweep)}
      ) e
      where t.workspace_id not in (select i.workspace_id from idle i)
    ), named as materialized (
      select n.id::bigint as id
      from pgboss.job j
      cross join jsonb_array_elements_text(j.data -> 'webhookEventIds') as n (id)
      where j.name = ${queueNames.applyEvents} and j.state <= 'active' and exists (select from late)
    )
    select e.workspace_id, array_agg(e.id order by e.id) as ids
    from (
      select e.workspace_id, e.id
      from idle i
      cross join lateral (
        select e.workspace_id, e.id from public.webhook_events e
        where e.workspace_id = i.workspace_id and ${due} < now() - make_interval(secs => ${olderThanSeconds})
        limit ${sql.lit(mostPerSweep)}
      ) e
      union all
      select l.workspace_id, l.id from late l where l.id not in (select n.id from named n)
    ) e
    group by e.workspace_id
  `.execute(database)
  return rows.flatMap((row) => applyEventsJobs(row.workspace_id, row.ids.map(Number)))
}

/**
 * Makes new jobs of those that a dead worker had taken: what was in them comes before what has come since.
 *
 * @param complete ends the old ones, in the same transaction
 */
export async function takeOverOrphans(
  database: Database,
  complete: (database: Database, queue: string, ids: string[]) => Promise<void>,
): Promise<JobRequest[]> {
  const orphans = await findOrphanedJobs(database, queueNames.applyEvents)
  if (orphans.length === 0) return []
  await complete(
    database,
    queueNames.applyEvents,
    orphans.map(({ id }) => id),
  )
  return orphans.map(({ data }) => {
    const { workspaceId, webhookEventIds } = data as ApplyEventsJob
    return applyEventsJob(workspaceId, webhookEventIds)
  })
}
