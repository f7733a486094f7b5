import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createAsSystem, createDatabase, type AsSystem } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { takeStatistics } from '../../src/lib/server/database/statistics.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { runAs } from '../support/run-as.ts'
import { makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let workspace: TestWorkspace
let asSystem: AsSystem
let close: () => Promise<void>

beforeAll(async () => {
  database = await createTestDatabase()
  workspace = await makeWorkspace(database.adminUrl)
  const kysely = createDatabase(
    createPool({ connectionString: database.workerUrl, applicationName: 'test', max: 1 }),
  )
  asSystem = createAsSystem(kysely, () => Promise.resolve())
  close = () => kysely.destroy()
})

afterAll(async () => {
  await close()
  await database.drop()
})

async function addContacts(count: number): Promise<void> {
  await runAs(
    database.adminUrl,
    'insert into contacts (workspace_id) select $1 from generate_series(1, $2)',
    [workspace.workspaceId, count],
  )
}

/** Without the contacts that wait to be compared with others: a worker would have taken them out again. */
async function take(): Promise<string[]> {
  const tables = await asSystem(takeStatistics)
  return tables.filter((name) => name !== 'private.changed_contacts')
}

async function expectTaken(tables: string[]): Promise<void> {
  // Postgres counts what a session has written when that session ends.
  await vi.waitFor(async () => {
    expect(await take()).toEqual(tables)
  }, 10_000)
}

test('a table that has grown is looked at once, and again when it has doubled', async () => {
  await addContacts(40)
  expect(await take()).toEqual([])
  await addContacts(60)
  await expectTaken(['public.contacts'])
  await addContacts(400)
  await expectTaken(['public.contacts'])
  await addContacts(300)
  expect(await take()).toEqual([])
  await addContacts(400)
  await expectTaken(['public.contacts'])
})

test('growth is seen although Postgres has forgotten its counts in a crash', async () => {
  await addContacts(2_000)
  await runAs(database.adminUrl, 'select pg_stat_reset()', [])
  expect(await take()).toEqual(['public.contacts'])
  expect(await take()).toEqual([])
})

test('the tables of the queue are looked at as well', async () => {
  await runAs(
    database.adminUrl,
    `insert into pgboss.job (name, data) select 'apply-events', '{}' from generate_series(1, 100)`,
    [],
  )
  await expectTaken(['pgboss.job_common'])
})

test('a table whose rows only change is left to autovacuum', async () => {
  const changed = async () => {
    const rows = await runAs<{ count: string }>(
      database.adminUrl,
      `select n_tup_upd as count from pg_stat_user_tables where schemaname = 'public' and relname = 'contacts'`,
      [],
    )
    return Number(rows[0]?.count)
  }
  const before = await changed()
  for (let turn = 0; turn < 3; turn += 1)
    await runAs(database.adminUrl, 'update contacts set created_at = now() - $1::interval', [
      `${String(turn)} days`,
    ])
  await vi.waitFor(async () => {
    expect(await changed()).toBeGreaterThan(before + 3000)
  }, 10_000)
  expect(await take()).toEqual([])
})
