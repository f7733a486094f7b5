import { sql, type Kysely } from 'kysely'
import type { DB } from './database/schema.d.ts'

export interface HealthParts {
  database: 'ok' | 'down'
  queue: 'ok' | 'down'
  worker: 'ok' | 'down'
}

export interface Health {
  status: 'ok' | 'degraded'
  parts: HealthParts
}

/** A worker beats every two seconds. */
const worstHeartbeatSeconds = 15

/** Looks at what a web process can see: Postgres, the queue's schema, and when a worker was last alive. */
export async function readHealth(kysely: Kysely<DB>): Promise<Health> {
  const parts: HealthParts = { database: 'down', queue: 'down', worker: 'down' }
  try {
    const { rows } = await sql<{ version: number | null; silence: number | null }>`
      select (select max(version) from pgboss.version) as version,
        private.seconds_since_worker_heartbeat() as silence
    `.execute(kysely)
    parts.database = 'ok'
    const [row] = rows
    if (typeof row?.version === 'number') parts.queue = 'ok'
    if (typeof row?.silence === 'number' && row.silence < worstHeartbeatSeconds) parts.worker = 'ok'
  } catch {
    // Whatever Postgres says, for this answer it is down.
  }
  const isHealthy = Object.values(parts).every((part) => part === 'ok')
  return { status: isHealthy ? 'ok' : 'degraded', parts }
}
