import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Notification, NotificationPage } from '#lib/domain/notifications.ts'
import { NotificationStore } from './notification-store.svelte.ts'

const makeNotification = (minute: number, changes: Partial<Notification> = {}): Notification => ({
  id: `n${String(minute)}`,
  kind: 'mention',
  conversationId: 'c1',
  contactName: 'Ibu Melati',
  actorName: 'Ana',
  createdAt: `2026-03-03T08:0${String(minute)}:00.000Z`,
  isRead: false,
  ...changes,
})

function makeStore() {
  let page: NotificationPage | null = { notifications: [], unread: 0 }
  const news: string[] = []
  const answer = () => (page === null ? Promise.reject(new Error('offline')) : Promise.resolve(page))
  const store = new NotificationStore({ fetchPage: answer, postRead: answer }, ({ id }) => news.push(id))
  const receive = async (notifications: Notification[] | null) => {
    page = notifications && {
      notifications,
      unread: notifications.filter(({ isRead }) => !isRead).length,
    }
    await store.refresh()
  }
  return { store, news, receive }
}

describe('NotificationStore', () => {
  it('tells what came while the page was open, each once, oldest first', async () => {
    const { store, news, receive } = makeStore()
    await receive([makeNotification(1)])
    await receive([makeNotification(3), makeNotification(2), makeNotification(1)])
    await receive([makeNotification(3), makeNotification(2), makeNotification(1)])
    expect(news).toEqual(['n2', 'n3'])
    expect(store.unread).toBe(3)
  })

  it('tells of the first one ever, too, and not of what was read elsewhere', async () => {
    const { news, receive } = makeStore()
    await receive([])
    await receive([makeNotification(2, { isRead: true }), makeNotification(1)])
    expect(news).toEqual(['n1'])
  })

  it('keeps what it knows when the server is out of reach', async () => {
    const { store, receive } = makeStore()
    await receive([makeNotification(1)])
    await receive(null)
    expect(store.list).toHaveLength(1)
    expect(store.unread).toBe(1)
  })

  it('tells of what began earlier and could be seen later, and not of what is in sight again', async () => {
    const { news, receive } = makeStore()
    await receive([makeNotification(3)])
    await receive([makeNotification(5), makeNotification(3)])
    await receive([makeNotification(5), makeNotification(4), makeNotification(3), makeNotification(1)])
    expect(news).toEqual(['n5', 'n4'])
  })

  it('shows the answer to what was asked last, whichever comes last', async () => {
    const answers: ((page: NotificationPage) => void)[] = []
    const answer = () => new Promise<NotificationPage>((resolve) => answers.push(resolve))
    const store = new NotificationStore({ fetchPage: answer, postRead: answer }, () => undefined)
    const [first, second] = [store.refresh(), store.markRead(null)]
    answers[1]?.({ notifications: [makeNotification(2, { isRead: true })], unread: 0 })
    await second
    answers[0]?.({ notifications: [makeNotification(2)], unread: 1 })
    await first
    expect(store.unread).toBe(0)
    expect(store.list).toEqual([makeNotification(2, { isRead: true })])
  })
})

describe('a broadcast', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  /** A server whose transactions are told of at once and seen some milliseconds later. */
  function makeServer(seenAfterMs: number) {
    vi.useFakeTimers({ now: 0 })
    const seenAt = new Map<Notification, number>()
    const fetchPage = () => {
      const notifications = [...seenAt.keys()].filter((one) => (seenAt.get(one) ?? 0) <= Date.now()).reverse()
      return Promise.resolve({ notifications, unread: notifications.length })
    }
    const news: string[] = []
    const store = new NotificationStore({ fetchPage, postRead: fetchPage }, ({ id }) => news.push(id))
    const commit = (notification: Notification) => {
      seenAt.set(notification, Date.now() + seenAfterMs)
      store.hear()
    }
    return { store, news, commit }
  }

  it.each([0, 5, 90, 400, 1_900])('that can be seen only %i ms later is not lost', async (ms) => {
    const { store, news, commit } = makeServer(ms)
    await store.refresh()
    commit(makeNotification(1))
    await vi.runAllTimersAsync()
    expect(store.unread).toBe(1)
    expect(news).toEqual(['n1'])
  })

  it('is not taken for seen because an earlier one is', async () => {
    const { store, news, commit } = makeServer(50)
    await store.refresh()
    commit(makeNotification(1))
    await vi.advanceTimersByTimeAsync(60)
    // The answer to this one holds the first, and not the second yet.
    commit(makeNotification(2))
    await vi.runAllTimersAsync()
    expect(store.unread).toBe(2)
    expect(news).toEqual(['n1', 'n2'])
  })

  it('is forgotten when the page is left', async () => {
    const { store, commit } = makeServer(50)
    await store.refresh()
    commit(makeNotification(1))
    store.stop()
    await vi.runAllTimersAsync()
    expect(store.unread).toBe(0)
  })
})
