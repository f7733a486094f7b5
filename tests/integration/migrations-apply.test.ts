import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { applyMigrations } from '../../supabase/migrate.ts'
import { createPlatformDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { queryOnce } from '../support/query.ts'
import { makeTestDirectory, removeTestDirectory } from '../support/temporary-directory.ts'

let database: TestDatabase
let directory: string

beforeEach(async () => {
  database = await createPlatformDatabase()
  directory = await makeTestDirectory()
})

afterEach(async () => {
  await database.drop()
  await removeTestDirectory(directory)
})

const one = '20260101000001_one.sql'
const two = '20260101000002_two_words.sql'
const three = '20260101000003_three.sql'

function write(file: string, text: string) {
  return writeFile(join(directory, file), text)
}

function apply() {
  return applyMigrations(database.ownerUrl, { directory })
}

function history() {
  return queryOnce(
    database.ownerUrl,
    'select version, name, statements from supabase_migrations.schema_migrations order by version',
  )
}

async function tables() {
  const rows = await queryOnce<{ name: string }>(
    database.ownerUrl,
    `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r' order by 1`,
  )
  return rows.map((row) => row.name)
}

describe('applying', () => {
  test('goes in order and records version, name and statements', async () => {
    await write(two, 'alter table public.a add column b int; -- done; really\n')
    await write(one, '-- first\ncreate table public.a (id int);\n')
    await write('README.md', 'no migration')
    const lines: string[] = []
    const applied = await applyMigrations(database.ownerUrl, {
      directory,
      log: (line) => void lines.push(line),
    })
    expect(applied).toEqual(['20260101000001', '20260101000002'])
    expect(lines).toEqual([`Applied ${one}`, `Applied ${two}`])
    expect(await history()).toEqual([
      { version: '20260101000001', name: 'one', statements: ['-- first\ncreate table public.a (id int)'] },
      {
        version: '20260101000002',
        name: 'two_words',
        statements: ['alter table public.a add column b int', '-- done; really'],
      },
    ])
  })

  test('does nothing the second time, and only what is new the third', async () => {
    await write(one, 'create table public.a ()')
    await apply()
    expect(await apply()).toEqual([])
    await write(two, 'create table public.b ()')
    expect(await apply()).toEqual(['20260101000002'])
    expect(await tables()).toEqual(['a', 'b'])
  })

  test('works with no migration at all', async () => {
    expect(await apply()).toEqual([])
    expect(await history()).toEqual([])
  })

  test('runs as postgres, which is no superuser', async () => {
    await write(
      one,
      'create table public.who as select current_user as name, rolsuper from pg_roles where rolname = current_user',
    )
    await apply()
    expect(await queryOnce(database.ownerUrl, 'select * from public.who')).toEqual([
      { name: 'postgres', rolsuper: false },
    ])
    await write(two, 'alter system set work_mem = 1000')
    await expect(apply()).rejects.toThrow(/permission denied|cannot run inside a transaction block/)
  })

  test('a migration that fails leaves nothing of itself and keeps those before', async () => {
    await write(one, 'create table public.a ()')
    await write(two, 'create table public.b ();\n\ninsert into public.none values (1);\n')
    await write(three, 'create table public.c ()')
    await expect(apply()).rejects.toThrow(
      `Migration ${two}, line 3, failed: relation "public.none" does not exist (42P01)`,
    )
    expect(await tables()).toEqual(['a'])
    expect(await history()).toHaveLength(1)
  })

  test('two runs at the same time apply each migration once', async () => {
    await write(one, 'create table public.a ()')
    await write(two, 'create table public.b ()')
    const results = await Promise.all([apply(), apply(), apply()])
    expect(results.flat().sort()).toEqual(['20260101000001', '20260101000002'])
  })

  test('a database that cannot be reached is an error', async () => {
    const nobody = database.ownerUrl.replace(/:\d+\//, ':1/')
    await expect(applyMigrations(nobody, { directory })).rejects.toThrow('ECONNREFUSED')
  })
})

describe('a history that does not fit is refused', () => {
  test('when an applied migration was edited, but not when only its layout was', async () => {
    await write(one, 'create table public.a ();\n')
    await apply()
    await write(one, '\ncreate   table public.a ()\n;')
    expect(await apply()).toEqual([])
    await write(one, 'create table public.other ();\n')
    await expect(apply()).rejects.toThrow(
      `Migration ${one} was edited after it was applied: write a new one instead.`,
    )
  })

  test('when the file of an applied migration is gone', async () => {
    await write(one, 'create table public.a ()')
    await apply()
    await rm(join(directory, one))
    await write(two, 'create table public.b ()')
    await expect(apply()).rejects.toThrow(
      'The database has migration 20260101000001_one, but there is no such file.',
    )
    expect(await tables()).toEqual(['a'])
  })

  test('when a new migration comes before an applied one', async () => {
    await write(two, 'create table public.b ()')
    await apply()
    await write(one, 'create table public.a ()')
    await expect(apply()).rejects.toThrow(
      `Migration ${one} comes before 20260101000002, which is already applied: give it a new time.`,
    )
  })

  test('when a file is misnamed or shares its version', async () => {
    await write('1_short.sql', '')
    await expect(apply()).rejects.toThrow('Migration 1_short.sql is not named <14 digits>_<name>.sql.')
    await rm(join(directory, '1_short.sql'))
    await write(one, '')
    await write('20260101000001_twin.sql', '')
    await expect(apply()).rejects.toThrow(
      `Migrations ${one} and 20260101000001_twin.sql have the same version.`,
    )
  })

  test('when the folder is not there', async () => {
    directory = join(directory, 'none')
    await expect(apply()).rejects.toThrow('ENOENT')
    await mkdir(directory)
  })
})
