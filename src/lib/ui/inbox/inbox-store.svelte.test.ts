import type { ConversationPage, ConversationSummary, InboxChanges, InboxSetup } from '#lib/domain/inbox.ts'
import { defaultPreferences } from '#lib/domain/member-preferences.ts'
import { mostChanges } from '#lib/domain/most-changes.ts'
import { type InboxApi, RequestFailed } from '#lib/realtime/inbox-api.ts'
import { makeChanges, makeConversation, makeMessage, makePage } from '#lib/realtime/test-rows.ts'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { InboxStore } from './inbox-store.svelte.ts'

const me = { id: 'me', name: 'Rina' }
const counts = {
  views: { open: 5, mine: 1, unassigned: 4, pending: 0, snoozed: 0, closed: 7, closing: 0 },
  unread: 3,
  saved: {},
}
const setup: InboxSetup = {
  topics: [],
  channels: [],
  teams: [],
  labels: [],
  members: [],
  savedViews: [],
  preferences: { ...defaultPreferences },
  workspace: { readReceipts: 'never', showsTyping: true, timeZone: 'Asia/Jakarta' },
}

function makeStore(overrides: Partial<InboxApi> = {}, now?: () => number) {
  const asked: { cursor: string; conversationId: string | null }[] = []
  const answers: InboxChanges[] = []
  const unexpected = () => Promise.reject(new Error('not expected'))
  const store = new InboxStore({
    api: {
      fetchChanges(cursor, conversationId) {
        asked.push({ cursor, conversationId })
        return Promise.resolve(answers.shift() ?? makeChanges({ cursor }))
      },
      fetchConversations: unexpected,
      fetchCounts: () => Promise.resolve(counts),
      fetchSetup: unexpected,
      fetchMessages: unexpected,
      fetchContact: unexpected,
      postView: unexpected,
      patchView: unexpected,
      deleteView: unexpected,
      putPreferences: unexpected,
      postMessage: unexpected,
      postRead: unexpected,
      postMediaRetry: unexpected,
      mediaHref: (id) => `/media/${id}`,
      ...overrides,
    },
    me,
    setup,
    connection: null,
    ...(now ? { now } : {}),
  })
  const receive = (cursor: string, ...conversations: ConversationSummary[]) => {
    const list = { conversations, nextBefore: null }
    store.receiveList({ filter: { view: 'open' }, sort: 'newest', page: list, cursor, counts })
  }
  receive('100', makeConversation({ unreadCount: 2 }))
  async function catchUp(answer: Partial<InboxChanges> = {}) {
    answers.push(makeChanges(answer))
    return store.applyChanges(await store.askForChanges([]))
  }
  return { store, asked, catchUp, receive }
}

const listedIds = (store: InboxStore) => store.listed.map(({ id }) => id)
const page = (...ids: string[]) => makePage({ messages: ids.map((id) => makeMessage({ id })) })
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
  const { store, catchUp, receive } = makeStore()
  await catchUp({ cursor: '150', conversations: [makeConversation({ contactName: 'New name' })] })
  receive('120', makeConversation({ contactName: 'Old name' }))
  expect(store.conversation('c1')?.contactName).toBe('New name')
})

it('lets conversations join and leave the list on screen as they change', async () => {
  const { store, catchUp } = makeStore()
  await catchUp({
    conversations: [makeConversation({ id: 'c2', lastActivityAt: '2026-03-03T09:00:00.000Z' })],
  })
  expect(listedIds(store)).toEqual(['c2', 'c1'])
  await catchUp({ conversations: [makeConversation({ state: 'closed' })] })
  expect(listedIds(store)).toEqual(['c2'])
})

it('shows at once what the reader did, in the list and in the counts, and takes it back', () => {
  const { store } = makeStore()
  const undo = store.patchConversation('c1', { state: 'closed' })
  expect(listedIds(store)).toEqual([])
  expect(store.counts.current.views).toMatchObject({ open: 4, unassigned: 3, closed: 8 })
  expect(store.counts.current.unread).toBe(2)
  undo()
  expect(listedIds(store)).toEqual(['c1'])
  expect(store.counts.current).toEqual(counts)
})

it('keeps what the reader did against an answer that was on its way', async () => {
  const { store, catchUp } = makeStore()
  store.patchConversation('c1', { state: 'closed' })
  await catchUp({ conversations: [makeConversation({ contactName: 'Siti R.' })] })
  expect(store.conversation('c1')).toMatchObject({ state: 'closed', contactName: 'Siti R.' })
  await catchUp({ conversations: [makeConversation({ state: 'closed' })] })
  await catchUp({ conversations: [makeConversation({ state: 'open' })] })
  expect(store.conversation('c1')?.state).toBe('open')
})

describe('what the reader did and the server contradicts', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is given up after a while, also when nothing further comes', async () => {
    const { store, catchUp } = makeStore()
    store.patchConversation('c1', { state: 'closed' })
    // Closed here and opened again by the customer: both in one answer.
    await catchUp({ conversations: [makeConversation({ unreadCount: 4 })] })
    expect(listedIds(store)).toEqual([])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(store.conversation('c1')).toMatchObject({ state: 'open', unreadCount: 4 })
    expect(listedIds(store)).toEqual(['c1'])
  })
})

describe('an answer that does not tell all that changed', () => {
  const late = makeConversation({ id: 'late', lastActivityAt: '2026-03-01T08:00:00.000Z' })
  const freshPage = {
    conversations: [makeConversation({ contactName: 'As it is now' }), late],
    nextBefore: null,
  }
  const fetches = {
    fetchConversations: () => Promise.resolve(freshPage),
    fetchSetup: () => Promise.resolve({ ...setup, topics: ['team:t1'] }),
    fetchMessages: () => Promise.resolve(page('m8', 'm9')),
  }
  const many = Array.from({ length: mostChanges }, (_, index) =>
    makeConversation({ id: `n${String(index)}`, lastActivityAt: '2026-03-04T08:00:00.000Z' }),
  )

  it('loads the list anew when more has changed than it holds', async () => {
    const { store, catchUp } = makeStore(fetches)
    await catchUp({ cursor: '200', conversations: many })
    expect(listedIds(store)).toHaveLength(mostChanges + 2)
    expect(listedIds(store)).toContain('late')
    expect(store.conversation('c1')?.contactName).toBe('As it is now')
  })

  it('loads list, topics and the open thread anew when the member sees others than before', async () => {
    const { store, catchUp } = makeStore(fetches)
    store.open('c1')
    store.receiveThread(makeConversation(), page('m1'), '100')
    await catchUp({ hasSightChanged: true })
    expect(listedIds(store)).toEqual(['c1', 'late'])
    expect(store.setup.topics).toEqual(['team:t1'])
    expect(idsOf(store)).toEqual(['m8', 'm9'])
  })

  it('says that the open thread is gone when it is out of sight now, and keeps what was written', async () => {
    const { store, catchUp } = makeStore({
      ...fetches,
      fetchConversations: () => Promise.resolve({ conversations: [], nextBefore: null }),
      fetchMessages: () => Promise.reject(new RequestFailed('refused', 404, 'Not here')),
    })
    store.open('c1')
    store.receiveThread(makeConversation(), page('m1'), '100')
    store.thread('c1').draft = 'Baik, Kak'
    await catchUp({ hasSightChanged: true })
    expect(listedIds(store)).toEqual([])
    expect(store.thread('c1')).toMatchObject({ isGone: true, draft: 'Baik, Kak' })
  })

  it('starts the open thread again from its newest page when more came than an answer holds', async () => {
    const { store, catchUp, asked } = makeStore(fetches)
    store.open('c1')
    store.receiveThread(makeConversation(), page('m1'), '100')
    const messages = many.map((_, index) => makeMessage({ id: `x${String(index)}` }))
    await catchUp({ cursor: '200', messages })
    expect(idsOf(store)).not.toContain('m1')
    expect(idsOf(store)).toHaveLength(mostChanges + 2)
    await catchUp()
    expect(asked.at(-1)?.cursor).toBe('200')
  })

  it('does not go on from that answer when the rest could not be loaded', async () => {
    let isReachable = false
    const { store, catchUp, asked } = makeStore({
      ...fetches,
      fetchConversations: () =>
        isReachable ? Promise.resolve(freshPage) : Promise.reject(new RequestFailed('unreachable', 0, '')),
    })
    await expect(catchUp({ cursor: '200', hasSightChanged: true })).rejects.toThrow()
    isReachable = true
    await catchUp({ cursor: '210', hasSightChanged: true })
    expect(asked.map(({ cursor }) => cursor)).toEqual(['100', '100'])
    expect(listedIds(store)).toContain('late')
  })

  it('forgets a page that was on its way when all began anew', async () => {
    const waiting: ((found: ConversationPage) => void)[] = []
    const { store, catchUp } = makeStore({
      ...fetches,
      fetchConversations: (filter) =>
        filter.view === 'closed'
          ? new Promise((resolve) => {
              waiting.push(resolve)
            })
          : Promise.resolve(freshPage),
    })
    store.showList({ filter: { view: 'closed' }, sort: 'newest', savedId: null })
    store.showList({ filter: { view: 'open' }, sort: 'newest', savedId: null })
    await catchUp({ hasSightChanged: true })
    waiting[0]?.({ conversations: [makeConversation({ id: 'unseen' })], nextBefore: null })
    await Promise.resolve()
    await Promise.resolve()
    expect(store.conversation('unseen')).toBeUndefined()
  })
})

it('takes in what has changed to lie on a page while that page was on its way', async () => {
  let answer: (found: ConversationPage) => void = () => undefined
  const { store, catchUp } = makeStore({
    fetchConversations: () =>
      new Promise((resolve) => {
        answer = resolve
      }),
  })
  const first = {
    conversations: [makeConversation({ id: 'c5', lastActivityAt: '2026-03-03T09:00:00.000Z' })],
  }
  const list = { filter: { view: 'pending' as const }, sort: 'newest' as const }
  const pending = (id: string, hour: string) =>
    makeConversation({ id, state: 'pending', lastActivityAt: `2026-03-03T${hour}:00:00.000Z` })
  store.receiveList({
    ...list,
    page: {
      conversations: first.conversations.map((row) => ({ ...row, state: 'pending' })),
      nextBefore: 'more',
    },
    cursor: '101',
    counts,
  })
  void store.lists.loadMore()
  await catchUp({ conversations: [pending('changed', '07')] })
  expect(listedIds(store)).toEqual(['c5'])
  answer({ conversations: [pending('c6', '06')], nextBefore: null })
  await expect.poll(() => listedIds(store)).toEqual(['c5', 'changed', 'c6'])
})

it('asks for the counts again when they did not come', async () => {
  vi.useFakeTimers()
  let failures = 1
  const { store, catchUp } = makeStore({
    fetchCounts() {
      failures -= 1
      return failures >= 0
        ? Promise.reject(new RequestFailed('unreachable', 0, ''))
        : Promise.resolve({ ...counts, unread: 9 })
    },
  })
  await catchUp({ conversations: [makeConversation({ unreadCount: 7 })] })
  await vi.advanceTimersByTimeAsync(10_000)
  expect(store.counts.current.unread).toBe(9)
  vi.useRealTimers()
})

it("goes by the server's clock for windows that close soon, and for the place of what is sent", async () => {
  const now = Date.parse('2026-03-03T08:30:00.000Z')
  const { store } = makeStore(
    {
      fetchConversations: () =>
        Promise.resolve({
          conversations: [makeConversation({ windowClosesAt: '2026-03-03T09:00:00.000Z' })],
          nextBefore: null,
        }),
      postMessage: () => new Promise(() => undefined),
    },
    () => now,
  )
  store.receiveList({
    filter: { view: 'open' },
    sort: 'newest',
    page: {
      conversations: [makeConversation({ windowClosesAt: '2026-03-03T09:00:00.000Z' })],
      nextBefore: null,
    },
    cursor: '105',
    counts,
  })
  store.showList({ filter: { view: 'closing' }, sort: 'newest', savedId: null })
  await expect.poll(() => listedIds(store)).toEqual(['c1'])
  expect(store.outbox.send('c1', 'Halo').startedAt).toBe('2026-03-03T08:30:00.000Z')
})

it('loads another list once, and finds it current when it comes back to it', async () => {
  const asked: string[] = []
  const { store, catchUp } = makeStore({
    fetchConversations(filter) {
      asked.push(filter.view)
      return Promise.resolve({
        conversations: [makeConversation({ id: 'c9', state: 'closed' })],
        nextBefore: null,
      })
    },
  })
  store.showList({ filter: { view: 'closed' }, sort: 'newest', savedId: null })
  expect(store.list.loading).toBe('first')
  await expect.poll(() => listedIds(store)).toEqual(['c9'])
  await catchUp({ conversations: [makeConversation({ id: 'c9', state: 'open' })] })
  expect(listedIds(store)).toEqual([])
  store.showList({ filter: { view: 'open' }, sort: 'newest', savedId: null })
  expect(listedIds(store)).toContain('c9')
  expect(asked).toEqual(['closed'])
})

it('keeps the open conversation in a list of unread ones until it is left', async () => {
  const { store } = makeStore({
    fetchConversations: () => Promise.resolve({ conversations: [], nextBefore: null }),
    postRead: () => Promise.resolve(),
  })
  store.showList({ filter: { view: 'open', unread: true }, sort: 'newest', savedId: null })
  await expect.poll(() => listedIds(store)).toEqual(['c1'])
  store.open('c1')
  await store.markRead('c1', () => true)
  expect(listedIds(store)).toEqual(['c1'])
  store.open(null)
  expect(listedIds(store)).toEqual([])
})

it('knows what follows a conversation that has just left the list', async () => {
  const { store, catchUp } = makeStore()
  await catchUp({
    conversations: [
      makeConversation({ id: 'c2', lastActivityAt: '2026-03-03T07:00:00.000Z' }),
      makeConversation({ id: 'c3', lastActivityAt: '2026-03-03T06:00:00.000Z' }),
    ],
  })
  store.open('c2')
  expect(store.neighbour('c2', 1)).toBe('c3')
  store.patchConversation('c2', { state: 'closed' })
  expect(store.neighbour('c2', 1)).toBe('c3')
  expect(store.neighbour('c2', -1)).toBe('c1')
})

it('has a prefetched thread at once, and asks for it again when it has changed', async () => {
  let asked = 0
  const { store, catchUp } = makeStore({
    fetchMessages: () => {
      asked += 1
      return Promise.resolve(page('m1'))
    },
  })
  store.prefetch('c1')
  await expect.poll(() => store.thread('c1').isLoaded).toBe(true)
  store.prefetch('c1')
  expect(asked).toBe(1)
  await catchUp({ conversations: [makeConversation({ unreadCount: 3 })] })
  store.prefetch('c1')
  expect(asked).toBe(2)
})

describe('a thread that is being read', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  function makeReader() {
    let [told, counted] = [0, 0]
    const made = makeStore({
      postRead: () => {
        told += 1
        return Promise.resolve()
      },
      fetchCounts: () => {
        counted += 1
        return Promise.resolve(counts)
      },
    })
    return { ...made, told: () => told, counted: () => counted }
  }

  it('is marked at once, and what comes within a second is told together', async () => {
    const { store, catchUp, told, counted } = makeReader()
    const reading = store.markRead('c1', () => true)
    expect(store.conversation('c1')?.unreadCount).toBe(0)
    expect(store.counts.current.unread).toBe(2)
    await vi.advanceTimersByTimeAsync(500)
    for (const unreadCount of [1, 2]) await catchUp({ conversations: [makeConversation({ unreadCount })] })
    expect(store.conversation('c1')?.unreadCount).toBe(0)
    expect(told()).toBe(1)
    await vi.advanceTimersByTimeAsync(400)
    const before = counted()
    await vi.advanceTimersByTimeAsync(2_000)
    await reading
    expect(told()).toBe(2)
    expect(counted()).toBeGreaterThan(before)
  })

  it('shows what came after its reader had looked away', async () => {
    const { store, catchUp, told } = makeReader()
    let isRead = true
    const reading = store.markRead('c1', () => isRead)
    await vi.advanceTimersByTimeAsync(500)
    isRead = false
    await catchUp({ conversations: [makeConversation({ unreadCount: 2 })] })
    await vi.advanceTimersByTimeAsync(1_000)
    await reading
    expect(told()).toBe(1)
    expect(store.conversation('c1')?.unreadCount).toBe(2)
  })
})

it('puts the unread count back when the server could not be told', async () => {
  const { store } = makeStore({ postRead: () => Promise.reject(new RequestFailed('broken', 503, '')) })
  await store.markRead('c1', () => true)
  expect(store.conversation('c1')?.unreadCount).toBe(2)
  expect(store.counts.current.unread).toBe(3)
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
    fetchMessages(_, at) {
      const before = typeof at === 'object' && 'before' in at ? at.before : ''
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
