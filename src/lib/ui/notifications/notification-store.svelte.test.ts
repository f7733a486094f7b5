import { describe, expect, it } from 'vitest'
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
})
