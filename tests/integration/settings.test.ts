import type { Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createAsMember,
  createDatabase,
  type AsMember,
  type Claims,
} from '../../src/lib/server/database/database.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import {
  changeWorkspace,
  countChannels,
  listChannels,
  listTeam,
} from '../../src/lib/server/database/settings.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { receivedBody, sign } from '../support/kapso-bodies.ts'
import { startPipeline, type Pipeline } from '../support/pipeline.ts'
import { runAs } from '../support/run-as.ts'
import { addMember, makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let pipeline: Pipeline
let web: Kysely<DB>
let asMember: AsMember
let workspace: TestWorkspace
let owner: Claims
let admin: Claims
let agent: Claims
let stranger: Claims

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
  web = createDatabase(pipeline.webPool)
  asMember = createAsMember(web, pipeline.queue.enqueue)
  workspace = await makeWorkspace(database.adminUrl)
  owner = { sub: workspace.ownerId, exp: 0 }
  admin = await addMember(database.adminUrl, workspace.workspaceId, 'admin')
  agent = await addMember(database.adminUrl, workspace.workspaceId, 'agent')
  stranger = { sub: (await makeWorkspace(database.adminUrl)).ownerId, exp: 0 }
})

afterAll(async () => {
  await pipeline.close()
  await database.drop()
})

const channelsAs = (claims: Claims) =>
  asMember(claims, (transaction) => listChannels(transaction, workspace.workspaceId))
const teamAs = (claims: Claims) =>
  asMember(claims, (transaction) => listTeam(transaction, workspace.workspaceId))
const changeAs = (claims: Claims, name: string) =>
  asMember(claims, (transaction) =>
    changeWorkspace(transaction, workspace.workspaceId, {
      name,
      timeZone: 'Asia/Makassar',
      defaultCountry: 'SG',
    }),
  )

async function readName(): Promise<string | undefined> {
  const rows = await runAs<{ name: string }>(
    database.adminUrl,
    'select name from public.workspaces where id = $1',
    [workspace.workspaceId],
  )
  return rows[0]?.name
}

describe('the numbers of a workspace', () => {
  test('come with their webhook for owners and admins, and without it for agents', async () => {
    for (const claims of [owner, admin]) {
      expect(await channelsAs(claims)).toEqual([
        {
          id: workspace.channelId,
          name: 'Sales',
          displayPhone: null,
          phoneNumberId: workspace.phoneNumberId,
          lastMessageAt: null,
          endpointIds: [workspace.endpointId],
        },
      ])
    }
    expect(await channelsAs(agent)).toMatchObject([{ id: workspace.channelId, endpointIds: [] }])
  })

  test('say when the newest message was written, whatever arrives later', async () => {
    const at = Math.floor(Date.now() / 1000) - 60
    for (const [sequence, moment] of [at, at - 600].entries()) {
      const body = receivedBody({
        wamid: `wamid.settings${String(sequence)}`,
        phoneNumberId: workspace.phoneNumberId,
        phone: `6281200003${String(sequence).padStart(3, '0')}`,
        text: 'Halo',
        at: moment,
      })
      await pipeline.deliver(workspace, sign('whatsapp.message.received', body, workspace.secret))
    }
    await pipeline.applyAll(workspace)
    expect(await channelsAs(agent)).toMatchObject([{ lastMessageAt: new Date(at * 1000) }])
  })

  test('leave out webhooks that are switched off', async () => {
    const other = await makeWorkspace(database.adminUrl)
    await runAs(
      database.adminUrl,
      'update public.webhook_endpoints set disabled_at = now() where workspace_id = $1',
      [other.workspaceId],
    )
    const channels = await asMember({ sub: other.ownerId, exp: 0 }, (transaction) =>
      listChannels(transaction, other.workspaceId),
    )
    expect(channels).toMatchObject([{ endpointIds: [] }])
  })

  test('are nothing to members of another workspace', async () => {
    const countAs = (claims: Claims) =>
      asMember(claims, (transaction) => countChannels(transaction, workspace.workspaceId))
    expect(await countAs(agent)).toBe(1)
    expect(await countAs(stranger)).toBe(0)
    expect(await channelsAs(stranger)).toEqual([])
  })
})

describe('the team', () => {
  test('is everybody who has not been removed, first come first', async () => {
    const removed = await addMember(database.adminUrl, workspace.workspaceId, 'agent')
    await runAs(
      database.adminUrl,
      'update public.workspace_members set removed_at = now() where user_id = $1',
      [removed.sub],
    )
    expect(await teamAs(agent)).toEqual([
      { userId: owner.sub, displayName: 'Owner', role: 'owner', joinedAt: expect.any(Date) },
      { userId: admin.sub, displayName: expect.any(String), role: 'admin', joinedAt: expect.any(Date) },
      { userId: agent.sub, displayName: expect.any(String), role: 'agent', joinedAt: expect.any(Date) },
    ])
  })

  test('is unknown to members of another workspace', async () => {
    expect(await teamAs(stranger)).toEqual([])
  })
})

describe('changing the workspace', () => {
  test('is for owners and admins', async () => {
    for (const [claims, name] of [
      [owner, 'Toko Sinar'],
      [admin, 'Toko Sinar Jaya'],
    ] as const) {
      await changeAs(claims, name)
      expect(
        await runAs(
          database.adminUrl,
          'select name, time_zone, default_country from public.workspaces where id = $1',
          [workspace.workspaceId],
        ),
      ).toEqual([{ name, time_zone: 'Asia/Makassar', default_country: 'SG' }])
    }
  })

  test('is refused to agents and to members of another workspace', async () => {
    const before = await readName()
    for (const claims of [agent, stranger]) {
      await expect(changeAs(claims, 'Taken over')).rejects.toMatchObject({ code: 'not_allowed' })
    }
    expect(await readName()).toBe(before)
  })
})
