import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getConstructionPlans } from 'pg-boss'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { databaseTypesFile, generateDatabaseTypes } from '../support/database-types.ts'
import { runAs } from '../support/run-as.ts'

let database: TestDatabase
let directory: string

beforeAll(async () => {
  database = await createTestDatabase()
  directory = await mkdtemp(join(tmpdir(), 'my21staff-types-'))
})

afterAll(async () => {
  await database.drop()
  await rm(directory, { recursive: true })
})

async function generate(): Promise<string> {
  const file = join(directory, 'schema.d.ts')
  await generateDatabaseTypes(database.ownerUrl, file)
  return readFile(file, 'utf8')
}

test('the checked-in types are those of the migrated database: else run "npm run types"', async () => {
  const checkedIn = await readFile(databaseTypesFile, 'utf8')
  expect(await generate()).toBe(checkedIn)
  await runAs(database.ownerUrl, 'alter table public.contacts add column nickname text')
  expect(await generate()).not.toBe(checkedIn)
})

test("the queue's migration is what the installed pg-boss would construct", async () => {
  const files = await readdir('supabase/migrations')
  const file = files.find((name) => name.endsWith('_queue.sql')) ?? ''
  const [installed = ''] = (await readFile(join('supabase/migrations', file), 'utf8')).split('\n-- my21staff')
  expect(installed).toContain('CREATE TABLE pgboss.job ')
  expect(fold(installed.replace(/^--.*$/gm, ''))).toBe(
    fold(withoutTransaction(getConstructionPlans('pgboss'))),
  )
})

/** A migration is a transaction already, and one at a time. */
function withoutTransaction(plans: string): string {
  return plans.replace(/^\s*(BEGIN|COMMIT|SET LOCAL [^;]*|SELECT pg_advisory_xact_lock\(.*\));$/gm, '')
}

function fold(statements: string): string {
  return statements.replace(/\s+/g, ' ').trim()
}
