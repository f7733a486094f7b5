import { execFile } from 'node:child_process'
import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { applyMigrations } from '../../supabase/migrate.ts'
import { createPlatformDatabase, createTestDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { queryOnce } from '../support/query.ts'
import { makeTestDirectory, removeTestDirectory } from '../support/temporary-directory.ts'

const run = promisify(execFile)
const root = join(import.meta.dirname, '../..')

let pushed: TestDatabase
let applied: TestDatabase
let directory: string

beforeAll(async () => {
  pushed = await createPlatformDatabase()
  applied = await createTestDatabase()
  // The CLI writes into the folder it works in.
  directory = await makeTestDirectory()
  for (const part of ['config.toml', 'migrations', 'templates']) {
    await cp(join(root, 'supabase', part), join(directory, 'supabase', part), { recursive: true })
  }
  await mkdir(join(directory, 'home'))
})

afterAll(async () => {
  await pushed.drop()
  await applied.drop()
  await removeTestDirectory(directory)
})

/** `supabase db push`, which needs neither Docker nor a network for a database of its own. */
async function push() {
  const url = `${pushed.ownerUrl}?sslmode=disable`
  const { stdout, stderr } = await run(
    join(root, 'node_modules/.bin/supabase'),
    ['db', 'push', `--remote=${url}`, '--yes', '--workdir', directory],
    { env: { PATH: process.env['PATH'], HOME: join(directory, 'home'), DO_NOT_TRACK: '1' } },
  )
  return stdout + stderr
}

const history = 'select version, name, statements from supabase_migrations.schema_migrations order by version'

test('the Supabase CLI applies the same migrations with the same record, as a role that is no superuser', async () => {
  const output = await push()
  const ours = await queryOnce<{ version: string; name: string }>(applied.ownerUrl, history)
  expect(ours.length).toBeGreaterThan(0)
  for (const { version, name } of ours) expect(output).toContain(`Applying migration ${version}_${name}.sql`)
  expect(await queryOnce(pushed.ownerUrl, history)).toEqual(ours)
  expect(
    await queryOnce(pushed.ownerUrl, 'select rolname, rolsuper from pg_roles where rolname = current_user'),
  ).toEqual([{ rolname: 'postgres', rolsuper: false }])

  const objects = `select n.nspname as schema, c.relname as name, c.relkind as kind, c.relowner::regrole::text as owner
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname not like 'pg\\_%' and n.nspname not in ('information_schema', 'realtime') order by 1, 2`
  expect(await queryOnce(pushed.ownerUrl, objects)).toEqual(await queryOnce(applied.ownerUrl, objects))
})

test('what the CLI has pushed is known to us, and what we have applied to the CLI', async () => {
  expect(await applyMigrations(pushed.ownerUrl)).toEqual([])
  expect(await push()).toContain('up to date')
})
