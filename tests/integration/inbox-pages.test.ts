import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findChanges, readCursor } from '../../src/lib/server/database/inbox-changes.ts'
import { findConversation } from '../../src/lib/server/database/inbox-list.ts'
import { markRead, markUnread } from '../../src/lib/server/database/inbox-reads.ts'
import { listMessages, openThread, type MessagesAt } from '../../src/lib/server/database/inbox-thread.ts'
import { makeInboxScene, type InboxScene, type Thread } from '../support/inbox-scene.ts'

let scene: InboxScene
const start = Date.parse('2026-03-03T08:00:00.000Z')
const at = (second: number) => new Date(start + second * 1000)

beforeAll(async () => {
  scene = await makeInboxScene()
})

afterAll(() => scene.close())

const page = (id: string, which?: MessagesAt, limit?: number, claims = scene.owner) =>
  scene.asMember(claims, (database) => listMessages(database, scene.workspace.workspaceId, id, which, limit))

function writeNote(thread: Thread, body: string, second: number, news: Record<string, unknown> = {}) {
  const note = { conversation_id: thread.id, author_id: scene.agent.sub, client_reference: randomUUID() }
  return scene.insert('conversation_notes', { ...note, body, created_at: at(second), ...news })
}

function writeEvent(thread: Thread, kind: string, second: number) {
  const event = { conversation_id: thread.id, kind, actor_id: scene.owner.sub }
  return scene.insert('conversation_events', { ...event, occurred_at: at(second), details: { reason: kind } })
}

/** Twenty messages, one each ten seconds, with notes and lines before, between, at the same moment, and after them. */
async function makeLongThread() {
  const thread = await scene.startThread()
  const messageIds: string[] = []
  for (let place = 0; place < 20; place++)
    messageIds.push(await scene.write(thread, { text: `m${String(place)}`, occurred_at: at(place * 10) }))
  const noteIds = []
  const eventIds = []
  for (const second of [-50, 5, 70, 70, 95, 130, 300]) {
    noteIds.push(await writeNote(thread, `note at ${String(second)}`, second))
    eventIds.push(await writeEvent(thread, 'closed', second))
  }
  return { thread, messageIds, noteIds, eventIds }
}

describe('pages of a thread', () => {
  test.each([3, 7, 20, 50])('of %i messages hold each message, note and line once', async (limit) => {
    const { thread, messageIds, noteIds, eventIds } = await makeLongThread()
    let found = await page(thread.id, 'newest', limit)
    expect(found.nextAfter).toBeNull()
    const pages = [found]
    while (found.nextBefore !== null) {
      found = await page(thread.id, { before: found.nextBefore }, limit)
      pages.unshift(found)
    }
    expect(pages.flatMap(({ messages }) => messages.map(({ id }) => id))).toEqual(messageIds)
    expect(pages.flatMap(({ notes }) => notes.map(({ id }) => id))).toEqual(noteIds)
    expect(pages.flatMap(({ events }) => events.map(({ id }) => id)).toSorted()).toEqual(eventIds.toSorted())
  })

  test.each([0, 1, 9, 18, 19])('around message %i reach in both directions', async (place) => {
    const { thread, messageIds, noteIds } = await makeLongThread()
    const middle = await page(thread.id, { around: messageIds[place] ?? '' }, 6)
    expect(middle.messages.map(({ id }) => id)).toEqual(messageIds.slice(Math.max(0, place - 2), place + 4))
    const pages = [middle]
    for (let first = middle; first.nextBefore !== null; first = pages[0] ?? first)
      pages.unshift(await page(thread.id, { before: first.nextBefore }, 6))
    for (let last = middle; last.nextAfter !== null; last = pages.at(-1) ?? last)
      pages.push(await page(thread.id, { after: last.nextAfter }, 6))
    expect(pages.flatMap(({ messages }) => messages.map(({ id }) => id))).toEqual(messageIds)
    expect(pages.flatMap(({ notes }) => notes.map(({ id }) => id))).toEqual(noteIds)
  })

  test('show notes and lines with who wrote them, and nothing of a deleted note', async () => {
    const thread = await scene.startThread()
    await writeNote(thread, 'Wants a discount', 1, { mentioned_ids: [scene.owner.sub] })
    await writeNote(thread, 'Secret', 2, { deleted_at: at(3) })
    await writeEvent(thread, 'labelled', 4)
    const { messages, notes, events } = await page(thread.id)
    expect(messages).toEqual([])
    expect(notes).toMatchObject([
      {
        body: 'Wants a discount',
        author: { id: scene.agent.sub },
        mentionedIds: [scene.owner.sub],
        isDeleted: false,
      },
      { body: '', isDeleted: true },
    ])
    expect(events).toMatchObject([
      { kind: 'labelled', actor: { id: scene.owner.sub, name: 'Owner' }, details: { reason: 'labelled' } },
    ])
  })

  test('tell when a message is to leave, until it has left', async () => {
    const thread = await scene.startThread()
    const ours = { direction: 'outbound', origin: 'my21staff', author_id: scene.owner.sub, wamid: null }
    const write = (news: Record<string, unknown>) =>
      scene.write(thread, { ...ours, client_reference: randomUUID(), ...news })
    await write({ send_state: 'waiting', send_at: at(900), occurred_at: at(1) })
    await write({ send_state: 'waiting', undo_until: at(800), occurred_at: at(2) })
    await write({ send_state: 'accepted', send_at: at(700), undo_until: at(700), occurred_at: at(3) })
    expect((await page(thread.id)).messages).toMatchObject([
      { sendAt: at(900).toISOString(), undoUntil: null },
      { sendAt: null, undoUntil: at(800).toISOString() },
      { sendAt: null, undoUntil: null },
    ])
  })

  test('come with the conversation and a cursor in one statement when a thread is opened', async () => {
    const { thread } = await makeLongThread()
    const opened = await scene.asMember(scene.owner, (database) =>
      openThread(database, scene.inboxOf(scene.owner), thread.id),
    )
    expect(opened.cursor).toMatch(/^\d+$/)
    expect(opened.page).toEqual(await page(thread.id))
    expect(opened.conversation).toEqual(
      await scene.asMember(scene.owner, (database) =>
        findConversation(database, scene.inboxOf(scene.owner), thread.id),
      ),
    )
  })
})

describe('what is not there', () => {
  test('says so: a conversation, one of another member, one that was joined, a message', async () => {
    const thread = await scene.startThread()
    const elsewhere = await scene.startThread()
    const messageId = await scene.write(elsewhere, {})
    const joined = await scene.startThread()
    await scene.admin.query('update conversations set root_id = $1 where id = $2', [thread.id, joined.id])
    await expect(page(randomUUID())).rejects.toMatchObject({ code: 'conversation_not_found' })
    await expect(page(joined.id)).rejects.toMatchObject({ code: 'conversation_joined', into: thread.id })
    await expect(page(thread.id, { around: messageId })).rejects.toMatchObject({ code: 'message_not_found' })
    await expect(page(thread.id, { before: 'x' })).rejects.toMatchObject({ code: 'bad_cursor' })
    await expect(page(thread.id, { after: '2026-01-01_x' })).rejects.toMatchObject({ code: 'bad_cursor' })
    await scene.admin.query(`update workspace_members set visibility = 'own' where user_id = $1`, [
      scene.agent.sub,
    ])
    const hidden = page(thread.id, 'newest', 5, scene.agent)
    await expect(hidden).rejects.toMatchObject({ code: 'conversation_not_found' })
    await scene.admin.query(`update workspace_members set visibility = 'all' where user_id = $1`, [
      scene.agent.sub,
    ])
  })
})

describe('a catch-up', () => {
  test('brings notes and lines that came, changed or were deleted since', async () => {
    const thread = await scene.startThread()
    const old = await writeNote(thread, 'Old', 1)
    const cursor = await scene.asMember(scene.owner, readCursor)
    const fresh = await writeNote(thread, 'New', 2)
    await scene.admin.query('update conversation_notes set deleted_at = now() where id = $1', [old])
    const line = await writeEvent(thread, 'assigned', 3)
    const changes = await scene.asMember(scene.owner, (database) =>
      findChanges(database, scene.inboxOf(scene.owner), cursor, thread.id),
    )
    expect(changes.notes.map(({ id, isDeleted }) => ({ id, isDeleted }))).toEqual([
      { id: old, isDeleted: true },
      { id: fresh, isDeleted: false },
    ])
    expect(changes.events.map(({ id }) => id)).toContain(line)
  })

  test('names what left the sight of whoever sees their own alone, and says when all of it changed', async () => {
    const { agent, inboxOf, asMember, admin } = scene
    await admin.query(`update workspace_members set visibility = 'own' where user_id = $1`, [agent.sub])
    const thread = await scene.startThread({ conversation: { assignee_id: agent.sub } })
    await scene.write(thread, {})
    const cursor = await asMember(agent, readCursor)
    const ask = () => asMember(agent, (database) => findChanges(database, inboxOf(agent), cursor, thread.id))
    await admin.query('update conversations set assignee_id = null where id = $1', [thread.id])
    expect(await ask()).toMatchObject({
      removedConversationIds: [thread.id],
      conversations: [],
      messages: [],
    })
    await admin.query(`update workspace_members set visibility = 'all' where user_id = $1`, [agent.sub])
    expect((await ask()).hasSightChanged).toBe(true)
  })

  test('says that the conversation that is open was deleted', async () => {
    const thread = await scene.startThread()
    const cursor = await scene.asMember(scene.owner, readCursor)
    const ask = () =>
      scene.asMember(scene.owner, (database) =>
        findChanges(database, scene.inboxOf(scene.owner), cursor, thread.id),
      )
    expect((await ask()).removedConversationIds).toEqual([])
    await scene.admin.query('delete from conversations where id = $1', [thread.id])
    expect((await ask()).removedConversationIds).toEqual([thread.id])
  })

  test('says to whoever is no member any more that there is no workspace, and not that all was deleted', async () => {
    const { agent, admin } = scene
    const thread = await scene.startThread()
    const cursor = await scene.asMember(agent, readCursor)
    const ask = () =>
      scene.asMember(agent, (database) => findChanges(database, scene.inboxOf(agent), cursor, thread.id))
    expect((await ask()).removedConversationIds).toEqual([])
    await admin.query('update workspace_members set removed_at = now() where user_id = $1', [agent.sub])
    await expect(ask()).rejects.toMatchObject({ code: 'workspace_not_found' })
  })
})

describe('marking as unread', () => {
  const unreadOf = async (id: string, claims = scene.owner) =>
    (await scene.asMember(claims, (database) => findConversation(database, scene.inboxOf(claims), id)))
      ?.unreadCount
  const unread = (id: string, messageId: string) =>
    scene.asMember(scene.owner, (database) => markUnread(database, scene.inboxOf(scene.owner), id, messageId))

  test('begins with the message, for this member on all devices, and ends with reading', async () => {
    const { thread, messageIds } = await makeLongThread()
    const read = () =>
      scene.asMember(scene.owner, (database) => markRead(database, scene.inboxOf(scene.owner), thread.id))
    await read()
    const others = await unreadOf(thread.id, scene.agent)
    const cursor = await scene.asMember(scene.owner, readCursor)
    expect(await unread(thread.id, messageIds[17] ?? '')).toBe(3)
    expect(await unreadOf(thread.id)).toBe(3)
    expect(await unreadOf(thread.id, scene.agent)).toBe(others)
    const changes = await scene.asMember(scene.owner, (database) =>
      findChanges(database, scene.inboxOf(scene.owner), cursor, null),
    )
    expect(changes.conversations.find(({ id }) => id === thread.id)?.unreadCount).toBe(3)
    await scene.write(thread, { occurred_at: at(500) })
    expect(await unreadOf(thread.id)).toBe(4)
    await read()
    expect(await unreadOf(thread.id)).toBe(0)
  })

  test('from an own message after which nothing came leaves one to read; where nobody wrote, it is refused', async () => {
    const { thread } = await makeLongThread()
    const ours = { direction: 'outbound', occurred_at: at(600) }
    expect(await unread(thread.id, await scene.write(thread, ours))).toBe(1)
    const silent = await scene.startThread()
    const template = await scene.write(silent, ours)
    await expect(unread(silent.id, template)).rejects.toMatchObject({ code: 'nothing_to_read' })
    await expect(unread(silent.id, randomUUID())).rejects.toMatchObject({ code: 'message_not_found' })
    await expect(unread(thread.id, template)).rejects.toMatchObject({ code: 'message_not_found' })
  })
})
