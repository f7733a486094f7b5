import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createAsMember,
  createDatabase,
  type AsMember,
  type Claims,
} from '../../src/lib/server/database/database.ts'
import { findChanges, readCursor } from '../../src/lib/server/database/inbox-changes.ts'
import { countUnreadConversations } from '../../src/lib/server/database/inbox-counts.ts'
import { findConversation, listConversations } from '../../src/lib/server/database/inbox-list.ts'
import { markRead } from '../../src/lib/server/database/inbox-reads.ts'
import { listMessages, queueReply } from '../../src/lib/server/database/inbox-thread.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { receivedBody, sign } from '../support/kapso-bodies.ts'
import { startPipeline, type Pipeline } from '../support/pipeline.ts'
import { runAs } from '../support/run-as.ts'
import { addMember, makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let pipeline: Pipeline
let workspace: TestWorkspace
let web: Kysely<DB>
let asMember: AsMember
let owner: Claims

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
  workspace = await makeWorkspace(database.adminUrl)
  web = createDatabase(pipeline.webPool)
  asMember = createAsMember(web, pipeline.queue.enqueue)
  owner = { sub: workspace.ownerId, exp: 0 }
})

afterAll(async () => {
  await pipeline.close()
  await database.drop()
})

let sequence = 0
const now = () => Math.floor(Date.now() / 1000)

async function receive(phone: string, text: string, at = now()): Promise<void> {
  sequence++
  const body = receivedBody({
    wamid: `wamid.inbox${String(sequence)}`,
    phoneNumberId: workspace.phoneNumberId,
    phone,
    text,
    at,
  })
  await pipeline.deliver(workspace, sign('whatsapp.message.received', body, workspace.secret))
  await pipeline.applyAll(workspace)
}

const inboxOf = (claims: Claims) => ({ workspaceId: workspace.workspaceId, userId: claims.sub })

async function conversationWith(claims: Claims, phone: string) {
  const { conversations } = await asMember(claims, (trx) =>
    listConversations(trx, inboxOf(claims), { limit: 500 }),
  )
  const digits = phone.replace(/\D/g, '')
  const found = conversations.find((entry) => entry.address?.replace(/\D/g, '') === digits)
  if (found === undefined) throw new Error(`no conversation with ${digits}`)
  return found
}

describe('the list', () => {
  test('pages through all conversations, newest first, each once', async () => {
    for (let i = 0; i < 7; i++)
      await receive(`62812000002${String(i).padStart(2, '0')}`, `Halo ${String(i)}`, now() - 100 + i)
    const seen: string[] = []
    let before: string | null = null
    do {
      const page = await asMember(owner, (trx) =>
        listConversations(trx, inboxOf(owner), { before, limit: 3 }),
      )
      seen.push(...page.conversations.map((entry) => entry.lastMessage?.text ?? ''))
      before = page.nextBefore
    } while (before !== null)
    expect(seen).toEqual(['Halo 6', 'Halo 5', 'Halo 4', 'Halo 3', 'Halo 2', 'Halo 1', 'Halo 0'])
  })

  test('refuses a cursor that is none of ours', async () => {
    await expect(
      asMember(owner, (trx) => listConversations(trx, inboxOf(owner), { before: "x' or 1=1" })),
    ).rejects.toThrow('cursor')
  })
})

describe('a thread', () => {
  test('pages back to its beginning and comes oldest first', async () => {
    for (let i = 0; i < 5; i++) await receive('6281200000300', `m${String(i)}`, now() - 50 + i)
    const { id } = await conversationWith(owner, '6281200000300')
    const newest = await asMember(owner, (trx) => listMessages(trx, workspace.workspaceId, id, 'newest', 3))
    expect(newest.messages.map((message) => message.text)).toEqual(['m2', 'm3', 'm4'])
    const older = await asMember(owner, (trx) =>
      listMessages(trx, workspace.workspaceId, id, { before: newest.nextBefore ?? '' }, 3),
    )
    expect(older.messages.map((message) => message.text)).toEqual(['m0', 'm1'])
    expect(older.nextBefore).toBeNull()
  })
})

test('messages of one second keep the order in which Kapso told of them', async () => {
  const at = now()
  const texts = Array.from({ length: 12 }, (_, index) => `urutan ${String(index)}`)
  for (const text of texts) {
    sequence++
    const facts = { wamid: `wamid.same${String(sequence)}`, phoneNumberId: workspace.phoneNumberId }
    const body = receivedBody({ ...facts, phone: '6281200000301', text, at })
    await pipeline.deliver(workspace, sign('whatsapp.message.received', body, workspace.secret))
    if (sequence % 3 === 0) await pipeline.applyAll(workspace)
  }
  await pipeline.applyAll(workspace)
  const { id } = await conversationWith(owner, '6281200000301')
  const { messages } = await asMember(owner, (trx) => listMessages(trx, workspace.workspaceId, id))
  expect(messages.map((message) => message.text)).toEqual(texts)
})

describe('unread counts', () => {
  test('are kept per member', async () => {
    const agent = await addMember(database.adminUrl, workspace.workspaceId, 'agent')
    await receive('6281200000400', 'satu')
    await receive('6281200000400', 'dua')
    const { id } = await conversationWith(owner, '6281200000400')
    await asMember(owner, (trx) => markRead(trx, inboxOf(owner), id))

    expect((await conversationWith(owner, '6281200000400')).unreadCount).toBe(0)
    expect((await conversationWith(agent, '6281200000400')).unreadCount).toBe(2)
    await receive('6281200000400', 'tiga')
    expect((await conversationWith(owner, '6281200000400')).unreadCount).toBe(1)
    expect((await conversationWith(agent, '6281200000400')).unreadCount).toBe(3)
  })

  test('of somebody who joins later start at zero', async () => {
    await receive('6281200000401', 'lama')
    const newcomer = await addMember(database.adminUrl, workspace.workspaceId, 'agent')
    expect(await asMember(newcomer, (trx) => countUnreadConversations(trx, inboxOf(newcomer)))).toBe(0)
    await receive('6281200000401', 'baru')
    expect(await asMember(newcomer, (trx) => countUnreadConversations(trx, inboxOf(newcomer)))).toBe(1)
  })
})

/** Snapshots know of all databases of the server: until those of other tests have ended, cursors stay behind what is here already. */
async function waitForOlderTransactions(): Promise<void> {
  const isBehind = `select pg_snapshot_xmin(pg_current_snapshot()) <= max(changed_xid) as behind from messages`
  await expect
    .poll(() => runAs<{ behind: boolean }>(database.adminUrl, isBehind), { timeout: 10_000 })
    .toEqual([{ behind: false }])
}

describe('the catch-up', () => {
  test('says that it was read before what a broadcast told of could be seen', async () => {
    await receive('6281200000599', 'start')
    const { id } = await conversationWith(owner, '6281200000599')
    const client = new pg.Client(database.adminUrl)
    await client.connect()
    await client.query('begin')
    const { rows } = await client.query<{ xid: string }>(
      'update conversations set changed_xid = pg_current_xact_id() where id = $1 returning changed_xid::text as xid',
      [id],
    )
    const heard = rows.map(({ xid }) => xid)
    const ask = () => asMember(owner, (trx) => findChanges(trx, inboxOf(owner), heard[0] ?? '', null, heard))
    expect(await ask()).toMatchObject({ isBehind: true, conversations: [] })
    await client.query('commit')
    await client.end()
    expect(await ask()).toMatchObject({ isBehind: false, conversations: [{ id }] })
  })

  test('tells what changed since the cursor, and what was read on another device', async () => {
    await receive('6281200000500', 'before')
    const { id } = await conversationWith(owner, '6281200000500')
    const cursor = await asMember(owner, readCursor)
    await receive('6281200000500', 'after')

    const changes = await asMember(owner, (trx) => findChanges(trx, inboxOf(owner), cursor, id))
    expect(changes.conversations.map((entry) => entry.id)).toContain(id)
    expect(changes.messages.map((message) => message.text)).toContain('after')

    await asMember(owner, (trx) => markRead(trx, inboxOf(owner), id))
    const later = await asMember(owner, (trx) => findChanges(trx, inboxOf(owner), changes.cursor, id))
    // A transaction of somebody else may hold the cursor back: rows may come again.
    expect(later.conversations.find((entry) => entry.id === id)).toMatchObject({ unreadCount: 0 })
  })

  test('misses nothing when transactions commit in another order than they began', async () => {
    await receive('6281200000501', 'start')
    await receive('6281200000502', 'start')
    const slow = await conversationWith(owner, '6281200000501')
    const fast = await conversationWith(owner, '6281200000502')
    await waitForOlderTransactions()
    let cursor = await asMember(owner, readCursor)
    const slowClient = new pg.Client(database.adminUrl)
    const fastClient = new pg.Client(database.adminUrl)
    await Promise.all([slowClient.connect(), fastClient.connect()])
    const insert = (client: pg.Client, conversationId: string, text: string) =>
      client.query(
        `insert into messages (workspace_id, conversation_id, channel_id, wamid, direction, origin, type, text, occurred_at)
         values ($1, $2, $3, $4, 'inbound', 'cloud_api', 'text', $5, now())`,
        [workspace.workspaceId, conversationId, workspace.channelId, `wamid.${randomUUID()}`, text],
      )

    await slowClient.query('begin')
    await insert(slowClient, slow.id, 'began first, commits last')
    await fastClient.query('begin')
    await insert(fastClient, fast.id, 'began last, commits first')
    await fastClient.query('commit')

    const first = await asMember(owner, (trx) => findChanges(trx, inboxOf(owner), cursor, slow.id))
    expect(first.conversations.map((entry) => entry.id)).toContain(fast.id)
    expect(first.conversations.map((entry) => entry.id)).not.toContain(slow.id)
    expect(first.messages).toEqual([])
    cursor = first.cursor

    await slowClient.query('commit')
    const second = await asMember(owner, (trx) => findChanges(trx, inboxOf(owner), cursor, slow.id))
    expect(second.conversations.map((entry) => entry.id)).toContain(slow.id)
    expect(second.messages.map((message) => message.text)).toEqual(['began first, commits last'])
    await Promise.all([slowClient.end(), fastClient.end()])
  })

  test('keeps a summary right when two transactions write to one thread at the same time', async () => {
    await receive('6281200000503', 'start', now() - 100)
    const { id } = await conversationWith(owner, '6281200000503')
    const clients = [new pg.Client(database.adminUrl), new pg.Client(database.adminUrl)]
    await Promise.all(clients.map((client) => client.connect()))
    const [later, earlier] = clients
    const insert = (client: pg.Client | undefined, text: string, age: number) =>
      client?.query(
        `insert into messages (workspace_id, conversation_id, channel_id, wamid, direction, origin, type, text, occurred_at)
         values ($1, $2, $3, $4, 'inbound', 'cloud_api', 'text', $5, now() - make_interval(secs => $6))`,
        [workspace.workspaceId, id, workspace.channelId, `wamid.${randomUUID()}`, text, age],
      )
    await later?.query('begin')
    await insert(later, 'the newest', 1)
    const waiting = insert(earlier, 'an older one', 50)
    await later?.query('commit')
    await waiting

    const summary = await asMember(owner, (trx) => findConversation(trx, inboxOf(owner), id))
    expect(summary).toMatchObject({ unreadCount: 3, lastMessage: { text: 'the newest' } })
    await Promise.all(clients.map((client) => client.end()))
  })

  test('refuses a cursor that is no number', async () => {
    await expect(asMember(owner, (trx) => findChanges(trx, inboxOf(owner), '1; drop', null))).rejects.toThrow(
      'cursor',
    )
  })
})

describe('a reply', () => {
  const reply = (conversationId: string, text: string, clientReference: string = randomUUID()) =>
    asMember(owner, (trx) =>
      queueReply(trx, workspace.workspaceId, { conversationId, clientReference, text }),
    )

  test('waits in the outbox with its author, once for each client reference, however often it is sent', async () => {
    await receive('6281200000600', 'Halo')
    const { id } = await conversationWith(owner, '6281200000600')
    const clientReference = randomUUID()
    const answers = await Promise.all([1, 2, 3].map(() => reply(id, 'Halo juga', clientReference)))
    expect(new Set(answers.map((answer) => answer.id)).size).toBe(1)
    expect(answers[0]).toMatchObject({
      sendState: 'waiting',
      status: 'queued',
      authorName: 'Owner',
      clientReference,
    })
    expect((await conversationWith(owner, '6281200000600')).lastMessage?.text).toBe('Halo juga')
  })

  test('is refused by the server when the 24 hours are over', async () => {
    await receive('6281200000601', 'Kemarin', now() - 24 * 3600 - 1)
    const { id, windowClosesAt } = await conversationWith(owner, '6281200000601')
    expect(Date.parse(windowClosesAt ?? '')).toBeLessThan(Date.now())
    await expect(reply(id, 'Terlambat')).rejects.toMatchObject({
      name: 'RuleViolation',
      code: 'window_closed',
    })
  })

  test.each(['', '   \n', 'x'.repeat(4097)])('is refused with a bad length (%#)', async (text) => {
    await receive('6281200000602', 'Halo')
    const { id } = await conversationWith(owner, '6281200000602')
    await expect(reply(id, text)).rejects.toMatchObject({ code: 'text_length' })
  })

  test("to another workspace's conversation does not exist", async () => {
    const other = await makeWorkspace(database.adminUrl)
    await receive('6281200000603', 'Halo')
    const { id } = await conversationWith(owner, '6281200000603')
    const stranger = { sub: other.ownerId, exp: 0 }
    await expect(
      asMember(stranger, (trx) =>
        queueReply(trx, workspace.workspaceId, {
          conversationId: id,
          clientReference: randomUUID(),
          text: 'hi',
        }),
      ),
    ).rejects.toMatchObject({ code: 'not_found' })
    expect(await asMember(stranger, (trx) => findConversation(trx, inboxOf(stranger), id))).toBeUndefined()
  })
})

test('the inbox hears of a message by one broadcast on its private topic, with ids only', async () => {
  await receive('6281200000700', 'start')
  await runAs(database.adminUrl, 'delete from realtime.messages')
  await receive('6281200000700', 'rahasia')
  const sent = await runAs<{ topic: string; event: string; private: boolean; payload: unknown }>(
    database.adminUrl,
    'select topic, event, private, payload from realtime.messages',
  )
  expect(sent).toMatchObject([
    { topic: `workspace:${workspace.workspaceId}`, event: 'conversations_changed', private: true },
  ])
  expect(JSON.stringify(sent)).not.toContain('rahasia')
})
