import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { readFile } from 'node:fs/promises'
import type { Kysely } from 'kysely'
import type pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createAsSystem, createDatabase } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import {
  checkHealth,
  queueSchemaVersion,
  type Health,
  type HealthOptions,
} from '../../src/lib/server/operator/check-health.ts'
import { commandEnvironment, runCommand } from '../support/command-line.ts'
import { startTestStack, type TestStack } from '../support/embedded-stack.ts'

let stack: TestStack
let owner: pg.Pool
let kysely: Kysely<DB>
/** Stands for the web process, whose own health answer is tested with it. */
let web: Server
let webStatus: number
let environment: Record<string, string>
let options: HealthOptions

beforeAll(async () => {
  stack = await startTestStack()
  owner = createPool({ connectionString: stack.ownerUrl, applicationName: 'test', max: 1 })
  await owner.query(`alter role my21_worker password 'worker'`)
  web = createServer((request, response) => {
    response.writeHead(request.url === '/health' ? webStatus : 404).end('{}')
  })
  web.listen(0, '127.0.0.1')
  await once(web, 'listening')
  const address = web.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`
  environment = commandEnvironment(stack, origin)
  kysely = createDatabase(
    createPool({
      connectionString: environment['DATABASE_URL_WORKER'] ?? '',
      applicationName: 'test',
      max: 4,
    }),
  )
  const refuseJobs = () => Promise.reject(new Error('no jobs here'))
  options = {
    asSystem: createAsSystem(kysely, refuseJobs),
    supabaseUrl: stack.apiUrl,
    secretKey: stack.secretKey,
    origin,
  }
})

afterAll(async () => {
  web.close()
  await kysely.destroy()
  await owner.end()
  await stack.remove()
})

beforeEach(async () => {
  webStatus = 200
  await owner.query('insert into private.worker_heartbeats (worker_id) values ($1)', [randomUUID()])
})

/** The parts that are down, with what is said of them. */
function findDown(health: Health): Record<string, string> {
  return Object.fromEntries(
    Object.entries(health.parts).flatMap(([name, part]) =>
      part.status === 'down' ? [[name, part.detail]] : [],
    ),
  )
}

test('all parts work, and the command ends with 0', async () => {
  const { exitCode, stdout } = await runCommand(['health', '--json'], environment)
  const health = JSON.parse(stdout) as Health
  expect({ exitCode, status: health.status, down: findDown(health) }).toEqual({
    exitCode: 0,
    status: 'ok',
    down: {},
  })
  expect(Object.keys(health.parts)).toEqual([
    'database',
    'migrations',
    'queue',
    'worker',
    'auth',
    'storage',
    'realtime',
    'web',
  ])
})

test('people get one line per part, and the command ends with 1 when one is down', async () => {
  webStatus = 503
  const { exitCode, stdout } = await runCommand(['health'], environment)
  expect(exitCode).toBe(1)
  expect(stdout.trim().split('\n')).toHaveLength(8)
  expect(stdout).toMatch(/^ok +database +Postgres 17/m)
  expect(stdout).toMatch(/^down +web +Answered 503/m)
})

test('without a database what needs it is down, and the rest is not', async () => {
  const gone = 'postgres://my21_worker:worker@127.0.0.1:1/postgres'
  const { exitCode, stdout } = await runCommand(['health', '--json'], {
    ...environment,
    DATABASE_URL_WORKER: gone,
  })
  expect(exitCode).toBe(1)
  const health = JSON.parse(stdout) as Health
  expect(health.status).toBe('degraded')
  expect(Object.keys(findDown(health))).toEqual(['database', 'migrations', 'queue', 'worker', 'realtime'])
})

test('without Supabase its parts are down', async () => {
  const health = await checkHealth({ ...options, supabaseUrl: 'http://127.0.0.1:1' })
  expect(Object.keys(findDown(health))).toEqual(['auth', 'storage', 'realtime'])
})

test('a secret key that Supabase does not know is no health', async () => {
  const health = await checkHealth({ ...options, secretKey: 'sb_secret_of_another_project' })
  expect(Object.keys(findDown(health))).toEqual(['auth', 'storage', 'realtime'])
})

test('a worker that is silent for 15 seconds is dead', async () => {
  await owner.query(`update private.worker_heartbeats set seen_at = now() - interval '16 seconds'`)
  expect(findDown(await checkHealth(options))).toEqual({
    worker: expect.stringMatching(/^No worker for 1\d s\.$/) as string,
  })
  await owner.query('delete from private.worker_heartbeats')
  expect(findDown(await checkHealth(options))).toEqual({ worker: 'No worker was ever seen.' })
})

test('a migration that the database lacks is named as missing', async () => {
  const { rows } = await owner.query<{ version: string }>(
    'delete from supabase_migrations.schema_migrations where version like $1 returning *',
    ['%000800'],
  )
  expect(rows).toHaveLength(1)
  expect(findDown(await checkHealth(options))).toEqual({ migrations: '1 not applied: run npm run migrate.' })
  await owner.query('insert into supabase_migrations.schema_migrations (version) values ($1)', [
    rows[0]?.version,
  ])
})

test('a queue schema of another pg-boss is down', async () => {
  await owner.query('update pgboss.version set version = version - 1')
  expect(findDown(await checkHealth(options))).toEqual({
    queue: expect.stringContaining('wanted is') as string,
  })
  await owner.query('update pgboss.version set version = version + 1')
})

test('realtime is down when the database sends and nothing arrives', async () => {
  const { rows } = await owner.query<{ definition: string }>(
    `select pg_get_functiondef('private.send_health_broadcast(uuid)'::regprocedure) as definition`,
  )
  await owner.query(
    `create or replace function private.send_health_broadcast(probe_id uuid) returns void
     language sql set search_path = '' as 'select null::void'`,
  )
  const health = await checkHealth({ ...options, timeoutMs: 2_000 })
  expect(health.parts.realtime).toEqual({ status: 'down', detail: 'No answer in time.' })
  await owner.query(rows[0]?.definition ?? '')
})

test('the queue schema version is that of the installed pg-boss', async () => {
  const manifest = JSON.parse(await readFile('node_modules/pg-boss/package.json', 'utf8')) as {
    pgboss: { schema: number }
  }
  expect(queueSchemaVersion).toBe(manifest.pgboss.schema)
})
