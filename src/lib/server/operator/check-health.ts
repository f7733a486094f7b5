import { readdir } from 'node:fs/promises'
import { sql } from 'kysely'
import type { AsSystem } from '../database/database.ts'
import { listIngestAlarms, type IngestAlarm } from '../database/sync-failures.ts'
import { listRingingAlarms, type RingingAlarm } from '../database/webhook-watch.ts'
import { countJobs } from '../queue/queue.ts'
import { describeFailure } from './describe-failure.ts'
import { OperatorError } from './operator-error.ts'
import { probeRealtime } from './probe-realtime.ts'
import { rejectWhenAborted } from './reject-when-aborted.ts'

export interface PartHealth {
  status: 'ok' | 'down'
  /** One line for people. */
  detail: string
}

export type PartName =
  'database' | 'migrations' | 'queue' | 'worker' | 'auth' | 'storage' | 'realtime' | 'web'

export interface Health {
  status: 'ok' | 'degraded'
  parts: Record<PartName, PartHealth>
  /** What waits for a person for too long, over all workspaces. It makes no part unwell. */
  alarms: IngestAlarm[]
  /** What rings in single workspaces, as their admins see it. */
  ringing: RingingAlarm[]
}

export interface HealthOptions {
  asSystem: AsSystem
  supabaseUrl: string
  secretKey: string
  /** Address of the web process. */
  origin: string
  /** How long a part may take to answer. */
  timeoutMs?: number
}

/** Queue schema of the pg-boss in package.json; a test holds both together. */
export const queueSchemaVersion = 43
/** A worker shows itself every two seconds. */
const silentAfterSeconds = 15
const migrationsDirectory = new URL('../../../../supabase/migrations/', import.meta.url)

/** Asks every part of an installation whether it works. Never throws: a part that fails is `down` and says why. */
export async function checkHealth(options: HealthOptions): Promise<Health> {
  const { asSystem, timeoutMs = 10_000 } = options
  const signal = AbortSignal.timeout(timeoutMs)
  const checks: Record<PartName, () => Promise<string>> = {
    database: () => checkDatabase(asSystem),
    migrations: () => checkMigrations(asSystem),
    queue: () => checkQueue(asSystem),
    worker: () => checkWorker(asSystem),
    auth: () => askSupabase(options, 'auth/v1/health', signal),
    storage: () => askSupabase(options, 'storage/v1/bucket', signal),
    realtime: () => probeRealtime(options, signal),
    web: () => checkWeb(options.origin, signal),
  }
  const results = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await judge(check, signal)] as const),
  )
  const parts = Object.fromEntries(results) as Record<PartName, PartHealth>
  const isWhole = results.every(([, part]) => part.status === 'ok')
  const { alarms, ringing } = await Promise.race([
    asSystem(async (database) => ({
      alarms: await listIngestAlarms(database, null),
      ringing: await listRingingAlarms(database),
    })),
    rejectWhenAborted(signal),
  ]).catch(() => ({ alarms: [], ringing: [] }))
  return { status: isWhole ? 'ok' : 'degraded', parts, alarms, ringing }
}

async function judge(check: () => Promise<string>, signal: AbortSignal): Promise<PartHealth> {
  try {
    return { status: 'ok', detail: await Promise.race([check(), rejectWhenAborted(signal)]) }
  } catch (error) {
    return { status: 'down', detail: describeFailure(error) }
  }
}

async function checkDatabase(asSystem: AsSystem): Promise<string> {
  const { rows } = await asSystem((database) =>
    sql<{ version: string }>`select current_setting('server_version') as version`.execute(database),
  )
  return `Postgres ${rows[0]?.version ?? ''}`
}

async function checkMigrations(asSystem: AsSystem): Promise<string> {
  const files = await readdir(migrationsDirectory)
  const wanted = files.filter((file) => file.endsWith('.sql')).map((file) => file.slice(0, 14))
  const { rows } = await asSystem((database) =>
    sql<{ version: string }>`select version from private.list_migrations() as version`.execute(database),
  )
  const applied = new Set(rows.map((row) => row.version))
  const missing = wanted.filter((version) => !applied.has(version))
  if (missing.length > 0) throw new OperatorError(`${missing.length} not applied: run npm run migrate.`)
  return `${wanted.length} applied`
}

async function checkQueue(asSystem: AsSystem): Promise<string> {
  const { version, jobs } = await asSystem(async (database) => {
    const { rows } = await sql<{ version: number }>`select version from pgboss.version`.execute(database)
    return { version: rows[0]?.version, jobs: await countJobs(database) }
  })
  if (version !== queueSchemaVersion) {
    throw new OperatorError(`Schema version is ${version ?? 'missing'}, wanted is ${queueSchemaVersion}.`)
  }
  const waiting = Object.values(jobs).reduce((sum, count) => sum + count, 0)
  return `schema version ${version}, ${waiting} waiting or running`
}

async function checkWorker(asSystem: AsSystem): Promise<string> {
  const { rows } = await asSystem((database) =>
    sql<{ alive: number; seconds: number | null }>`
      select count(*) filter (where seen_at > now() - make_interval(secs => ${silentAfterSeconds}))::int as alive,
        round(extract(epoch from now() - max(seen_at)))::int as seconds
      from private.worker_heartbeats`.execute(database),
  )
  const { alive = 0, seconds = null } = rows[0] ?? {}
  if (seconds === null) throw new OperatorError('No worker was ever seen.')
  if (alive === 0) throw new OperatorError(`No worker for ${seconds} s.`)
  return `${alive} alive, last seen ${seconds} s ago`
}

async function askSupabase(
  { supabaseUrl, secretKey }: HealthOptions,
  path: string,
  signal: AbortSignal,
): Promise<string> {
  const headers = { apikey: secretKey, authorization: `Bearer ${secretKey}` }
  const status = await request(`${supabaseUrl.replace(/\/$/, '')}/${path}`, { headers, signal })
  if (status !== 200) throw new OperatorError(`Answered ${status}.`)
  return 'answers'
}

async function checkWeb(origin: string, signal: AbortSignal): Promise<string> {
  const status = await request(`${origin.replace(/\/$/, '')}/health`, { signal })
  if (status !== 200) throw new OperatorError(`Answered ${status} at ${origin}/health.`)
  return `answers at ${origin}`
}

async function request(url: string, init: RequestInit): Promise<number> {
  const response = await fetch(url, init).catch(() => {
    throw new OperatorError(`Cannot be reached at ${new URL(url).origin}.`)
  })
  await response.body?.cancel()
  return response.status
}
