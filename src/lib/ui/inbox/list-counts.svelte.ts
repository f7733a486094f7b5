import type { ConversationSummary, InboxCounts } from '#lib/domain/inbox.ts'
import { inboxViews, matchesFilter } from '#lib/domain/inbox-views.ts'

/** Counts are asked for at most this often. */
const pauseMs = 1_000
/** Where the server stops counting. */
export const mostCounted = 1_000

const noCounts: InboxCounts = {
  views: { open: 0, mine: 0, unassigned: 0, pending: 0, snoozed: 0, closed: 0, closing: 0 },
  unread: 0,
  saved: {},
}

/** How many conversations each view holds: asked for after changes, and corrected at once by what the reader does. */
export class ListCounts {
  /** Before the first answer nothing is known. */
  isKnown = $state(false)
  current = $state.raw<InboxCounts>(noCounts)
  readonly #ask: () => Promise<InboxCounts>
  readonly #myId: string
  #timer: ReturnType<typeof setTimeout> | undefined
  #isAsking = false
  #mustAskAgain = false
  #lastAskedAt = 0

  constructor(ask: () => Promise<InboxCounts>, myId: string) {
    this.#ask = ask
    this.#myId = myId
  }

  receive(counts: InboxCounts): void {
    this.current = counts
    this.isKnown = true
  }

  /** Something changed: asks now, or as soon as a second has passed since the last time. */
  request(): void {
    if (this.#isAsking) {
      this.#mustAskAgain = true
      return
    }
    clearTimeout(this.#timer)
    const dueIn = this.#lastAskedAt + pauseMs - Date.now()
    if (dueIn <= 0) void this.#askNow()
    else this.#timer = setTimeout(() => void this.#askNow(), dueIn)
  }

  /** What the reader did shows in the counts before the server has counted again. */
  correct(before: ConversationSummary | undefined, after: ConversationSummary | undefined): void {
    if (!this.isKnown || before === after || !before || !after) return
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- a moment that nothing changes
    const now = new Date()
    const counts = { ...this.current, views: { ...this.current.views } }
    for (const view of inboxViews) {
      const [was, is] = [before, after].map((row) => matchesFilter(row, { view }, this.#myId, now))
      counts.views[view] = step(counts.views[view], was, is)
    }
    counts.unread = step(counts.unread, this.#concerns(before), this.#concerns(after))
    this.current = counts
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #concerns({ state, unreadCount, assignee }: ConversationSummary): boolean {
    return state === 'open' && unreadCount > 0 && (assignee === null || assignee.id === this.#myId)
  }

  async #askNow(): Promise<void> {
    this.#isAsking = true
    this.#lastAskedAt = Date.now()
    try {
      this.receive(await this.#ask())
    } catch {
      // The next change asks again; old counts do no harm meanwhile.
    } finally {
      this.#isAsking = false
    }
    if (!this.#mustAskAgain) return
    this.#mustAskAgain = false
    this.request()
  }
}

function step(count: number, was: boolean | undefined, is: boolean | undefined): number {
  if (was === is || count >= mostCounted) return count
  return Math.max(0, count + (is ? 1 : -1))
}
