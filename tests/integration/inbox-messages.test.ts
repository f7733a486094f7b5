import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MediaContent } from '../../src/lib/domain/message-content.ts'
import {
  createAsMember,
  createDatabase,
  type AsMember,
  type Claims,
} from '../../src/lib/server/database/database.ts'
import { findChanges, readCursor } from '../../src/lib/server/database/inbox-changes.ts'
import { countUnreadConversations } from '../../src/lib/server/database/inbox-counts.ts'
import {
  findConversation,
  findRootConversationId,
  listConversations,
} from '../../src/lib/server/database/inbox-list.ts'
import { markRead } from '../../src/lib/server/database/inbox-reads.ts'
import { listMessages, queueReply } from '../../src/lib/server/database/inbox-thread.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let admin: pg.Client
let workspace: TestWorkspace
let web: Kysely<DB>
let asMember: AsMember
let owner: Claims

beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Client(database.adminUrl)
  await admin.connect()
  workspace = await makeWorkspace(database.adminUrl)
  web = createDatabase(createPool({ connectionString: database.webUrl, applicationName: 'test web', max: 2 }))
  asMember = createAsMember(web, () => Promise.resolve())
  owner = { sub: workspace.ownerId, exp: 0 }
})

afterAll(async () => {
  await web.destroy()
  await admin.end()
  await database.drop()
})

const inbox = () => ({ workspaceId: workspace.workspaceId, userId: owner.sub })

/** Inserts a row and returns its id. */
async function insert(table: string, row: Record<string, unknown>): Promise<string> {
  const columns = Object.keys(row)
  const { rows } = await admin.query<{ id: string }>(
    `insert into ${table} (${columns.join(', ')}) values (${columns.map((_, at) => `$${String(at + 1)}`).join(', ')})
     returning ${table === 'message_media' ? 'message_id as id' : 'id'}`,
    Object.values(row),
  )
  const [inserted] = rows
  if (inserted === undefined) throw new Error(`nothing was inserted into ${table}`)
  return inserted.id
}

async function startThread(name = 'Ratna'): Promise<string> {
  const { workspaceId, channelId } = workspace
  const contact = await insert('contacts', { workspace_id: workspaceId, name, name_source: 'staff' })
  const identity = await insert('contact_identities', { workspace_id: workspaceId, contact_id: contact })
  return insert('conversations', {
    workspace_id: workspaceId,
    channel_id: channelId,
    identity_id: identity,
    last_activity_at: new Date(),
  })
}

let sequence = 0

interface Written {
  id: string
  wamid: string
}

async function write(conversationId: string, row: Record<string, unknown> = {}): Promise<Written> {
  sequence += 1
  const wamid = `wamid.${randomUUID()}`
  const id = await insert('messages', {
    workspace_id: workspace.workspaceId,
    conversation_id: conversationId,
    channel_id: workspace.channelId,
    wamid,
    direction: 'inbound',
    origin: 'cloud_api',
    type: 'text',
    text: `m${String(sequence)}`,
    occurred_at: new Date(Date.now() - 60_000 + sequence * 10),
    ...row,
  })
  return { id, wamid: (row['wamid'] as string | undefined) ?? wamid }
}

/** As ingest writes it: the reaction, and the touched message that tells the page. */
async function react(message: Written, direction: 'inbound' | 'outbound', emoji: string | null) {
  await admin.query(
    `insert into message_reactions (workspace_id, channel_id, target_wamid, direction, emoji, occurred_at, wamid)
     values ($1, $2, $3, $4, $5, now(), $6)
     on conflict (channel_id, target_wamid, direction) do update set emoji = excluded.emoji`,
    [workspace.workspaceId, workspace.channelId, message.wamid, direction, emoji, `wamid.${randomUUID()}`],
  )
  await admin.query('update messages set changed_xid = pg_current_xact_id() where id = $1', [message.id])
}

const file = (kind: MediaContent['kind'], news: Partial<MediaContent> = {}): MediaContent => ({
  kind,
  mimeType: null,
  fileName: null,
  byteSize: null,
  isVoice: false,
  isAnimated: false,
  transcript: null,
  ...news,
})

async function addMedia(message: Written, kind: MediaContent['kind']): Promise<void> {
  const event = await insert('webhook_events', {
    workspace_id: workspace.workspaceId,
    event_id: randomUUID(),
    delivery_id: randomUUID(),
    item_index: 0,
    name: 'whatsapp.message.received',
    subject_key: 1,
    status: 'processed',
  })
  await insert('message_media', {
    workspace_id: workspace.workspaceId,
    message_id: message.id,
    kind,
    webhook_event_id: event,
  })
}

async function storeMedia(message: Written, facts: Record<string, unknown>): Promise<void> {
  const fileId = await insert('media_files', {
    workspace_id: workspace.workspaceId,
    sha256: randomUUID().replaceAll('-', '').repeat(2),
    byte_size: 1234,
    mime_type: 'image/jpeg',
    storage_path: 'files/one',
    ...facts,
  })
  await admin.query("update message_media set state = 'stored', file_id = $2 where message_id = $1", [
    message.id,
    fileId,
  ])
}

const messagesOf = async (conversationId: string) =>
  (await asMember(owner, (trx) => listMessages(trx, workspace.workspaceId, conversationId))).messages
const summaryOf = (conversationId: string) =>
  asMember(owner, (trx) => findConversation(trx, inbox(), conversationId))
const changesSince = (cursor: string, conversationId: string) =>
  asMember(owner, (trx) => findChanges(trx, inbox(), cursor, conversationId))
/**
 * A cursor behind everything that was written so far. Other databases of the server hold it back for as long as their
 * transactions run: rows would only come again, but these tests say exactly which ones come.
 */
async function cursorNow(): Promise<string> {
  const { rows } = await admin.query<{ written: string }>('select pg_current_xact_id()::text as written')
  for (;;) {
    const cursor = await asMember(owner, readCursor)
    if (BigInt(cursor) > BigInt(rows[0]?.written ?? 0)) return cursor
  }
}

describe('a message', () => {
  test('brings its content, its origin and the session it came in', async () => {
    const thread = await startThread()
    const place = {
      kind: 'location',
      latitude: -7.79,
      longitude: 110.36,
      name: 'Tugu',
      address: null,
      url: null,
    }
    const referral = {
      sourceType: 'ad',
      sourceId: '1',
      sourceUrl: null,
      headline: 'Diskon',
      body: null,
      clickId: null,
    }
    await write(thread, {
      type: 'location',
      text: null,
      content: JSON.stringify(place),
      is_forwarded: true,
      referral: JSON.stringify(referral),
      kapso_conversation_id: 'session-1',
    })
    expect(await messagesOf(thread)).toMatchObject([
      { type: 'location', content: place, isForwarded: true, referral, kapsoConversationId: 'session-1' },
    ])
    expect((await summaryOf(thread))?.lastMessage).toMatchObject({ preview: { name: 'Tugu' } })
  })

  test('quotes the one that it answers, and says so when that is not here', async () => {
    const thread = await startThread()
    const original = await write(thread, {
      type: 'audio',
      text: null,
      content: file('audio', { isVoice: true }),
    })
    await write(thread, { reply_to_wamid: original.wamid, direction: 'outbound', origin: 'bot' })
    await write(thread, { reply_to_wamid: 'wamid.nowhere' })
    const [, answer, orphan] = await messagesOf(thread)
    expect(answer?.quote?.original).toMatchObject({
      messageId: original.id,
      direction: 'inbound',
      type: 'audio',
      preview: { isVoice: true },
    })
    expect(orphan?.quote).toEqual({ original: null })
  })

  test('never quotes a message of another thread', async () => {
    const [thread, other] = [await startThread(), await startThread()]
    const elsewhere = await write(other, { text: 'rahasia' })
    await write(thread, { reply_to_wamid: elsewhere.wamid })
    expect((await messagesOf(thread))[0]?.quote).toEqual({ original: null })
  })

  test('shows one reaction of each side, and none that was taken back', async () => {
    const thread = await startThread()
    const message = await write(thread, { direction: 'outbound', origin: 'bot', text: 'Sudah dikirim' })
    await react(message, 'inbound', '👍')
    await react(message, 'outbound', '❤️')
    expect((await messagesOf(thread))[0]?.reactions).toEqual([
      { direction: 'inbound', emoji: '👍' },
      { direction: 'outbound', emoji: '❤️' },
    ])
    await react(message, 'outbound', null)
    expect((await messagesOf(thread))[0]?.reactions).toEqual([{ direction: 'inbound', emoji: '👍' }])
    expect((await summaryOf(thread))?.lastMessage?.reaction).toEqual({ direction: 'inbound', emoji: '👍' })
  })

  test('shows how far the copy of its file is', async () => {
    const thread = await startThread()
    const voice = await write(thread, {
      type: 'audio',
      text: null,
      content: file('audio', { isVoice: true }),
    })
    expect((await messagesOf(thread))[0]?.media).toBeNull()
    await addMedia(voice, 'audio')
    expect((await messagesOf(thread))[0]?.media).toMatchObject({
      state: 'pending',
      kind: 'audio',
      mimeType: null,
    })
    await storeMedia(voice, { mime_type: 'audio/ogg', duration_seconds: 12.5 })
    expect((await messagesOf(thread))[0]?.media).toMatchObject({
      state: 'stored',
      mimeType: 'audio/ogg',
      byteSize: 1234,
      durationSeconds: 12.5,
      hasThumbnail: false,
    })
    expect((await summaryOf(thread))?.lastMessage?.preview).toEqual({
      isVoice: true,
      durationSeconds: 12.5,
      name: null,
    })
  })
})

describe('the catch-up of an open thread', () => {
  test('brings a message again when it got a reaction', async () => {
    const thread = await startThread()
    const message = await write(thread)
    await write(thread)
    const cursor = await cursorNow()
    await react(message, 'outbound', '🙏')
    const { messages, conversations } = await changesSince(cursor, thread)
    expect(messages.map(({ id }) => id)).toEqual([message.id])
    expect(conversations.map(({ id }) => id)).toContain(thread)
  })

  test('brings a message again when its file has arrived', async () => {
    const thread = await startThread()
    const message = await write(thread, { type: 'image', text: null, content: file('image') })
    await addMedia(message, 'image')
    const cursor = await cursorNow()
    await storeMedia(message, { width: 1600, height: 1200, thumbnail_path: 'files/small' })
    const { messages } = await changesSince(cursor, thread)
    expect(messages).toMatchObject([
      { id: message.id, media: { state: 'stored', width: 1600, height: 1200, hasThumbnail: true } },
    ])
  })

  test("does not bring another thread's file", async () => {
    const [thread, other] = [await startThread(), await startThread()]
    const elsewhere = await write(other, { type: 'image', text: null, content: file('image') })
    await addMedia(elsewhere, 'image')
    await write(thread)
    const cursor = await cursorNow()
    await storeMedia(elsewhere, {})
    expect((await changesSince(cursor, thread)).messages).toEqual([])
  })

  test('brings a reply again when the message that it quotes came after it', async () => {
    const thread = await startThread()
    const wamid = `wamid.${randomUUID()}`
    const reply = await write(thread, { reply_to_wamid: wamid })
    const cursor = await cursorNow()
    const original = await write(thread, { wamid, occurred_at: new Date(Date.now() - 120_000) })
    const { messages } = await changesSince(cursor, thread)
    expect(messages.map(({ id }) => id)).toEqual([original.id, reply.id])
    expect(messages[1]?.quote?.original?.messageId).toBe(original.id)
  })

  test('tells that the bot was paused', async () => {
    const thread = await startThread()
    await write(thread)
    const cursor = await cursorNow()
    await admin.query(
      "update conversations set bot_state = 'paused', bot_state_reason = 'business_app_reply', bot_state_at = now() where id = $1",
      [thread],
    )
    const { conversations } = await changesSince(cursor, thread)
    expect(conversations).toMatchObject([
      {
        id: thread,
        bot: { state: 'paused', reason: 'business_app_reply', since: expect.any(String) as string },
      },
    ])
  })
})

describe('a thread that turned out to be part of another', () => {
  async function join(): Promise<{ loser: string; survivor: string; cursor: string }> {
    const [loser, survivor] = [await startThread('Unknown'), await startThread('Ratna Kusuma')]
    await write(loser, { text: 'dulu' })
    await write(survivor, { text: 'nanti' })
    const cursor = await cursorNow()
    await insert('conversation_joins', {
      workspace_id: workspace.workspaceId,
      loser_id: loser,
      survivor_id: survivor,
      source: 'ingest',
      reason: 'test',
    })
    await admin.query('update conversations set root_id = $2 where id = $1', [loser, survivor])
    return { loser, survivor, cursor }
  }

  test('shows its messages there, in order, and is listed no more', async () => {
    const { loser, survivor } = await join()
    expect((await messagesOf(survivor)).map(({ text, conversationId }) => [text, conversationId])).toEqual([
      ['dulu', survivor],
      ['nanti', survivor],
    ])
    const { conversations } = await asMember(owner, (trx) => listConversations(trx, inbox(), { limit: 500 }))
    const ids = conversations.map(({ id }) => id)
    expect(ids).toContain(survivor)
    expect(ids).not.toContain(loser)
    expect(await summaryOf(loser)).toBeUndefined()
    expect(await asMember(owner, (trx) => findRootConversationId(trx, workspace.workspaceId, loser))).toBe(
      survivor,
    )
  })

  test('pages back through the messages of both, each once', async () => {
    const { survivor } = await join()
    const first = await asMember(owner, (trx) =>
      listMessages(trx, workspace.workspaceId, survivor, 'newest', 1),
    )
    const second = await asMember(owner, (trx) =>
      listMessages(trx, workspace.workspaceId, survivor, { before: first.nextBefore ?? '' }, 1),
    )
    expect([...second.messages, ...first.messages].map(({ text }) => text)).toEqual(['dulu', 'nanti'])
    expect(second.nextBefore).toBeNull()
  })

  test('is told to an open page, which loads the other anew', async () => {
    const { loser, survivor, cursor } = await join()
    const changes = await changesSince(cursor, survivor)
    expect(changes.joinedConversations).toEqual([{ id: loser, into: survivor }])
    expect(changes.mustReloadMessages).toBe(true)
    expect(changes.conversations.map(({ id }) => id)).not.toContain(loser)
  })

  test('is read, and answered, at the one that stands for both', async () => {
    const { loser, survivor } = await join()
    const reply = await asMember(owner, (trx) =>
      queueReply(trx, workspace.workspaceId, {
        conversationId: loser,
        clientReference: randomUUID(),
        text: 'Baik',
      }),
    )
    expect(reply.conversationId).toBe(survivor)
    await asMember(owner, (trx) => markRead(trx, inbox(), loser))
    expect((await summaryOf(survivor))?.unreadCount).toBe(0)
  })

  test('counts as unread once', async () => {
    const before = await asMember(owner, (trx) => countUnreadConversations(trx, inbox()))
    await join()
    const after = await asMember(owner, (trx) => countUnreadConversations(trx, inbox()))
    expect(after - before).toBe(1)
  })
})
