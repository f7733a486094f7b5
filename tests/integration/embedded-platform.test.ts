import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { preparePlatform } from '../../supabase/embedded/platform.ts'
import { createPlatformDatabase } from '../support/database.ts'
import type { TestDatabase } from '../support/database.ts'
import { queryOnce } from '../support/query.ts'

let database: TestDatabase
let owner: pg.Client

beforeAll(async () => {
  database = await createPlatformDatabase()
  owner = new pg.Client(database.ownerUrl)
  await owner.connect()
})

afterAll(async () => {
  await owner.end()
  await database.drop()
})

/** Runs statements as the owner in a transaction that is undone. */
async function attempt(statements: string) {
  await owner.query('begin')
  try {
    await owner.query(statements)
  } finally {
    await owner.query('rollback')
  }
}

describe('the server', () => {
  test('is Postgres 17, ready for Realtime, and loses nothing that was committed', async () => {
    const [settings] = await queryOnce(
      database.adminUrl,
      `select current_setting('server_version_num')::int / 10000 as version, current_setting('wal_level') as wal,
         current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit,
         current_setting('full_page_writes') as pages, current_setting('log_lock_waits') as waits,
         current_setting('listen_addresses') as addresses`,
    )
    expect(settings).toEqual({
      version: 17,
      wal: 'logical',
      fsync: 'on',
      commit: 'on',
      pages: 'on',
      waits: 'on',
      addresses: '127.0.0.1',
    })
  })

  test('asks everybody for their password', async () => {
    await expect(queryOnce(database.ownerUrl.replace(':postgres@', ':wrong@'), 'select 1')).rejects.toThrow(
      'password authentication failed',
    )
    await expect(queryOnce(database.adminUrl.replace(/:[^:@]+@/, ':postgres@'), 'select 1')).rejects.toThrow(
      'password authentication failed',
    )
  })

  test('shows a deadlock and a unique violation in its log, without values of rows', async () => {
    await owner.query('create table public.pair (id int primary key, secret text unique)')
    await owner.query(`insert into public.pair values (1, 'a-private-value'), (2, 'another')`)
    const [one, two] = [new pg.Client(database.ownerUrl), new pg.Client(database.ownerUrl)]
    await Promise.all([one.connect(), two.connect()])
    const lock = (client: pg.Client, id: number) =>
      client.query('select from public.pair where id = $1 for update', [id])
    await Promise.all([one.query('begin'), two.query('begin')])
    await lock(one, 1)
    await lock(two, 2)
    const results = await Promise.allSettled([lock(one, 2), lock(two, 1)])
    await Promise.all([one.end(), two.end()])
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected'])
    await expect(owner.query('insert into public.pair values (3, $1)', ['a-private-value'])).rejects.toThrow(
      'unique',
    )
    await owner.query('drop table public.pair')

    const log = (await readFile(inject('testServer').logFile, 'utf8')).split('\n')
    const ours = log.filter((line) => line.includes(`@${database.name} `)).join('\n')
    expect(ours).toMatch(/40P01 ERROR: {2}deadlock detected/)
    expect(ours).toMatch(/23505 ERROR: {2}duplicate key value/)
    expect(log.join('\n')).not.toContain('a-private-value')
  })
})

describe('the roles', () => {
  test('are those of a hosted project, and only supabase_admin is a superuser', async () => {
    const { rows } = await owner.query(
      `select rolname as name, rolsuper as super, rolcanlogin as login, rolinherit as inherit, rolbypassrls as bypass
       from pg_roles
       where rolname in ('anon', 'authenticated', 'service_role', 'authenticator', 'postgres', 'supabase_admin',
         'supabase_auth_admin', 'supabase_storage_admin', 'supabase_realtime_admin', 'embedded_gateway')
       order by rolname`,
    )
    const role = (name: string, attributes: object) => ({
      name,
      super: false,
      login: false,
      inherit: false,
      bypass: false,
      ...attributes,
    })
    expect(rows).toEqual([
      role('anon', {}),
      role('authenticated', {}),
      role('authenticator', { login: true }),
      role('embedded_gateway', { login: true, inherit: true }),
      role('postgres', { login: true, inherit: true, bypass: true }),
      role('service_role', { bypass: true }),
      role('supabase_admin', { super: true, login: true, inherit: true, bypass: true }),
      role('supabase_auth_admin', { login: true }),
      role('supabase_realtime_admin', {}),
      role('supabase_storage_admin', { login: true }),
    ])
  })

  test('postgres owns its database and makes roles and databases, but nothing lifts it above that', async () => {
    const { rows } = await owner.query(
      `select rolcreaterole, rolcreatedb, rolreplication, (
         select datdba = r.oid from pg_database where datname = current_database()) as owns
       from pg_roles r where rolname = current_user`,
    )
    expect(rows).toEqual([{ rolcreaterole: true, rolcreatedb: true, rolreplication: true, owns: true }])
    await expect(attempt('alter role postgres superuser')).rejects.toThrow('permission denied')
    await expect(attempt('create role another superuser')).rejects.toThrow('permission denied')
    await expect(attempt('set role supabase_admin')).rejects.toThrow('permission denied')
    await expect(attempt(`copy (select 1) to program 'true'`)).rejects.toThrow('permission denied')
  })
})

describe('the functions of schema auth', () => {
  const user = '6f1c9c6e-4b43-4b2f-9d3e-0c9c7d3c1f10'

  test.each(['anon', 'authenticated', 'service_role'])('tell %s the claims of the request', async (role) => {
    await owner.query('begin')
    await owner.query(`set local role ${role}`)
    const claims = { sub: user, role, email: 'someone@example.com' }
    await owner.query(`select set_config('request.jwt.claims', $1, true)`, [JSON.stringify(claims)])
    const { rows } = await owner.query(
      'select auth.uid() as uid, auth.role() as role, auth.email() as email, auth.jwt() as jwt',
    )
    await owner.query('rollback')
    expect(rows).toEqual([{ uid: user, role, email: claims.email, jwt: claims }])
  })

  test('know nobody outside of a request', async () => {
    const { rows } = await owner.query('select auth.uid() as uid, auth.role() as role, auth.jwt() as jwt')
    expect(rows).toEqual([{ uid: null, role: null, jwt: null }])
  })
})

describe('what a migration may do', () => {
  test.each([
    'create extension pg_trgm with schema extensions; create extension btree_gin with schema extensions',
    'create table public.notes (id int primary key, author uuid references auth.users (id)); select from auth.users',
    `create policy "Nobody" on realtime.messages for select to authenticated using (false);
     alter policy "Nobody" on realtime.messages using (true); drop policy "Nobody" on realtime.messages`,
    'create policy "Nobody" on storage.objects for select to authenticated using (false)',
    `create function public.follow() returns trigger language plpgsql as 'begin return new; end';
     create trigger follow after insert on auth.users for each row execute function public.follow()`,
    `insert into storage.buckets (id, name) values ('b', 'b')`,
    `select realtime.send('{}', 'event', 'topic')`,
    'create role my21_attempt nologin; grant my21_attempt to authenticated; create schema more',
  ])('%s', async (statements) => {
    await expect(attempt(statements)).resolves.toBeUndefined()
  })

  test.each([
    'alter table storage.objects enable row level security',
    'alter table storage.objects add column more int',
    'create table storage.more ()',
    'create index on storage.objects (owner)',
    'drop table storage.objects',
    'drop function storage.filename',
    'alter table realtime.messages disable row level security',
    'create table realtime.more ()',
    'drop table realtime.messages cascade',
    'create or replace function realtime.topic() returns text language sql as $$ select null $$',
    'alter table auth.users add column more int',
    'create table auth.more ()',
    'drop table auth.users cascade',
    'drop schema storage cascade',
  ])('and may not: %s', async (statements) => {
    await expect(attempt(statements)).rejects.toThrow(/must be owner of|permission denied for schema/)
  })

  test('what it makes in public is open to the Data API unless it says otherwise', async () => {
    await owner.query('create table public.open (id int)')
    const { rows } = await owner.query(
      `select role, has_table_privilege(role, 'public.open', 'select, insert, update, delete') as may
       from unnest(array['anon', 'authenticated', 'service_role']) role`,
    )
    await owner.query('drop table public.open')
    expect(rows.every((row) => row.may)).toBe(true)
  })
})

test('preparing is repeatable, and possible for several databases at once', async () => {
  await owner.query('create policy "Kept" on storage.objects for select to authenticated using (false)')
  const others = await Promise.all([createPlatformDatabase(), createPlatformDatabase()])
  await Promise.all([database, ...others].map(({ adminUrl }) => preparePlatform(adminUrl)))
  const { rows } = await owner.query(
    `select policyname from pg_policies where schemaname = 'storage' and tablename = 'objects'`,
  )
  expect(rows).toEqual([{ policyname: 'Kept' }])
  for (const other of others) await other.drop()
})
