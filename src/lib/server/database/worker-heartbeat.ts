import { sql } from 'kysely'
import type { Database } from './database.ts'

/** Shows that this worker is alive, and forgets those that have been silent for a day. */
export async function beatHeart(database: Database, workerId: string): Promise<void> {
  await database
    .insertInto('private.worker_heartbeats')
    .values({ worker_id: workerId })
    .onConflict((conflict) => conflict.column('worker_id').doUpdateSet({ seen_at: sql<Date>`now()` }))
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
