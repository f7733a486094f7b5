import { createClient, type RealtimeChannel, type SupabaseClient } from '@supabase/supabase-js'
import { SignJWT } from 'jose'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestStack, type TestStack } from '../support/embedded-stack.ts'
import { buildTenant, type Tenant } from '../support/tenancy/tenant.ts'

let stack: TestStack
let admin: pg.Client
let tenant: Tenant
let other: Tenant
const clients: SupabaseClient[] = []

beforeAll(async () => {
  stack = await startTestStack()
  admin = new pg.Client(stack.adminUrl)
  await admin.connect()
  tenant = await buildTenant(admin)
  other = await buildTenant(admin)
})

afterEach(async () => {
  for (const client of clients.splice(0)) {
    await client.removeAllChannels()
    await client.realtime.disconnect()
  }
})

afterAll(async () => {
  await admin.end()
  await stack.remove()
})

/** A browser with the access token of a user, or without one. */
async function connect(userId: string | null): Promise<SupabaseClient> {
  const token =
    userId === null
      ? stack.publishableKey
      : await new SignJWT({ role: 'authenticated' })
          .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
          .setSubject(userId)
          .setExpirationTime('5 minutes')
          .sign(new TextEncoder().encode(stack.jwtSecret))
  const client = createClient(stack.apiUrl, stack.publishableKey, {
    accessToken: () => Promise.resolve(token),
  })
  clients.push(client)
  return client
}

/** Joins a private channel. Resolves with the first thing that the server says of it. */
async function join(channel: RealtimeChannel): Promise<string> {
  return new Promise((resolve) => channel.subscribe((status) => resolve(status)))
}

async function open(userId: string | null, topic: string) {
  const client = await connect(userId)
  const channel = client.channel(topic, { config: { private: true, broadcast: { ack: true } } })
  const heard: string[] = []
  channel.on('broadcast', { event: '*' }, ({ event }) => void heard.push(String(event)))
  return { channel, heard, status: await join(channel) }
}

const topics = {
  workspace: () => `workspace:${tenant.workspaceId}`,
  conversation: () => `conversation:${tenant.conversationId}`,
}

describe.each(['workspace', 'conversation'] as const)('the topic of a %s', (kind) => {
  test.each(['owner', 'admin', 'agent'] as const)('lets its %s in', async (role) => {
    expect((await open(tenant.people[role], topics[kind]())).status).toBe('SUBSCRIBED')
  })

  const strangers: Record<string, () => string | null> = {
    'the owner of another workspace': () => other.people.owner,
    'a removed member': () => tenant.people.removed,
    'somebody who is not signed in': () => null,
  }

  test.each(Object.keys(strangers))('refuses %s', async (name) => {
    expect((await open(strangers[name]?.() ?? null, topics[kind]())).status).toBe('CHANNEL_ERROR')
  })
})

test('what happens in a workspace is heard there and nowhere else', async () => {
  const here = await open(tenant.people.agent, topics.workspace())
  const elsewhere = await open(other.people.agent, `workspace:${other.workspaceId}`)
  const change = (workspaceId: string) =>
    admin.query('update conversations set inbound_count = inbound_count + 1 where workspace_id = $1', [
      workspaceId,
    ])
  await change(tenant.workspaceId)
  await vi.waitFor(() => expect(here.heard).toEqual(['conversations_changed']), 10_000)
  // Broadcasts come in the order of commits: had the first one come here too, it would stand before this one.
  await change(other.workspaceId)
  await vi.waitFor(() => expect(elsewhere.heard).toEqual(['conversations_changed']), 10_000)
  expect(here.heard).toEqual(['conversations_changed'])
})

test('members speak on a conversation, and not on the topic of the workspace', async () => {
  const say = (channel: RealtimeChannel) =>
    channel.send({ type: 'broadcast', event: 'typing', payload: {} }, { timeout: 3_000 })
  const speaker = await open(tenant.people.agent, topics.conversation())
  const listener = await open(tenant.people.owner, topics.conversation())
  expect(await say(speaker.channel)).toBe('ok')
  await vi.waitFor(() => expect(listener.heard).toEqual(['typing']), 10_000)

  const intruder = await open(tenant.people.agent, topics.workspace())
  const colleague = await open(tenant.people.owner, topics.workspace())
  expect(await say(intruder.channel)).not.toBe('ok')
  await admin.query('update conversations set inbound_count = inbound_count + 1 where workspace_id = $1', [
    tenant.workspaceId,
  ])
  await vi.waitFor(() => expect(colleague.heard).toContain('conversations_changed'), 10_000)
  expect(colleague.heard).not.toContain('typing')
})

test('a member who sees their own hears of it on their own topic, and enters no other', async () => {
  const { ownOnly, teamOnly } = tenant.people
  const refused = [
    topics.workspace(),
    topics.conversation(),
    `team:${tenant.teamId}`,
    `team:${tenant.otherTeamId}`,
    `member:${tenant.workspaceId}:${teamOnly}`,
  ]
  for (const topic of refused) {
    expect({ topic, status: (await open(ownOnly, topic)).status }).toEqual({ topic, status: 'CHANNEL_ERROR' })
  }
  const own = await open(ownOnly, `member:${tenant.workspaceId}:${ownOnly}`)
  const team = await open(teamOnly, `team:${tenant.otherTeamId}`)
  expect([own.status, team.status]).toEqual(['SUBSCRIBED', 'SUBSCRIBED'])
  const assign = (assigneeId: string, teamId: string) =>
    admin.query('update conversations set assignee_id = $2, team_id = $3 where id = $1', [
      tenant.conversationId,
      assigneeId,
      teamId,
    ])
  await assign(ownOnly, tenant.teamId)
  await vi.waitFor(() => expect(own.heard).toEqual(['conversations_changed']), 10_000)
  expect((await open(ownOnly, topics.conversation())).status).toBe('SUBSCRIBED')
  await assign(tenant.people.agent, tenant.otherTeamId)
  await vi.waitFor(() => expect(team.heard).toEqual(['conversations_changed']), 10_000)
  await vi.waitFor(() => expect(own.heard).toHaveLength(2), 10_000)
  expect((await open(ownOnly, topics.conversation())).status).toBe('CHANNEL_ERROR')
})
