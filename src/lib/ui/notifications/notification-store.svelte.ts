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

/**
 * When it is asked once more after a broadcast, in milliseconds. Postgres streams a commit to Realtime a moment before
 * other snapshots see it, and this broadcast does not say which commit: an answer that differs from the last one may
 * still lack the newest of two.
 */
const againAfterMs = [100, 500, 2_000]

/** A transaction may begin this much earlier than one that others saw before it. */
const lateCommitMs = 60_000

/** What a member was told lately, for the badge of the shell and for the page that lists it. */
export class NotificationStore {
  unread = $state(0)
  list = $state.raw<Notification[]>([])
  readonly #api: NotificationApi
  readonly #onNews: (news: Notification) => void
  /** What was there when the page asked first or came since; null before. */
  #known: { ids: readonly string[]; sinceMs: number } | null = null
  #asked = 0
  #taken = 0
  #timers: ReturnType<typeof setTimeout>[] = []

  /** @param onNews told of what came while the page was open, newest last */
  constructor(api: NotificationApi, onNews: (news: Notification) => void) {
    this.#api = api
    this.#onNews = onNews
  }

  /** Asks anew. Without an answer all stays as it is. */
  async refresh(): Promise<void> {
    await this.#take(this.#api.fetchPage())
  }

  /** A broadcast told that something has changed: asks now, and until it can surely be seen. Browser only. */
  hear(): void {
    this.stop()
    this.#timers = againAfterMs.map((pause) => setTimeout(() => void this.refresh(), pause))
    void this.refresh()
  }

  /** Asks no more for what was heard of. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers = []
  }

  async markRead(conversationId: string | null): Promise<void> {
    await this.#take(this.#api.postRead(conversationId))
  }

  async #take(asked: Promise<NotificationPage>): Promise<void> {
    const order = ++this.#asked
    const page = await asked.catch(() => null)
    // What was asked for earlier and comes later is older than what is shown.
    if (page === null || order < this.#taken) return
    this.#taken = order
    this.unread = page.unread
    this.list = page.notifications
    for (const news of this.#findNews(page.notifications)) this.#onNews(news)
  }

  /** What came since the page asked first, oldest first, each once. */
  #findNews(notifications: readonly Notification[]): Notification[] {
    const ids = notifications.map(({ id }) => id)
    if (this.#known === null) {
      const newest = notifications[0]?.createdAt
      this.#known = { ids, sinceMs: newest === undefined ? 0 : Date.parse(newest) - lateCommitMs }
      return []
    }
    const { ids: known, sinceMs } = this.#known
    this.#known = { ids: [...known, ...ids.filter((id) => !known.includes(id))], sinceMs }
    const news = notifications.filter(
      ({ id, isRead, createdAt }) => !isRead && !known.includes(id) && Date.parse(createdAt) > sinceMs,
    )
    return news.reverse()
  }
}

export const [getNotifications, setNotifications] = createContext<NotificationStore>()
