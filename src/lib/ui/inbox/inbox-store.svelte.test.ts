import type { InboxChanges } from '#lib/domain/inbox.ts'
import { type InboxApi, RequestFailed } from '#lib/realtime/inbox-api.ts'
import { makeChanges, makeConversation, makeMessage } from '#lib/realtime/test-rows.ts'
import { expect, it } from 'vitest'
import { InboxStore } from './inbox-store.svelte.ts'

function makeStore(overrides: Partial<InboxApi> = {}) {
  const asked: { cursor: string; conversationId: string | null }[] = []
  const answers: InboxChanges[] = []
  const unexpected = () => Promise.reject(new Error('not expected'))
  const store = new InboxStore(
    {
      fetchChanges(cursor, conversationId) {
        asked.push({ cursor, conversationId })
        return Promise.resolve(answers.shift() ?? makeChanges({ cursor }))
      },
      fetchConversations: unexpected,
      fetchOlderMessages: unexpected,
      postMessage: unexpected,
      postRead: unexpected,
      postMediaRetry: unexpected,
      mediaHref: (id) => `/media/${id}`,
      ...overrides,
    },
    'Rina',
  )
  store.receiveList({ conversations: [makeConversation({ unreadCount: 2 })], nextBefore: null }, '100', 2)
  async function catchUp(answer: Partial<InboxChanges> = {}) {
    answers.push(makeChanges(answer))
    return store.applyChanges(await store.askForChanges())
  }
  return { store, asked, catchUp }
}

const page = (...ids: string[]) => ({ messages: ids.map((id) => makeMessage({ id })), nextBefore: null })
const idsOf = (store: InboxStore) => store.thread('c1').messages.map(({ id }) => id)

it('asks from the earlier of the two moments at which list and thread were read', async () => {
  const { store, asked, catchUp } = makeStore()
  store.open('c1')
  await catchUp({ cursor: '120' })
  store.receiveThread(makeConversation(), page('m1'), '110')
  await catchUp({ cursor: '130' })
  await catchUp({ cursor: '140' })
  expect(asked).toEqual([
    { cursor: '100', conversationId: null },
    { cursor: '110', conversationId: 'c1' },
    { cursor: '130', conversationId: 'c1' },
  ])
})

it('adds messages once, however often they come', async () => {
  const { store, catchUp } = makeStore()
  store.open('c1')
  store.receiveThread(makeConversation(), page('m1'), '100')
  expect(await catchUp({ messages: [makeMessage({ id: 'm2' })] })).toBe(true)
  expect(await catchUp({ messages: [makeMessage({ id: 'm2' })] })).toBe(false)
  expect(idsOf(store)).toEqual(['m1', 'm2'])
})

it('does not put messages of one thread into another that was opened meanwhile', async () => {
  const { store, catchUp } = makeStore()
  store.open('c1')
  store.receiveThread(makeConversation(), page('m1'), '100')
  const asking = catchUp({ messages: [makeMessage({ id: 'm2' })] })
  store.open('c2')
  await asking
  expect(store.thread('c2').messages).toEqual([])
})

it('starts a thread again from its fresh page after it was closed', () => {
  const { store } = makeStore()
  store.open('c1')
  store.receiveThread(makeConversation(), page('m1', 'm2'), '100')
  store.open(null)
  store.open('c1')
  store.receiveThread(makeConversation(), page('m9'), '200')
  expect(idsOf(store)).toEqual(['m9'])
})

it('does not go back to a load that changes have overtaken', async () => {
  const { store, catchUp } = makeStore()
  await catchUp({ cursor: '150', conversations: [makeConversation({ contactName: 'New name' })] })
  store.receiveList(
    { conversations: [makeConversation({ contactName: 'Old name' })], nextBefore: null },
    '120',
    9,
  )
  expect(store.conversation('c1')?.contactName).toBe('New name')
  expect(store.unreadTotal).toBe(0)
})

it('marks a thread as read at once', async () => {
  let told = 0
  const { store } = makeStore({
    postRead: () => {
      told += 1
      return Promise.resolve()
    },
  })
  const reading = store.markRead('c1')
  expect(store.conversation('c1')?.unreadCount).toBe(0)
  expect(store.unreadTotal).toBe(0)
  await reading
  expect(told).toBe(1)
})

it('puts the unread count back when the server could not be told', async () => {
  const { store } = makeStore({ postRead: () => Promise.reject(new RequestFailed('broken', 503, '')) })
  await store.markRead('c1')
  expect(store.conversation('c1')?.unreadCount).toBe(2)
  expect(store.unreadTotal).toBe(2)
})

it('puts a refused text back in front of what was written meanwhile, and says why', async () => {
  const { store } = makeStore({
    postMessage: () => Promise.reject(new RequestFailed('refused', 422, 'Too late')),
  })
  const thread = store.thread('c1')
  thread.draft = ' first '
  store.send(thread)
  expect(thread.draft).toBe('')
  thread.draft = 'second'
  await expect.poll(() => thread.refusal).toBe('Too late')
  expect(thread.draft).toBe('first\nsecond')
})

it('sends nothing when the text is empty, as after a second press', () => {
  const { store } = makeStore({ postMessage: () => new Promise(() => undefined) })
  const thread = store.thread('c1')
  thread.draft = 'Halo'
  store.send(thread)
  store.send(thread)
  expect(store.outbox.sends).toHaveLength(1)
})

it('takes out a bubble that turned out to be the echo of another one', async () => {
  const { store, catchUp } = makeStore()
  store.open('c1')
  store.receiveThread(makeConversation(), page('ours', 'echo'), '100')
  expect(await catchUp({ removedMessageIds: ['echo'] })).toBe(true)
  expect(idsOf(store)).toEqual(['ours'])
  expect(await catchUp({ removedMessageIds: ['echo'] })).toBe(false)
})

it('takes away a conversation that left the sight of the member', async () => {
  const { store, catchUp } = makeStore()
  await catchUp({ removedConversationIds: ['c1'] })
  expect(store.conversation('c1')).toBeUndefined()
  expect(store.thread('c1').isGone).toBe(true)
})

it('looks for a quoted message page by page, until it is here', async () => {
  const asked: string[] = []
  const { store } = makeStore({
    fetchOlderMessages(_, before) {
      asked.push(before)
      return Promise.resolve(
        before === 'p1' ? { ...page('m2'), nextBefore: 'p2' } : { ...page('m1'), nextBefore: 'p3' },
      )
    },
  })
  store.receiveThread(makeConversation(), { ...page('m3'), nextBefore: 'p1' }, '100')
  const at = makeMessage().occurredAt
  expect(await store.findMessage(store.thread('c1'), 'm1', at)).toBe(true)
  expect(asked).toEqual(['p1', 'p2'])
})

it('ends the search for a message that is nowhere when it is past its moment', async () => {
  const { store } = makeStore()
  store.receiveThread(makeConversation(), { ...page('m3'), nextBefore: 'p1' }, '100')
  expect(await store.findMessage(store.thread('c1'), 'm1', '2026-03-04T00:00:00.000Z')).toBe(false)
})

it('carries a draft over to the conversation that its own became a part of', async () => {
  const { store, catchUp } = makeStore()
  store.open('c1')
  store.thread('c1').draft = 'Baik, Kak'
  await catchUp({ joinedConversations: [{ id: 'c1', into: 'c2' }] })
  expect(store.thread('c1').joinedInto).toBe('c2')
  expect(store.thread('c2').draft).toBe('Baik, Kak')
  expect(store.listed.map(({ id }) => id)).not.toContain('c1')
  await catchUp({ conversations: [makeConversation()] })
  expect(store.thread('c1').joinedInto).toBeNull()
})
