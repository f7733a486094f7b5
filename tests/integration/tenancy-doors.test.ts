import { randomUUID } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createAsMember,
  createDatabase,
  type AsMember,
  type Claims,
} from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import { queueReply } from '../../src/lib/server/database/inbox-thread.ts'
import { queueNames, startQueue, type Queue } from '../../src/lib/server/queue/queue.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { silentLog } from '../support/pipeline.ts'
import { listColumns, listTables } from '../support/tenancy/catalog.ts'
import { buildTenant, type Tenant } from '../support/tenancy/tenant.ts'

let database: TestDatabase
let admin: pg.Client
let tenant: Tenant
let other: Tenant
/** Of one connection, so that everybody who uses it comes after somebody else. */
let web: Kysely<DB>
let queue: Queue
let asMember: AsMember

beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Client(database.adminUrl)
  await admin.connect()
  tenant = await buildTenant(admin)
  other = await buildTenant(admin)
  web = createDatabase(createPool({ connectionString: database.webUrl, applicationName: 'test web', max: 1 }))
  queue = await startQueue({ connectionString: database.webUrl, runsJobs: false, log: silentLog })
  asMember = createAsMember(web, queue.enqueue)
})

afterAll(async () => {
  await queue.stop()
  await web.destroy()
  await admin.end()
  await database.drop()
})

function claimsOf(userId: string): Claims {
  return { sub: userId, exp: 4_102_444_800 }
}

const denied = { code: '42501', message: expect.stringContaining('permission denied') as string }

async function whoAmI() {
  const { rows } = await sql`
    select current_user as "user", current_setting('role') as role,
      coalesce(current_setting('request.jwt.claims', true), '') as claims, pg_backend_pid() as connection
  `.execute(web)
  return rows[0]
}

describe('a query of web outside of asMember', () => {
  test('fails on every table, for reading and for writing', async () => {
    const tables = await listTables(admin)
    expect(tables).toContain('public.workspaces')
    for (const table of tables) {
      for (const statement of [
        `select 1 from ${table}`,
        `insert into ${table} default values`,
        `update ${table} set ${(await listColumns(admin, table)).find((column) => column.isWritable)?.name ?? ''} = null`,
        `delete from ${table}`,
        `truncate ${table}`,
      ]) {
        await expect(sql.raw(statement).execute(web), statement).rejects.toMatchObject(denied)
      }
    }
  })

  test('fails although the claims of a member are set', async () => {
    const attempt = web.transaction().execute(async (transaction) => {
      await sql`select set_config('request.jwt.claims', ${JSON.stringify(claimsOf(tenant.people.owner))}, true)`.execute(
        transaction,
      )
      return transaction.selectFrom('workspaces').selectAll().execute()
    })
    await expect(attempt).rejects.toMatchObject(denied)
  })
})

describe('asMember', () => {
  test('lets a member see the rows of their own workspaces alone', async () => {
    const see = (userId: string) =>
      asMember(claimsOf(userId), (member) => member.selectFrom('workspaces').select('id').execute())
    expect(await see(tenant.people.agent)).toEqual([{ id: tenant.workspaceId }])
    expect(await see(other.people.agent)).toEqual([{ id: other.workspaceId }])
    expect(await see(tenant.people.removed)).toEqual([])
    expect(await see(randomUUID())).toEqual([])
  })

  const ends: Record<string, () => Promise<unknown>> = {
    'a commit': () => asMember(claimsOf(tenant.people.owner), () => Promise.resolve()),
    'a commit with a job': () =>
      asMember(claimsOf(tenant.people.owner), (_, enqueue) => {
        enqueue({ queue: queueNames.applyEvents, data: {} })
        return Promise.resolve()
      }),
    'an error of the work': () =>
      asMember(claimsOf(tenant.people.owner), () => Promise.reject(new Error('no'))).catch(() => undefined),
    'an error of Postgres': () =>
      asMember(claimsOf(tenant.people.owner), (member) => sql`select 1 / 0`.execute(member)).catch(
        () => undefined,
      ),
    'a job that cannot be enqueued': () =>
      asMember(claimsOf(tenant.people.owner), (_, enqueue) => {
        enqueue({ queue: 'no-such-queue', data: {} })
        return Promise.resolve()
      }).catch(() => undefined),
    'a commit that the work did itself': () =>
      asMember(claimsOf(tenant.people.owner), (member) => sql`commit`.execute(member)),
  }

  test.each(Object.keys(ends))('leaves neither role nor claims on the connection after %s', async (end) => {
    const before = await whoAmI()
    expect(before).toMatchObject({ user: 'my21_web', role: 'none', claims: '' })
    await ends[end]?.()
    expect(await whoAmI()).toEqual(before)
    await expect(web.selectFrom('workspaces').selectAll().execute()).rejects.toMatchObject(denied)
  })

  test('has the role of a member and the claims meanwhile', async () => {
    const claims = claimsOf(tenant.people.agent)
    const { rows } = await asMember(claims, (member) =>
      sql`select current_user as "user", current_setting('request.jwt.claims') as claims`.execute(member),
    )
    expect(rows).toEqual([{ user: 'my21_member', claims: JSON.stringify(claims) }])
  })

  test.each(['my21_worker', 'postgres', 'service_role', 'supabase_admin'])(
    'cannot become %s',
    async (role) => {
      const attempt = asMember(claimsOf(tenant.people.owner), (member) =>
        sql`select set_config('role', ${role}, true)`.execute(member),
      )
      await expect(attempt).rejects.toMatchObject({ code: '42501' })
    },
  )

  test('cannot reach the queue', async () => {
    for (const statement of [
      'select id from pgboss.job',
      `insert into pgboss.job (name) values ('send-message')`,
    ]) {
      const attempt = asMember(claimsOf(tenant.people.owner), (member) => sql.raw(statement).execute(member))
      await expect(attempt).rejects.toMatchObject(denied)
    }
  })
})

describe('jobs that a member asks for', () => {
  async function reply(reference: string, end: () => Promise<void>, ...queues: string[]) {
    await asMember(claimsOf(tenant.people.agent), async (member, enqueue) => {
      const { conversationId, workspaceId } = tenant
      await queueReply(member, workspaceId, { conversationId, clientReference: reference, text: 'Hello' })
      for (const queue of queues) enqueue({ queue, data: { workspaceId, conversationId, reference } })
      await end()
    })
  }

  async function countOf(reference: string) {
    const { rows } = await admin.query<{ messages: number; jobs: number }>(
      `select (select count(*)::int from messages where client_reference = $1) as messages,
         (select count(*)::int from pgboss.job where data ->> 'reference' = $1::text) as jobs`,
      [reference],
    )
    return rows[0]
  }

  test('are there when the rows are', async () => {
    const reference = randomUUID()
    const notYet = async () => {
      expect(await countOf(reference)).toEqual({ messages: 0, jobs: 0 })
    }
    await reply(reference, notYet, queueNames.sendMessage)
    expect(await countOf(reference)).toEqual({ messages: 1, jobs: 1 })
  })

  test('are gone when the rows are', async () => {
    const reference = randomUUID()
    const fail = () => Promise.reject(new Error('no'))
    await expect(reply(reference, fail, queueNames.sendMessage)).rejects.toThrow('no')
    expect(await countOf(reference)).toEqual({ messages: 0, jobs: 0 })
  })

  test('take the rows and each other with them when one cannot be written', async () => {
    const reference = randomUUID()
    const succeed = () => Promise.resolve()
    await expect(reply(reference, succeed, queueNames.sendMessage, 'no-such-queue')).rejects.toThrow(
      'no-such-queue',
    )
    expect(await countOf(reference)).toEqual({ messages: 0, jobs: 0 })
  })
})

describe('web and the queue', () => {
  test('it may put jobs in, and neither read what others put in, nor change, nor take out', async () => {
    await queue.boss.send(queueNames.applyEvents, { workspaceId: tenant.workspaceId, webhookEventIds: [1] })
    for (const statement of [
      'select data from pgboss.job',
      'select * from pgboss.job_common',
      'select output from pgboss.job',
      `update pgboss.job set state = 'completed'`,
      'delete from pgboss.job',
      'truncate pgboss.job',
      `select pgboss.create_queue('mine', '{"policy": "standard"}')`,
      `select pgboss.delete_queue('send-message')`,
    ]) {
      await expect(sql.raw(statement).execute(web), statement).rejects.toMatchObject(denied)
    }
  })
})
