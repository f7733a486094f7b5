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

test('a table that has grown is looked at once, and again when it has doubled', async () => {
  await addContacts(100)
  expect(await asSystem(takeStatistics)).toEqual([])
  await addContacts(400)
  // Postgres counts what a session has written when that session ends.
  await vi.waitFor(async () => {
    expect(await asSystem(takeStatistics)).toEqual(['public.contacts'])
  }, 10_000)
  await addContacts(300)
  expect(await asSystem(takeStatistics)).toEqual([])
  await addContacts(400)
  await vi.waitFor(async () => {
    expect(await asSystem(takeStatistics)).toEqual(['public.contacts'])
  }, 10_000)
})
