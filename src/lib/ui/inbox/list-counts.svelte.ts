import type { ConversationSummary, InboxCounts } from '#lib/domain/inbox.ts'
import { RequestFailed } from '#lib/realtime/inbox-api.ts'
import { inboxViews, matchesFilter } from '#lib/domain/inbox-views.ts'

/** Counts are asked for at most this often. */
const pauseMs = 1_000
/** Before the server is asked again after it could not be reached. */
const retryMs = 5_000
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
  readonly #now: () => number
  #timer: ReturnType<typeof setTimeout> | undefined
  #isAsking = false
  #mustAskAgain = false
  #lastAskedAt = -pauseMs
  #isStopped = false

  /** @param now this moment, in milliseconds, by the server's clock as far as it is known */
  constructor(ask: () => Promise<InboxCounts>, myId: string, now: () => number = Date.now) {
    this.#ask = ask
    this.#myId = myId
    this.#now = now
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
    const dueIn = this.#lastAskedAt + pauseMs - performance.now()
    if (dueIn <= 0) void this.#askNow()
    else this.#timer = setTimeout(() => void this.#askNow(), dueIn)
  }

  /** What the reader did shows in the counts before the server has counted again. */
  correct(before: ConversationSummary | undefined, after: ConversationSummary | undefined): void {
    if (!this.isKnown || before === after || !before || !after) return
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- a moment that nothing changes
    const now = new Date(this.#now())
    const counts = { ...this.current, views: { ...this.current.views } }
    for (const view of inboxViews) {
      const [was, is] = [before, after].map((row) => matchesFilter(row, { view }, this.#myId, now))
      counts.views[view] = step(counts.views[view], was, is)
    }
    counts.unread = step(counts.unread, this.#concerns(before), this.#concerns(after))
    this.current = counts
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  #concerns({ state, unreadCount, assignee }: ConversationSummary): boolean {
    return state === 'open' && unreadCount > 0 && (assignee === null || assignee.id === this.#myId)
  }

  #retryLater(): void {
    if (this.#isStopped) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.request()
    }, retryMs)
  }

  async #askNow(): Promise<void> {
    this.#isAsking = true
    this.#lastAskedAt = performance.now()
    try {
      this.receive(await this.#ask())
    } catch (failure) {
      if (isWorthRetrying(failure)) this.#retryLater()
    } finally {
      this.#isAsking = false
    }
    if (!this.#mustAskAgain) return
    this.#mustAskAgain = false
    this.request()
  }
}

/** The last change may be that of the counts that did not come. */
function isWorthRetrying(failure: unknown): boolean {
  return failure instanceof RequestFailed && (failure.kind === 'unreachable' || failure.kind === 'broken')
}

function step(count: number, was: boolean | undefined, is: boolean | undefined): number {
  if (was === is || count >= mostCounted) return count
  return Math.max(0, count + (is ? 1 : -1))
}
