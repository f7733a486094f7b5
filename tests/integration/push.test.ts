import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import webPush from 'web-push'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  listNotifications,
  readNotifications,
  saveNotificationSettings,
  savePushSubscription,
} from '../../src/lib/server/database/notifications.ts'
import { defaultNotificationSettings, type NotificationSettings } from '../../src/lib/domain/notifications.ts'
import { createAsMember, createDatabase, type AsMember } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { sendDuePushes } from '../../src/lib/server/jobs/send-pushes.ts'
import { startApplyBench, type ApplyBench, type ToldWorkspace } from '../support/apply-bench.ts'
import { receivedBody } from '../support/kapso-bodies.ts'
import { silentLog } from '../support/pipeline.ts'
import { startPushService, type PushService, type TestBrowser } from '../support/push-service.ts'
import { addMember } from '../support/workspace.ts'

let bench: ApplyBench
let service: PushService
let web: ReturnType<typeof createDatabase>
let asMember: AsMember
let workspace: ToldWorkspace

beforeAll(async () => {
  bench = await startApplyBench()
  service = await startPushService()
  web = createDatabase(
    createPool({ connectionString: bench.database.webUrl, applicationName: 'test', max: 2 }),
  )
  asMember = createAsMember(web, () => Promise.resolve())
})

beforeEach(async () => {
  service.answer(201)
  workspace = await bench.makeWorkspace()
})

afterAll(async () => {
  await web.destroy()
  await service.close()
  await bench.close()
})

const keys = webPush.generateVAPIDKeys()
let sequence = 0

function ring(now = new Date()) {
  return sendDuePushes(
    {
      asSystem: bench.pipeline.asSystem,
      log: silentLog,
      push: {
        identity: { ...keys, subject: 'mailto:operator@example.com' },
        pushHosts: [service.host],
        timeoutMs: 2_000,
      },
    },
    now,
  )
}

const inboxOf = (userId: string) => ({ workspaceId: workspace.workspaceId, userId })
const claimsOf = (userId: string) => ({ sub: userId, exp: 4_102_444_800 })

async function subscribe(userId: string, language = 'en'): Promise<TestBrowser> {
  const browser = service.subscribe()
  await asMember(claimsOf(userId), (database) =>
    savePushSubscription(database, inboxOf(userId), browser.subscription, language),
  )
  return browser
}

function want(userId: string, settings: Partial<NotificationSettings>) {
  return asMember(claimsOf(userId), (database) =>
    saveNotificationSettings(database, inboxOf(userId), { ...defaultNotificationSettings, ...settings }),
  )
}

/** A customer writes; returns the conversation. */
async function write(text: string, customer = '01'): Promise<string> {
  sequence += 1
  const phone = `62812000077${customer}`
  await workspace.tell(
    'whatsapp.message.received',
    receivedBody({
      wamid: `wamid.push${String(sequence)}`,
      phoneNumberId: workspace.phoneNumberId,
      phone,
      contactName: 'Ibu Melati',
      text,
    }),
  )
  const { rows } = await sql<{ id: string }>`
    select c.id from conversations c join contact_identities i on i.id = c.identity_id
    where c.workspace_id = ${workspace.workspaceId} and i.phone_normalized = ${`+${phone}`}
  `.execute(bench.pipeline.kysely)
  return rows[0]?.id ?? ''
}

async function addAgent(): Promise<string> {
  const { sub } = await addMember(bench.database.adminUrl, workspace.workspaceId, 'agent')
  return sub
}

describe('a new message', () => {
  test('rings the browsers of those who want to know, encrypted for them and signed by us', async () => {
    const browser = await subscribe(workspace.ownerId)
    const conversationId = await write('Halo, masih ada?')
    await ring()
    expect(browser.received.map(({ payload }) => payload)).toEqual([
      {
        tag: `conversation:${conversationId}`,
        title: 'Ibu Melati',
        body: 'Halo, masih ada?',
        path: expect.stringContaining(`/inbox/${conversationId}?message=`) as string,
      },
    ])
    expect(browser.received[0]?.headers).toMatchObject({
      'content-encoding': 'aes128gcm',
      authorization: expect.stringContaining(`k=${keys.publicKey}`) as string,
    })
  })

  test('rings once, however often one looks', async () => {
    const browser = await subscribe(workspace.ownerId)
    await write('Halo')
    await Promise.all([ring(), ring(), ring()])
    await ring()
    expect(browser.received).toHaveLength(1)
  })

  test('rings once for several in a row, with the last', async () => {
    const browser = await subscribe(workspace.ownerId)
    await write('Halo')
    await write('Masih ada?')
    await ring()
    expect(browser.received.map(({ payload }) => payload)).toMatchObject([{ body: 'Masih ada?' }])
  })

  test('does not ring who has read it meanwhile', async () => {
    const browser = await subscribe(workspace.ownerId)
    const conversationId = await write('Halo')
    await sql`
      insert into conversation_reads (workspace_id, conversation_id, user_id, read_count)
      values (${workspace.workspaceId}, ${conversationId}, ${workspace.ownerId}, 1)
    `.execute(bench.pipeline.kysely)
    expect(await ring()).toBe(1)
    expect(browser.received).toEqual([])
  })

  test('is in the language of the browser, and keeps its words where they are not wanted', async () => {
    const browser = await subscribe(workspace.ownerId, 'id')
    await want(workspace.ownerId, { showsWords: false })
    await write('Rahasia')
    await ring()
    expect(browser.received.map(({ payload }) => payload)).toMatchObject([{ body: 'Pesan baru' }])
  })

  test.each([
    ['all', true],
    ['mine_and_unassigned', false],
    ['mine', false],
    ['none', false],
  ] as const)('of a colleague rings who wants "%s": %s', async (newMessages, rings) => {
    const agent = await addAgent()
    const browser = await subscribe(workspace.ownerId)
    await want(workspace.ownerId, { newMessages })
    const conversationId = await write('Halo')
    await sql`update conversations set assignee_id = ${agent} where id = ${conversationId}`.execute(
      bench.pipeline.kysely,
    )
    await ring()
    expect(browser.received).toHaveLength(rings ? 1 : 0)
  })

  test('does not ring who may not see the conversation, is away, or has left', async () => {
    const [own, away, gone] = [await addAgent(), await addAgent(), await addAgent()]
    const browsers = [await subscribe(own), await subscribe(away), await subscribe(gone)]
    for (const userId of [own, away, gone]) await want(userId, { newMessages: 'all' })
    const change = (userId: string, what: ReturnType<typeof sql>) =>
      sql`update workspace_members set ${what} where user_id = ${userId}`.execute(bench.pipeline.kysely)
    await change(own, sql`visibility = 'own'`)
    await change(away, sql`availability = 'away'`)
    await change(gone, sql`removed_at = now()`)
    await write('Halo')
    await ring()
    expect(browsers.flatMap(({ received }) => received)).toEqual([])
  })

  test('does not ring in quiet hours', async () => {
    const browser = await subscribe(workspace.ownerId)
    await want(workspace.ownerId, { quietHours: { from: '22:00', until: '06:00' } })
    await write('Halo')
    await ring(new Date('2026-03-03T23:30:00+07:00'))
    await write('Pagi')
    await ring(new Date('2026-03-04T07:00:00+07:00'))
    expect(browser.received.map(({ payload }) => payload)).toMatchObject([{ body: 'Pagi' }])
  })
})

test('a browser that is gone is forgotten; one that cannot be reached is tried again', async () => {
  const browser = await subscribe(workspace.ownerId)
  service.answer(503)
  await write('Halo')
  await ring()
  service.answer(201)
  await sql`update private.due_pushes set due_at = now() where workspace_id = ${workspace.workspaceId}`.execute(
    bench.pipeline.kysely,
  )
  await ring()
  expect(browser.received).toHaveLength(1)

  service.answer(410)
  await write('Masih ada?')
  await ring()
  const left = await asMember(claimsOf(workspace.ownerId), (database) =>
    database.selectFrom('push_subscriptions').select('id').execute(),
  )
  expect(left).toEqual([])
})

describe('a browser', () => {
  const subscriptionsOf = (userId: string) =>
    asMember(claimsOf(userId), (database) =>
      database.selectFrom('push_subscriptions').select('endpoint').orderBy('created_at').execute(),
    )

  test('that somebody else uses now rings for them alone', async () => {
    const agent = await addAgent()
    const shared = await subscribe(workspace.ownerId)
    await asMember(claimsOf(agent), (database) =>
      savePushSubscription(database, inboxOf(agent), shared.subscription, 'en'),
    )
    expect(await subscriptionsOf(workspace.ownerId)).toEqual([])
    expect(await subscriptionsOf(agent)).toHaveLength(1)
    await want(agent, { newMessages: 'none' })
    await write('Rahasia')
    await ring()
    expect(shared.received).toEqual([])
  })

  test('rings for the same person in all their workspaces', async () => {
    const other = await bench.makeWorkspace()
    const browser = await subscribe(workspace.ownerId)
    await sql`
      insert into workspace_members (workspace_id, user_id, role, display_name)
      values (${other.workspaceId}, ${workspace.ownerId}, 'agent', 'Also here')
    `.execute(bench.pipeline.kysely)
    await asMember(claimsOf(workspace.ownerId), (database) =>
      savePushSubscription(database, { workspaceId: other.workspaceId }, browser.subscription, 'en'),
    )
    expect(await subscriptionsOf(workspace.ownerId)).toHaveLength(2)
  })

  test('of a workspace that one does not belong to cannot be rung', async () => {
    const stranger = await bench.makeWorkspace()
    const browser = service.subscribe()
    const attempt = asMember(claimsOf(stranger.ownerId), (database) =>
      savePushSubscription(database, inboxOf(stranger.ownerId), browser.subscription, 'en'),
    )
    await expect(attempt).rejects.toMatchObject({ code: '42501' })
  })

  test('is one of twenty at most: those that were there longest are rung no more', async () => {
    const first = await subscribe(workspace.ownerId)
    for (let place = 0; place < 20; place += 1) await subscribe(workspace.ownerId)
    const kept = await subscriptionsOf(workspace.ownerId)
    expect(kept).toHaveLength(20)
    expect(kept.map(({ endpoint }) => endpoint)).not.toContain(first.subscription.endpoint)
  })
})

test('a customer with an endless name, and one that turns the reading direction, rings like any other', async () => {
  const browser = await subscribe(workspace.ownerId)
  const conversationId = await write('\u202Egpj.exe \u2066tersembunyi')
  await sql`update contacts set name = null, name_source = null where workspace_id = ${workspace.workspaceId}`.execute(
    bench.pipeline.kysely,
  )
  await sql`
    update contact_identities set profile_name = ${`\u202E${'🙂'.repeat(3_000)}`}
    where id = (select identity_id from conversations where id = ${conversationId})
  `.execute(bench.pipeline.kysely)
  await ring()
  expect(browser.received.map(({ payload }) => payload)).toMatchObject([
    { title: `${'🙂'.repeat(99)}…`, body: 'gpj.exe tersembunyi' },
  ])
})

test('a push service that finds a message too long is no reason to forget the browser', async () => {
  const browser = await subscribe(workspace.ownerId)
  await write('Halo')
  service.answer(413)
  await ring()
  service.answer(201)
  await write('Masih ada?')
  await ring()
  expect(browser.received.map(({ payload }) => payload)).toMatchObject([{ body: 'Masih ada?' }])
})

test('an admin is rung whatever their visibility says', async () => {
  const admin = await addMember(bench.database.adminUrl, workspace.workspaceId, 'admin')
  await sql`update workspace_members set visibility = 'own' where user_id = ${admin.sub}`.execute(
    bench.pipeline.kysely,
  )
  const browser = await subscribe(admin.sub)
  await write('Halo')
  await ring()
  expect(browser.received).toHaveLength(1)
})

test('an address that is no push service is never asked', async () => {
  const asked = service.subscribe()
  const endpoint = asked.subscription.endpoint.replace('127.0.0.1', 'localhost')
  await asMember(claimsOf(workspace.ownerId), (database) =>
    savePushSubscription(database, inboxOf(workspace.ownerId), { ...asked.subscription, endpoint }, 'en'),
  )
  await write('Halo')
  await ring()
  expect(asked.received).toEqual([])
})

describe('a mention', () => {
  async function mention(author: string, mentioned: string[]): Promise<string> {
    const conversationId = await write('Halo')
    await sql`
      insert into conversation_notes (workspace_id, conversation_id, author_id, client_reference, body, mentioned_ids)
      values (${workspace.workspaceId}, ${conversationId}, ${author}, ${randomUUID()}, 'Tolong', ${mentioned}::uuid[])
    `.execute(bench.pipeline.kysely)
    return conversationId
  }

  test('is told to who is mentioned, rings, and is read with its conversation', async () => {
    const agent = await addAgent()
    const browser = await subscribe(agent)
    await want(agent, { newMessages: 'none' })
    const conversationId = await mention(workspace.ownerId, [agent, workspace.ownerId])
    await ring()
    expect(browser.received.map(({ payload }) => payload)).toMatchObject([
      { title: 'Ibu Melati', body: 'Owner mentioned you in a note' },
    ])
    const list = () => asMember(claimsOf(agent), (database) => listNotifications(database, inboxOf(agent)))
    expect(await list()).toMatchObject({
      unread: 1,
      notifications: [{ kind: 'mention', conversationId, actorName: 'Owner', isRead: false }],
    })
    await asMember(claimsOf(agent), (database) => readNotifications(database, inboxOf(agent), conversationId))
    expect(await list()).toMatchObject({ unread: 0, notifications: [{ isRead: true }] })
    const own = await asMember(claimsOf(workspace.ownerId), (database) =>
      listNotifications(database, inboxOf(workspace.ownerId)),
    )
    expect(own.notifications).toEqual([])
  })
})

test('whoever is given a conversation is told, and not who took it', async () => {
  const agent = await addAgent()
  const conversationId = await write('Halo')
  const assign = (actorId: string | null) =>
    sql`
      insert into conversation_events (workspace_id, conversation_id, kind, actor_id, details)
      values (${workspace.workspaceId}, ${conversationId}, 'assigned', ${actorId},
        ${JSON.stringify({ assigneeId: agent })}::jsonb)
    `.execute(bench.pipeline.kysely)
  await assign(agent)
  await assign(null)
  const page = await asMember(claimsOf(agent), (database) => listNotifications(database, inboxOf(agent)))
  expect(page).toMatchObject({ unread: 1, notifications: [{ kind: 'assigned', actorName: null }] })
})
