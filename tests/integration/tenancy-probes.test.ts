import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { functionAccess, installationTables, tableAccess, topicAccess } from '../support/tenancy/access.ts'
import { describeViolations } from '../support/tenancy/attempt.ts'
import { listCallableFunctions, listColumns, listPolicies, listTables } from '../support/tenancy/catalog.ts'
import { declaredColumns, probeColumns } from '../support/tenancy/column-probes.ts'
import { probeFunctions } from '../support/tenancy/function-probes.ts'
import { probeTopics } from '../support/tenancy/realtime-probes.ts'
import { probeStorage } from '../support/tenancy/storage-probes.ts'
import { probeTables } from '../support/tenancy/table-probes.ts'
import { buildTenant, seeds, type Tenant } from '../support/tenancy/tenant.ts'

let database: TestDatabase
let admin: pg.Client
let tenant: Tenant
let other: Tenant

beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Client(database.adminUrl)
  await admin.connect()
  await admin.query('set client_min_messages = error')
  tenant = await buildTenant(admin)
  other = await buildTenant(admin)
})

afterAll(async () => {
  await admin.end()
  await database.drop()
})

/** Runs `work` and undoes whatever it did. */
async function undone<Result>(work: () => Promise<Result>): Promise<Result> {
  await admin.query('begin')
  try {
    return await work()
  } finally {
    await admin.query('rollback')
  }
}

describe('what there is', () => {
  test('every table of the catalog has rows to probe and says who may reach them', async () => {
    const tables = (await listTables(admin)).filter((table) => !installationTables.includes(table))
    expect(Object.keys(seeds).sort()).toEqual(tables.sort())
    expect(Object.keys(tableAccess).sort()).toEqual(tables)
    for (const table of tables)
      expect({ table, rows: tenant.rows.get(table)?.length }).not.toMatchObject({ rows: 0 })
  })

  test('every function that members may call says who gets anything of it', async () => {
    expect(Object.keys(functionAccess).sort()).toEqual(
      (await listCallableFunctions(admin, 'my21_member')).sort(),
    )
  })

  test('every kind of topic that the database sends to or checks is declared', async () => {
    const { rows } = await admin.query<{ source: string }>(
      `select prosrc as source from pg_proc where pronamespace = 'private'::regnamespace and proname !~ 'health'`,
    )
    const kinds = new Set<string>()
    for (const { source } of rows) {
      for (const [, kind = ''] of source.matchAll(/'(\w+):' \|\|/g)) kinds.add(kind)
      for (const [, list = ''] of source.matchAll(/\^\(([\w|]+)\):/g))
        for (const kind of list.split('|')) kinds.add(kind)
    }
    expect([...kinds].sort()).toEqual(Object.keys(topicAccess).sort())
  })
})

describe('nobody reaches more than is theirs', () => {
  test.each([
    [
      'tables',
      Object.keys(tableAccess),
      async () => probeTables(admin, tenant, other, await listTables(admin)),
    ],
    ['functions', Object.keys(functionAccess), () => probeFunctions(admin, tenant, other)],
    ['topics', Object.keys(topicAccess), () => probeTopics(admin, tenant, other)],
    ['storage', ['storage.buckets', 'storage.objects'], () => probeStorage(admin, tenant, other)],
  ])('by %s', async (_, objects, probe) => {
    const { probes, violations } = await undone(probe)
    expect(describeViolations(violations)).toEqual([])
    for (const object of objects)
      expect({ object, probes: probes.get(object) ?? 0 }).not.toMatchObject({ probes: 0 })
  })

  test('by columns', async () => {
    for (const table of Object.keys(tableAccess)) {
      const { found, declared } = await undone(async () => ({
        found: await probeColumns(admin, tenant, other, table),
        declared: await declaredColumns(admin, table),
      }))
      expect({ table, ...found }).toEqual({ table, ...declared })
    }
  })
})

describe('the probes see', () => {
  test('each policy that is opened, and nothing else', async () => {
    const policies = await listPolicies(admin)
    expect(policies.length).toBeGreaterThan(0)
    for (const { table, name, action } of policies) {
      const { violations } = await undone(async () => {
        await openPolicy(table, name, action)
        return probeTables(admin, tenant, other, [table], { role: 'my21_member' })
      })
      const seen = new Set(violations.map((violation) => violation.action.split(' ')[0]))
      // Rows that may be written anywhere may be moved there, too.
      seen.delete('move')
      expect({ table, name, seen: [...seen] }).toEqual({ table, name, seen: [action] })
    }
  })

  test('each policy on topics that is opened', async () => {
    const { rows } = await admin.query<{ name: string; action: string }>(
      `select policyname as name, lower(cmd) as action from pg_policies where schemaname = 'realtime'`,
    )
    expect(rows.map((row) => row.action).sort()).toEqual(['insert', 'select'])
    for (const { name, action } of rows) {
      const { violations } = await undone(async () => {
        await openPolicy('realtime.messages', name, action)
        return probeTopics(admin, tenant, other)
      })
      const seen = new Set(violations.map((violation) => violation.action.split(' ')[0]))
      expect({ action, seen: [...seen] }).toEqual({ action, seen: [action === 'select' ? 'hear' : 'speak'] })
    }
  })

  test('row-level security that is switched off', async () => {
    for (const table of Object.keys(tableAccess)) {
      if (tableAccess[table]?.select === 'nobody') continue
      const { violations } = await undone(async () => {
        await admin.query(`alter table ${table} disable row level security`)
        return probeTables(admin, tenant, other, [table], { role: 'my21_member', action: 'select' })
      })
      expect({ table, actors: violations.map((violation) => violation.actor) }).toMatchObject({
        actors: expect.arrayContaining(['owner of another workspace', 'removed member']) as string[],
      })
    }
  })

  test.each(['my21_member', 'my21_web', 'anon', 'authenticated', 'service_role'])(
    'each right on a table that is given to %s',
    async (role) => {
      for (const table of Object.keys(tableAccess)) {
        for (const action of ['select', 'insert', 'update', 'delete'] as const) {
          if (role === 'my21_member' && tableAccess[table]?.[action] !== undefined) {
            if (tableAccess[table][action] !== 'nobody') continue
          }
          const { violations } = await undone(async () => {
            await admin.query(`grant usage on schema ${table.split('.')[0] ?? ''} to ${role}`)
            await admin.query(`grant ${action} on ${table} to ${role}`)
            return probeTables(admin, tenant, other, [table], { role, action })
          })
          expect({
            table,
            action,
            seen: violations.some((violation) => violation.action.startsWith(action)),
          }).toEqual({
            table,
            action,
            seen: true,
          })
        }
      }
    },
  )

  test('a right on a whole row where there was one on some columns', async () => {
    const partial = Object.entries(tableAccess).filter(([, access]) => access.hidden || access.update)
    expect(partial.length).toBeGreaterThan(0)
    for (const [table, access] of partial) {
      const action = access.hidden ? 'select' : 'update'
      const declared = await declaredColumns(admin, table)
      if (declared[action].length === (await listColumns(admin, table)).length) continue
      const found = await undone(async () => {
        await admin.query(`grant ${action} on ${table} to my21_member`)
        return probeColumns(admin, tenant, other, table)
      })
      expect(found[action]).not.toEqual(declared[action])
    }
  })

  test.each([
    ['removed members', 'private.my_workspace_ids()', ' and m.removed_at is null', 'removed member'],
    [
      'removed members as owners',
      'private.my_workspace_ids_as(workspace_role[])',
      ' and m.removed_at is null',
      'removed member',
    ],
    ['roles', 'private.my_workspace_ids_as(workspace_role[])', ' and m.role = any (roles)', 'agent'],
    [
      'users',
      'private.my_workspace_ids()',
      'm.user_id = private.my_user_id() and',
      'owner of another workspace',
    ],
  ])('a function behind the policies that forgets about %s', async (_, signature, clause, actor) => {
    const { violations } = await undone(async () => {
      await forget(signature, clause)
      const tables = await listTables(admin)
      return probeTables(admin, tenant, other, tables, { role: 'my21_member', action: 'select' })
    })
    expect(violations.map((violation) => violation.actor)).toContain(actor)
  })

  test('a function for members that forgets to ask whose workspace it is', async () => {
    const { violations } = await undone(async () => {
      await forget(
        'private.queue_reply(uuid,uuid,uuid,text)',
        'and private.can_see_conversation(c.workspace_id, c.id)',
      )
      return probeFunctions(admin, tenant, other)
    })
    expect(new Set(violations.map((violation) => violation.actor))).toEqual(
      new Set([
        'nobody signed in',
        'claims without a user',
        'owner of another workspace',
        'removed member',
        'agent who sees their own',
        "agent who sees their team's",
      ]),
    )
  })

  test('a function that a member should not be able to call', async () => {
    const { violations } = await undone(async () => {
      await admin.query('grant execute on function private.find_webhook_endpoint(uuid) to my21_member')
      return probeFunctions(admin, tenant, other)
    })
    expect(violations.map((violation) => violation.object)).toEqual(['private.find_webhook_endpoint(uuid)'])
  })

  test('a check of topics that forgets to ask whose they are', async () => {
    const { violations } = await undone(async () => {
      await forget('private.can_use_topic(text)', 'and private.can_see_conversation(c.workspace_id, c.id)')
      return probeTopics(admin, tenant, other)
    })
    expect(new Set(violations.map((violation) => violation.object))).toEqual(new Set(['conversation']))
  })

  test('a policy that opens storage', async () => {
    const { violations } = await undone(async () => {
      await admin.query('create policy "open" on storage.objects for select to authenticated using (true)')
      return probeStorage(admin, tenant, other)
    })
    expect(new Set(violations.map((violation) => `${violation.object} ${violation.action}`))).toEqual(
      new Set(['storage.objects select']),
    )
  })
})

async function openPolicy(table: string, name: string, action: string): Promise<void> {
  const using = action === 'insert' ? '' : 'using (true)'
  const check = action === 'insert' || action === 'update' ? 'with check (true)' : ''
  await admin.query(`alter policy "${name}" on ${table} ${using} ${check}`)
}

/** Takes a clause out of a function. */
async function forget(signature: string, clause: string): Promise<void> {
  const { rows } = await admin.query<{ definition: string }>(
    'select pg_get_functiondef($1::regprocedure) as definition',
    [signature],
  )
  const definition = rows[0]?.definition ?? ''
  if (!definition.includes(clause)) throw new Error(`${signature} does not say "${clause}"`)
  await admin.query(definition.replace(clause, ''))
}
