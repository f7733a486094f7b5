import pg from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createAsMember, createDatabase, type AsMember } from '../../src/lib/server/database/database.ts'
import {
  changeMember,
  listMembers,
  removeMember,
  type MemberSettings,
} from '../../src/lib/server/database/members.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { changeTeamSettings, findTeamSettings } from '../../src/lib/server/database/team-settings.ts'
import { changeTeam, createTeam, deleteTeam, listTeams } from '../../src/lib/server/database/teams.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { addMember, makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let kysely: ReturnType<typeof createDatabase>
let asMember: AsMember
let workspace: TestWorkspace
let people: Record<'owner' | 'admin' | 'agent', string>

const settings: MemberSettings = {
  role: 'agent',
  visibility: 'own',
  availability: 'away',
  capacity: 12,
  workingHours: { mon: [['09:00', '17:00']] },
}

beforeAll(async () => {
  database = await createTestDatabase()
  kysely = createDatabase(createPool({ connectionString: database.webUrl, applicationName: 'test', max: 4 }))
  asMember = createAsMember(kysely, () => Promise.resolve())
})

beforeEach(async () => {
  workspace = await makeWorkspace(database.adminUrl)
  const add = async (role: 'admin' | 'agent') =>
    (await addMember(database.adminUrl, workspace.workspaceId, role)).sub
  people = { owner: workspace.ownerId, admin: await add('admin'), agent: await add('agent') }
})

afterAll(async () => {
  await kysely.destroy()
  await database.drop()
})

type Name = keyof typeof people
type Work<Result> = Parameters<typeof asMember<Result>>[1]

const as = <Result>(name: Name, work: Work<Result>) =>
  asMember({ sub: people[name], exp: 4_102_444_800 }, work)
const change = (name: Name, of: Name, changes: Partial<MemberSettings> = {}) =>
  as(name, (member) => changeMember(member, workspace.workspaceId, people[of], { ...settings, ...changes }))
const remove = (name: Name, of: Name) =>
  as(name, (member) => removeMember(member, workspace.workspaceId, people[of]))
const members = () => as('owner', (member) => listMembers(member, workspace.workspaceId))

describe('a member', () => {
  test('is changed by owners and admins, and by nobody else', async () => {
    await change('admin', 'agent')
    expect((await members()).find(({ userId }) => userId === people.agent)).toMatchObject(settings)
    await expect(change('agent', 'agent', { role: 'admin' })).rejects.toMatchObject({ code: 'not_allowed' })
    await expect(change('admin', 'agent', { capacity: 1001 })).rejects.toMatchObject({ code: 'bad_capacity' })
  })

  test('who is an owner is changed and made by owners alone', async () => {
    await expect(change('admin', 'owner')).rejects.toMatchObject({ code: 'owner_only' })
    await expect(remove('admin', 'owner')).rejects.toMatchObject({ code: 'owner_only' })
    await expect(change('admin', 'admin', { role: 'owner' })).rejects.toMatchObject({ code: 'owner_only' })
    await change('owner', 'admin', { role: 'owner' })
    await change('owner', 'owner', { role: 'admin' })
    expect((await members()).map(({ role }) => role)).toEqual(['admin', 'owner', 'agent'])
  })

  test('who is the last owner stays, also when two step down at the same time', async () => {
    await expect(change('owner', 'owner')).rejects.toMatchObject({ code: 'last_owner' })
    await expect(remove('owner', 'owner')).rejects.toMatchObject({ code: 'last_owner' })
    await change('owner', 'admin', { role: 'owner' })
    const results = await Promise.allSettled([change('owner', 'owner'), change('admin', 'admin')])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  test('who is removed sees nothing any more, and is in no team', async () => {
    const team = await as('owner', (member) => createTeam(member, workspace.workspaceId, 'Sales'))
    await as('owner', (member) =>
      changeTeam(member, workspace.workspaceId, {
        id: team,
        name: 'Sales',
        memberIds: [people.agent],
        channelIds: [],
      }),
    )
    await remove('admin', 'agent')
    expect(await as('agent', (member) => listMembers(member, workspace.workspaceId))).toEqual([])
    expect((await members()).map(({ userId }) => userId)).not.toContain(people.agent)
    expect(await as('owner', (member) => listTeams(member, workspace.workspaceId))).toMatchObject([
      { memberIds: [] },
    ])
    await expect(remove('admin', 'agent')).rejects.toMatchObject({ code: 'not_allowed' })
  })
})

describe('a team', () => {
  const create = (name: string, by: Name = 'admin') =>
    as(by, (member) => createTeam(member, workspace.workspaceId, name))
  const list = () => as('agent', (member) => listTeams(member, workspace.workspaceId))

  test('has a name of its own', async () => {
    const id = await create('  Sales ')
    expect(await list()).toEqual([{ id, name: 'Sales', memberIds: [], channelIds: [] }])
    await expect(create('sales')).rejects.toMatchObject({ code: 'name_taken' })
    await expect(create('   ')).rejects.toMatchObject({ code: 'name_length' })
    await expect(create('Service', 'agent')).rejects.toMatchObject({ code: 'not_allowed' })
  })

  test('takes a number from another one', async () => {
    const [sales, service] = [await create('Sales'), await create('Service')]
    for (const [id, name] of [
      [sales, 'Sales'],
      [service, 'Service'],
    ] as const) {
      await as('admin', (member) =>
        changeTeam(member, workspace.workspaceId, {
          id,
          name,
          memberIds: [people.agent, people.owner],
          channelIds: [workspace.channelId],
        }),
      )
    }
    expect(await list()).toEqual([
      { id: sales, name: 'Sales', memberIds: [people.owner, people.agent], channelIds: [] },
      {
        id: service,
        name: 'Service',
        memberIds: [people.owner, people.agent],
        channelIds: [workspace.channelId],
      },
    ])
  })

  test('takes neither members nor numbers of others', async () => {
    const id = await create('Sales')
    const stranger = await makeWorkspace(database.adminUrl)
    const give = (memberIds: string[], channelIds: string[]) =>
      as('admin', (member) =>
        changeTeam(member, workspace.workspaceId, { id, name: 'Sales', memberIds, channelIds }),
      )
    await expect(give([stranger.ownerId], [])).rejects.toMatchObject({ code: 'no_such_member' })
    await expect(give([], [stranger.channelId])).rejects.toMatchObject({ code: 'no_such_number' })
  })

  test('that is deleted leaves its conversations to no team', async () => {
    const id = await create('Sales')
    const admin = new pg.Client(database.adminUrl)
    await admin.connect()
    const { rows } = await admin.query<{ id: string }>(
      `with contact as (insert into contacts (workspace_id) values ($1) returning id),
         identity as (insert into contact_identities (workspace_id, contact_id) select $1, id from contact returning id)
       insert into conversations (workspace_id, channel_id, identity_id, last_activity_at, team_id)
       select $1, $2, id, now(), $3 from identity returning id`,
      [workspace.workspaceId, workspace.channelId, id],
    )
    await as('admin', (member) => deleteTeam(member, workspace.workspaceId, id))
    const found = await admin.query('select team_id from conversations where id = $1', [rows[0]?.id])
    await admin.end()
    expect(found.rows).toEqual([{ team_id: null }])
    await expect(
      as('admin', (member) => deleteTeam(member, workspace.workspaceId, id)),
    ).rejects.toMatchObject({
      code: 'not_found',
    })
  })
})

test('how the workspace works is decided by owners and admins', async () => {
  const wanted = {
    businessHours: { tue: [['09:00', '12:00'] as [string, string], ['13:00', '24:00'] as [string, string]] },
    awayMessage: 'Kami kembali besok.',
    assignsByTurns: true,
    readReceipts: 'on_open' as const,
    showsTyping: false,
  }
  await as('admin', (member) => changeTeamSettings(member, workspace.workspaceId, wanted))
  expect(await as('agent', (member) => findTeamSettings(member, workspace.workspaceId))).toEqual(wanted)
  await expect(
    as('agent', (member) => changeTeamSettings(member, workspace.workspaceId, wanted)),
  ).rejects.toMatchObject({ code: 'not_allowed' })
})
