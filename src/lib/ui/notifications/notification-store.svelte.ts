import type { Notification, NotificationPage } from '#lib/domain/notifications.ts'
import { createContext } from 'svelte'

export interface NotificationApi {
  fetchPage(): Promise<NotificationPage>
  /** @param conversationId what is about it; null is all */
  postRead(conversationId: string | null): Promise<NotificationPage>
}

/** Asks the server of one workspace. Rejects when it is out of reach or refuses. */
export function createNotificationApi(workspaceSlug: string): NotificationApi {
  const path = `/w/${encodeURIComponent(workspaceSlug)}/notifications`
  const ask = async (init: RequestInit): Promise<NotificationPage> => {
    const response = await fetch(path, {
      ...init,
      headers: { accept: 'application/json', 'content-type': 'application/json' },
    })
    if (!response.ok || response.redirected) throw new Error(`answered with ${String(response.status)}`)
    return (await response.json()) as NotificationPage
  }
  return {
    fetchPage: () => ask({ cache: 'no-store' }),
    postRead: (conversationId) => ask({ method: 'POST', body: JSON.stringify({ conversationId }) }),
  }
}

/** What a member was told lately, for the badge of the shell and for the page that lists it. */
export class NotificationStore {
  unread = $state(0)
  list = $state.raw<Notification[]>([])
  readonly #api: NotificationApi
  readonly #onNews: (news: Notification) => void
  #newestSeen: string | null = null

  /** @param onNews told of what came while the page was open, newest last */
  constructor(api: NotificationApi, onNews: (news: Notification) => void) {
    this.#api = api
    this.#onNews = onNews
  }

  /** Asks anew. Without an answer all stays as it is. */
  async refresh(): Promise<void> {
    await this.#take(this.#api.fetchPage())
  }

  async markRead(conversationId: string | null): Promise<void> {
    await this.#take(this.#api.postRead(conversationId))
  }

  async #take(asked: Promise<NotificationPage>): Promise<void> {
    const page = await asked.catch(() => null)
    if (page === null) return
    const seen = this.#newestSeen
    this.#newestSeen = page.notifications[0]?.createdAt ?? seen ?? ''
    this.unread = page.unread
    this.list = page.notifications
    if (seen === null) return
    const news = page.notifications.filter(({ createdAt, isRead }) => createdAt > seen && !isRead)
    for (const notification of news.reverse()) this.#onNews(notification)
  }
}

export const [getNotifications, setNotifications] = createContext<NotificationStore>()
