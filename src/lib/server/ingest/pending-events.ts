import { sql } from 'kysely'
import type { Database, JobRequest } from '../database/database.ts'
import { queueNames, type ApplyEventsJob } from '../queue/queue.ts'

/** A storm keeps jobs waiting for as long as it lasts; what is older than this is asked for again all the same. */
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
 * Finds rows that nobody seems to work on: older than a few seconds, and either no job of their workspace waits to be
 * taken, or their own job was taken as long ago and none that waits names them, or they are much older, whatever waits.
 * Their job died with its worker, or they waited for a send whose end nobody told. Applying them twice does no harm.
 */
export async function findForgottenEvents(
  database: Database,
  olderThanSeconds: number,
): Promise<JobRequest[]> {
  const since = sql`now() - make_interval(secs => ${olderThanSeconds})`
  const { rows } = await sql<{ workspace_id: string; ids: string[] }>`
    with taken as (
      select distinct j.group_id, named.id::bigint as id
      from pgboss.job j
      cross join jsonb_array_elements_text(j.data -> 'webhookEventIds') as named (id)
      where j.name = ${queueNames.applyEvents} and j.state = 'active' and j.started_on < ${since}
    ), orphan as materialized (
      select e.id
      from taken t
      join public.webhook_events e on e.id = t.id and e.workspace_id::text = t.group_id
      where e.status = 'pending'
      -- A worker that is slow and alive holds the rows that it is at.
      for update of e skip locked
    ), waiting as materialized (
      select distinct named.id::bigint as id
      from pgboss.job j
      cross join jsonb_array_elements_text(j.data -> 'webhookEventIds') as named (id)
      where j.name = ${queueNames.applyEvents} and j.state < 'active' and exists (select from orphan)
    )
    select e.workspace_id, (array_agg(e.id order by e.id))[1:${sql.lit(mostPerSweep)}] as ids
    from public.webhook_events e
    where e.status = 'pending'
      and coalesce(e.next_attempt_at, e.received_at) < ${since}
      and (
        coalesce(e.next_attempt_at, e.received_at) < now() - make_interval(secs => ${sql.lit(longForgottenSeconds)})
        or not exists (
          select from pgboss.job j
          where j.name = ${queueNames.applyEvents} and j.state < 'active' and j.start_after <= now()
            and j.group_id = e.workspace_id::text
        )
        or e.id in (select o.id from orphan o except select w.id from waiting w)
      )
    group by e.workspace_id
  `.execute(database)
  return rows.flatMap((row) => applyEventsJobs(row.workspace_id, row.ids.map(Number)))
}
