import { sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * Takes a task that is due and that nobody else is running.
 *
 * @returns when this run began, which is needed to end it; null when it is not to be run now
 */
export async function claimTask(
  database: Database,
  name: string,
  leaseSeconds: number,
): Promise<string | null> {
  // As text: a Date would lose the microseconds by which the run is known again.
  const { rows } = await sql<{ started_at: string }>`
    insert into private.task_runs as t (name, started_at, leased_until)
    values (${name}, now(), now() + make_interval(secs => ${leaseSeconds}))
    on conflict (name) do update
    set started_at = excluded.started_at, leased_until = excluded.leased_until
    where t.due_at <= now() and (t.leased_until is null or t.leased_until < now())
    returning started_at::text
  `.execute(database)
  return rows[0]?.started_at ?? null
}

/** Ends a run and says when the next is due. Does nothing when another worker has taken the task over meanwhile. */
export async function finishTask(
  database: Database,
  name: string,
  startedAt: string,
  waitSeconds: number,
  error: string | null,
): Promise<void> {
  await sql`
    update private.task_runs
    set leased_until = null, finished_at = now(), error = ${error},
      due_at = greatest(started_at + make_interval(secs => ${waitSeconds}), now())
    where name = ${name} and started_at = ${startedAt}::timestamptz
  `.execute(database)
}
