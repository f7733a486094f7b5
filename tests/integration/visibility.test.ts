import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { tableAccess } from '../support/tenancy/access.ts'
import { listActors, type Actor } from '../support/tenancy/actors.ts'
import { listPolicies } from '../support/tenancy/catalog.ts'
import { probeTables } from '../support/tenancy/table-probes.ts'
import { buildTenant, type Tenant } from '../support/tenancy/tenant.ts'

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

const ownOnly = 'agent who sees their own'
const teamOnly = "agent who sees their team's"

/** Tables that tell of conversations or their people. */
const tables = Object.entries(tableAccess)
  .filter(([, access]) => access.ofConversations === true)
  .map(([table]) => table)

function actorNamed(name: string): Actor {
  const found = listActors(tenant, other, 'my21_member').find((actor) => actor.name === name)
  if (found === undefined) throw new Error(`there is no ${name}`)
  return found
}

/** How many rows of each table an actor reads. */
async function countRows(name: string): Promise<Record<string, number>> {
  const actor = actorNamed(name)
  const counts: Record<string, number> = {}
  await admin.query(
    `select set_config('role', 'my21_member', true), set_config('request.jwt.claims', $1, true)`,
    [actor.claims],
  )
  for (const table of tables) {
    const { rows } = await admin.query<{ count: number }>(
      `select count(*)::int as count from ${table} where workspace_id = $1`,
      [tenant.workspaceId],
    )
    counts[table] = rows[0]?.count ?? -1
  }
  await admin.query('set local role none')
  return counts
}

/** What is there: of tables in which each reads only their own, one row. */
function allRows(): Record<string, number> {
  return Object.fromEntries(
    tables.map((table) => [table, tableAccess[table]?.own ? 1 : (tenant.rows.get(table)?.length ?? 0)]),
  )
}

/** The same without the contact whom nobody wrote to, who is in no one's conversation. */
function rowsOfConversation(): Record<string, number> {
  return { ...allRows(), 'public.contacts': (tenant.rows.get('public.contacts')?.length ?? 0) - 1 }
}

const noRows = () => Object.fromEntries(tables.map((table) => [table, 0]))

const set = (assignment: string, ...values: unknown[]) =>
  admin.query(`update conversations set ${assignment} where id = $1`, [tenant.conversationId, ...values])

describe('a conversation and everything of it', () => {
  test('is nothing to those whose it is not', async () => {
    expect(tables.length).toBeGreaterThan(15)
    for (const name of [ownOnly, teamOnly]) expect(await undone(() => countRows(name))).toEqual(noRows())
  })

  test.each([ownOnly, teamOnly])('is all there for an %s once it is assigned to them', async (name) => {
    const counts = await undone(async () => {
      await set('assignee_id = $2', actorNamed(name).userId)
      return countRows(name)
    })
    expect(counts).toEqual(rowsOfConversation())
  })

  test("is all there for an agent who sees their team's once it is the team's, whoever has it", async () => {
    const counts = await undone(async () => {
      await set('team_id = $2', tenant.otherTeamId)
      return [await countRows(teamOnly), await countRows(ownOnly)]
    })
    expect(counts).toEqual([rowsOfConversation(), noRows()])
  })

  test('is nothing to them while nobody and no team has it', async () => {
    const counts = await undone(async () => {
      await set('assignee_id = null, team_id = null')
      return [await countRows(teamOnly), await countRows(ownOnly), await countRows('agent')]
    })
    expect(counts).toEqual([noRows(), noRows(), allRows()])
  })

  test('is nothing any more to a member of the team who leaves it, or is restricted to their own', async () => {
    for (const change of [
      `delete from team_members where user_id = '${tenant.people.teamOnly}'`,
      `update workspace_members set visibility = 'own' where user_id = '${tenant.people.teamOnly}'`,
      `update workspace_members set removed_at = now() where user_id = '${tenant.people.teamOnly}'`,
    ]) {
      const counts = await undone(async () => {
        await set('team_id = $2', tenant.otherTeamId)
        await admin.query(change)
        return countRows(teamOnly)
      })
      expect({ change, counts }).toEqual({ change, counts: noRows() })
    }
  })

  test('belongs to an admin whatever their visibility says', async () => {
    const counts = await undone(async () => {
      await admin.query(`update workspace_members set visibility = 'own' where user_id = $1`, [
        tenant.people.admin,
      ])
      return countRows('admin')
    })
    expect(counts).toEqual(allRows())
  })

  test('is seen by whoever sees its root, also the part that was joined into it', async () => {
    const loser = (
      await admin.query<{ id: string }>(
        'select id from conversations where id <> root_id and workspace_id = $1',
        [tenant.workspaceId],
      )
    ).rows[0]?.id
    const seen = (name: string) => countRows(name).then((counts) => counts['public.conversations'])
    // What the joined part itself says counts for nothing while it is joined.
    expect(
      await undone(async () => {
        await admin.query('update conversations set assignee_id = $2 where id = $1', [
          loser,
          tenant.people.ownOnly,
        ])
        return seen(ownOnly)
      }),
    ).toBe(0)
    expect(
      await undone(async () => {
        await admin.query('update conversations set assignee_id = $2, root_id = id where id = $1', [
          loser,
          tenant.people.ownOnly,
        ])
        return seen(ownOnly)
      }),
    ).toBe(1)
  })
})

describe('the probes see', () => {
  test('each policy that forgets who may see what', async () => {
    const policies = (await listPolicies(admin)).filter(({ table }) => tables.includes(table))
    expect(policies.length).toBeGreaterThanOrEqual(tables.length)
    const forgotten = 'workspace_id = any (array(select private.my_workspace_ids()))'
    const own = 'user_id = (select private.my_user_id())'
    for (const { table, name, action } of policies) {
      const condition = tableAccess[table]?.own ? `(${forgotten} and ${own})` : `(${forgotten})`
      const { violations } = await undone(async () => {
        await admin.query(
          `alter policy "${name}" on ${table} ${action === 'insert' ? '' : `using ${condition}`}
             ${action === 'insert' || action === 'update' ? `with check ${condition}` : ''}`,
        )
        return probeTables(admin, tenant, other, [table], { role: 'my21_member' })
      })
      expect({ table, name, actors: [...new Set(violations.map(({ actor }) => actor))] }).toEqual({
        table,
        name,
        actors: [ownOnly, teamOnly],
      })
    }
  })

  test('a function that forgets about the team, the owner, or the visibility', async () => {
    for (const [clause, replacement] of [
      ['root.assignee_id = my_id', 'root.assignee_id is not null'],
      [' and t.user_id = my_id', ''],
      [`me.visibility = 'team' and `, ''],
      [`me.visibility = 'all' or`, 'true or'],
    ] as const) {
      const { violations } = await undone(async () => {
        const { rows } = await admin.query<{ definition: string }>(
          `select pg_get_functiondef('private.can_see_conversation(uuid,uuid)'::regprocedure) as definition`,
        )
        const definition = rows[0]?.definition ?? ''
        expect(definition).toContain(clause)
        await admin.query(definition.replace(clause, replacement))
        return probeTables(admin, tenant, other, ['public.messages'], { role: 'my21_member' })
      })
      expect({ clause, seen: violations.length > 0 }).toEqual({ clause, seen: true })
    }
  })
})
