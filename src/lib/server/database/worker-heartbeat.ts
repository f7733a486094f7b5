import { sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * Shows that this worker is alive, and forgets those that have been silent for a day.
 *
 * @param inHand ids of the jobs that it has taken and not ended
 */
export async function beatHeart(
  database: Database,
  workerId: string,
  inHand: readonly string[],
): Promise<void> {
  await database
    .insertInto('private.worker_heartbeats')
    .values({ worker_id: workerId, in_hand: [...inHand] })
    .onConflict((conflict) =>
      conflict.column('worker_id').doUpdateSet({ seen_at: sql<Date>`now()`, in_hand: [...inHand] }),
    )
    .execute()
  await database
    .deleteFrom('private.worker_heartbeats')
    .where('seen_at', '<', sql<Date>`now() - interval '1 day'`)
    .execute()
}

/** Lets one worker at a time sweep; the lock ends with the transaction. */
export async function tryLockSweep(database: Database): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended('my21staff sweep', 0)) as locked
  `.execute(database)
  return rows[0]?.locked ?? false
}

/** A job that was taken by a worker which died. */
export interface OrphanedJob {
  id: string
  data: unknown
}

/** A worker that has been silent for longer is taken for dead. One that is only slow loses nothing by it. */
const silentSeconds = 2.5

/** The most that one round takes over: more than a worker has in its hands. */
const mostOrphans = 1_000

/**
 * Jobs of a queue that were taken more than two seconds ago and that no living worker says it has. Only for queues whose
 * workers say so with each heartbeat.
 */
export async function findOrphanedJobs(database: Database, queue: string): Promise<OrphanedJob[]> {
  const { rows } = await sql<OrphanedJob>`
    with living as materialized (
      select h.seen_at, h.in_hand from private.worker_heartbeats h
      where h.seen_at > now() - make_interval(secs => ${silentSeconds})
    )
    select j.id, j.data
    from pgboss.job j
    where j.name = ${queue} and j.state = 'active' and j.group_id is not null
      -- What was taken just before or after a worker's last heartbeat is not in what it said.
      and j.started_on < (
        select least(now() - interval '2 seconds', min(l.seen_at) - interval '1 second') from living l
      )
      and j.id not in (select unnest(l.in_hand) from living l)
    limit ${mostOrphans}
  `.execute(database)
  return rows
}
