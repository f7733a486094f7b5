import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { buildTenant, type Tenant } from '../support/tenancy/tenant.ts'

let database: TestDatabase
let admin: pg.Client
let tenant: Tenant
/** In which everybody sees everything. */
let open: Tenant
let topics: Record<'workspace' | 'team' | 'otherTeam' | 'ownOnly' | 'teamOnly' | 'agent', string>

beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Client(database.adminUrl)
  await admin.connect()
  await admin.query('set client_min_messages = error')
})

beforeEach(async () => {
  tenant = await buildTenant(admin)
  open = await buildTenant(admin)
  await admin.query(`update workspace_members set visibility = 'all' where workspace_id = $1`, [
    open.workspaceId,
  ])
  const { workspaceId, people } = tenant
  topics = {
    workspace: `workspace:${workspaceId}`,
    team: `team:${tenant.teamId}`,
    otherTeam: `team:${tenant.otherTeamId}`,
    ownOnly: `member:${workspaceId}:${people.ownOnly}`,
    teamOnly: `member:${workspaceId}:${people.teamOnly}`,
    agent: `member:${workspaceId}:${people.agent}`,
  }
})

afterAll(async () => {
  await admin.end()
  await database.drop()
})

interface Broadcast {
  topic: string
  event: string
  payload: { conversationIds?: string[] }
}

/** What one statement has told, by topic. */
async function hear(statement: string, values: unknown[] = []): Promise<Broadcast[]> {
  await admin.query('truncate realtime.messages')
  await admin.query(statement, values)
  const { rows } = await admin.query<Broadcast>(
    'select topic, event, payload from realtime.messages order by topic',
  )
  return rows
}

const assign = (userId: string | null, teamId: string | null) =>
  hear('update conversations set assignee_id = $2, team_id = $3 where id = $1', [
    tenant.conversationId,
    userId,
    teamId,
  ])

const topicsOf = (broadcasts: Broadcast[]) => broadcasts.map(({ topic }) => topic).sort()

async function asMember<Row extends pg.QueryResultRow>(userId: string, text: string, values: unknown[]) {
  await admin.query('begin')
  await admin.query(
    `select set_config('role', 'my21_member', true), set_config('request.jwt.claims', $1, true)`,
    [JSON.stringify({ sub: userId })],
  )
  const { rows } = await admin.query<Row>(text, values).finally(() => admin.query('rollback'))
  return rows
}

async function departed(userId: string, since: string): Promise<string[]> {
  const rows = await asMember<{ id: string }>(
    userId,
    'select id from private.departed_conversations($1, $2::xid8) as id order by id',
    [tenant.workspaceId, since],
  )
  return rows.map(({ id }) => id)
}

async function hasSightChanged(userId: string, since: string): Promise<boolean | undefined> {
  const [row] = await asMember<{ changed: boolean }>(
    userId,
    'select private.has_sight_changed($1, $2::xid8) as changed',
    [tenant.workspaceId, since],
  )
  return row?.changed
}

/**
 * A cursor after everything that has left somebody's sight so far. Snapshots know of all databases of the server: until
 * the transactions of other tests have ended, a cursor stays behind what is here already.
 */
async function readCursor(client: pg.Client = admin): Promise<string> {
  let cursor = ''
  await vi.waitFor(async () => {
    const { rows } = await client.query<{ cursor: string; is_behind: boolean }>(
      `select xmin::text as cursor,
        xmin <= coalesce((select max(changed_xid) from private.conversation_departures), '0') as is_behind
      from pg_snapshot_xmin(pg_current_snapshot()) as xmin`,
    )
    expect(rows[0]?.is_behind).toBe(false)
    cursor = rows[0]?.cursor ?? ''
  }, 10_000)
  return cursor
}

describe('a changed conversation is told', () => {
  test('once to a workspace in which everybody sees everything, whosever it is', async () => {
    const broadcasts = await hear(
      'update conversations set inbound_count = inbound_count + 1 where workspace_id = $1',
      [open.workspaceId],
    )
    expect(topicsOf(broadcasts)).toEqual([`workspace:${open.workspaceId}`])
    const { rows } = await admin.query(
      'select from private.conversation_departures where workspace_id = $1 and viewer_id <> $2',
      [open.workspaceId, open.people.agent],
    )
    expect(rows).toHaveLength(0)
  })

  test('with ids and nothing else', async () => {
    const broadcasts = await assign(tenant.people.ownOnly, null)
    for (const { event, payload } of broadcasts)
      expect({ event, payload: { ...payload, id: undefined } }).toEqual({
        event: 'conversations_changed',
        payload: { conversationIds: [tenant.conversationId], xid: expect.stringMatching(/^\d+$/) as string },
      })
  })

  test('to the member who has it, to the team whose it is, and not to others', async () => {
    expect(topicsOf(await assign(null, null))).toEqual([topics.workspace])
    expect(topicsOf(await assign(tenant.people.ownOnly, null))).toEqual(
      [topics.ownOnly, topics.workspace].sort(),
    )
    expect(topicsOf(await assign(tenant.people.ownOnly, tenant.otherTeamId))).toEqual(
      [topics.ownOnly, topics.otherTeam, topics.workspace].sort(),
    )
  })

  test('to whoever does not see it any more', async () => {
    await assign(tenant.people.ownOnly, tenant.otherTeamId)
    expect(topicsOf(await assign(tenant.people.agent, tenant.teamId))).toEqual(
      [topics.ownOnly, topics.otherTeam, topics.workspace].sort(),
    )
    expect(topicsOf(await assign(tenant.people.agent, tenant.teamId))).toEqual([topics.workspace])
  })

  test('not to a member of a team who only sees their own', async () => {
    // The team of the conversation has nobody whose sight it decides.
    expect(topicsOf(await assign(null, tenant.teamId))).not.toContain(topics.team)
  })

  test('once to each topic, however many rows a statement changes', async () => {
    const { rows } = await admin.query<{ id: string }>(
      `insert into conversations (workspace_id, channel_id, identity_id, last_activity_at, assignee_id)
       select workspace_id, $2, identity_id, now(), $3 from conversations where id = $1 returning id`,
      [
        tenant.conversationId,
        (
          await admin.query<{ id: string }>(
            `insert into channels (workspace_id, name, phone_number_id, identity_scope)
             values ($1, 'Other', gen_random_uuid()::text, 'account') returning id`,
            [tenant.workspaceId],
          )
        ).rows[0]?.id,
        tenant.people.ownOnly,
      ],
    )
    await assign(tenant.people.ownOnly, null)
    const broadcasts = await hear('update conversations set inbound_count = 1 where workspace_id = $1', [
      tenant.workspaceId,
    ])
    expect(topicsOf(broadcasts)).toEqual([topics.ownOnly, topics.workspace].sort())
    const own = broadcasts.find(({ topic }) => topic === topics.ownOnly)
    // Those that were joined into one of theirs are among them.
    expect(own?.payload.conversationIds).toEqual(
      expect.arrayContaining([tenant.conversationId, rows[0]?.id]) as string[],
    )
  })
})

describe('what has left the sight of a member', () => {
  test('is told once it has, and not while it is there', async () => {
    const { ownOnly } = tenant.people
    const cursor = await readCursor()
    await assign(ownOnly, null)
    expect(await departed(ownOnly, cursor)).toEqual([])
    await assign(tenant.people.agent, null)
    expect(await departed(ownOnly, cursor)).toEqual([tenant.conversationId])
    await assign(ownOnly, null)
    expect(await departed(ownOnly, cursor)).toEqual([])
  })

  test('is told to a team, and to nobody who never saw it', async () => {
    const cursor = await readCursor()
    await assign(null, tenant.otherTeamId)
    await assign(null, null)
    expect(await departed(tenant.people.teamOnly, cursor)).toEqual([tenant.conversationId])
    expect(await departed(tenant.people.ownOnly, cursor)).toEqual([])
    expect(await departed(open.people.owner, cursor)).toEqual([])
  })

  test('is not told again after the cursor', async () => {
    await assign(tenant.people.ownOnly, null)
    await assign(null, null)
    expect(await departed(tenant.people.ownOnly, await readCursor())).toEqual([])
  })

  test('is told although the transaction that took it away commits behind a later cursor', async () => {
    const { ownOnly, agent } = tenant.people
    await assign(ownOnly, null)
    const slow = new pg.Client(database.adminUrl)
    await slow.connect()
    await slow.query('begin')
    await slow.query('update conversations set assignee_id = $2 where id = $1', [
      tenant.conversationId,
      agent,
    ])
    await admin.query('select pg_current_xact_id()')
    const cursor = await readCursor()
    expect(await departed(ownOnly, cursor)).toEqual([])
    await slow.query('commit')
    await slow.end()
    expect(await departed(ownOnly, cursor)).toEqual([tenant.conversationId])
  })

  test('is told when it was joined into a thread of somebody else', async () => {
    const { ownOnly } = tenant.people
    const { rows } = await admin.query<{ id: string }>(
      'update conversations set root_id = id, assignee_id = $2 where workspace_id = $1 and id <> root_id returning id',
      [tenant.workspaceId, ownOnly],
    )
    const cursor = await readCursor()
    const broadcasts = await hear('update conversations set root_id = $2 where id = $1', [
      rows[0]?.id,
      tenant.conversationId,
    ])
    expect(topicsOf(broadcasts)).toContain(topics.ownOnly)
    expect(await departed(ownOnly, cursor)).toEqual([rows[0]?.id])
  })
})

describe('a member whose sight changes as a whole', () => {
  test.each([
    ['visibility', `update workspace_members set visibility = 'own' where user_id = $1`],
    ['role', `update workspace_members set role = 'admin' where user_id = $1`],
    ['removal', `update workspace_members set removed_at = now() where user_id = $1`],
    ['team', `delete from team_members where user_id = $1`],
  ])('is told so on their own topic: %s', async (_, statement) => {
    const { teamOnly } = tenant.people
    const cursor = await readCursor()
    expect(await hasSightChanged(teamOnly, cursor)).toBe(false)
    const broadcasts = await hear(statement, [teamOnly])
    expect(broadcasts.filter(({ event }) => event === 'sight_changed').map(({ topic }) => topic)).toEqual([
      topics.teamOnly,
    ])
    // Who was removed has no sight at all.
    expect(await hasSightChanged(teamOnly, cursor)).toBe(!statement.includes('removed_at'))
  })

  test('is not told of what changes nothing to see', async () => {
    expect(
      await hear(`update workspace_members set availability = 'away' where workspace_id = $1`, [
        tenant.workspaceId,
      ]),
    ).toEqual([])
    expect(
      await hear('delete from team_members where workspace_id = $1 and user_id = $2', [
        tenant.workspaceId,
        tenant.people.agent,
      ]),
    ).toEqual([])
  })

  test('hears on these topics', async () => {
    const topicsFor = async (userId: string) =>
      (
        await asMember<{ topic: string }>(userId, 'select topic from private.my_topics($1) as topic', [
          tenant.workspaceId,
        ])
      ).map(({ topic }) => topic)
    const { people } = tenant
    expect(await topicsFor(people.agent)).toEqual([topics.workspace, topics.agent])
    expect(await topicsFor(people.teamOnly)).toEqual([topics.otherTeam, topics.teamOnly])
    expect(await topicsFor(people.ownOnly)).toEqual([topics.ownOnly])
    expect(await topicsFor(people.removed)).toEqual([])
    expect(await topicsFor(open.people.owner)).toEqual([])
  })
})

test('what a member has read is told to nobody else', async () => {
  const broadcasts = await hear(
    'update conversation_reads set read_count = 0, read_at = now() where workspace_id = $1 and user_id = $2',
    [tenant.workspaceId, tenant.people.agent],
  )
  expect(topicsOf(broadcasts)).toEqual([topics.agent])
})
