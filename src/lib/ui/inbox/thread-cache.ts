import type { MessagePage } from '#lib/domain/inbox.ts'
import { ThreadState } from './thread-state.svelte.ts'

/** How many threads are kept, besides the open one and those with a draft. */
const mostThreads = 50
const mostRequests = 2
/** A pointer that crosses the list asks for nothing. */
const mostWaiting = 4

/** The threads that a page has seen, so that they are there at once; and those that it will probably see next. */
export class ThreadCache {
  readonly #fetch: (conversationId: string) => Promise<MessagePage>
  /** The one that was used longest ago comes first. */
  readonly #threads = new Map<string, ThreadState>()
  readonly #asking = new Set<string>()
  #waiting: string[] = []

  constructor(fetch: (conversationId: string) => Promise<MessagePage>) {
    this.#fetch = fetch
  }

  /** The thread of a conversation; an empty one where it was not seen yet. */
  get(conversationId: string): ThreadState {
    const thread = this.#threads.get(conversationId) ?? new ThreadState(conversationId)
    this.#threads.delete(conversationId)
    this.#threads.set(conversationId, thread)
    return thread
  }

  known(conversationId: string): ThreadState | undefined {
    return this.#threads.get(conversationId)
  }

  ids(): IterableIterator<string> {
    return this.#threads.keys()
  }

  /** Loads the newest messages of a thread that is not open, unless they are here. What is asked for last comes first. */
  prefetch(conversationId: string): void {
    if (!this.#isWanted(conversationId) || this.#asking.has(conversationId)) return
    this.#waiting = [conversationId, ...this.#waiting.filter((id) => id !== conversationId)].slice(
      0,
      mostWaiting,
    )
    this.#askNext()
  }

  /** Forgets those that were used longest ago. */
  forgetOld(openId: string | null, isNeeded: (conversationId: string) => boolean): void {
    for (const [id, thread] of this.#threads) {
      if (this.#threads.size <= mostThreads) return
      if (id !== openId && thread.draft === '' && !isNeeded(id)) this.#threads.delete(id)
    }
  }

  #isWanted(conversationId: string): boolean {
    const known = this.#threads.get(conversationId)
    return known === undefined || !known.isLoaded || known.isStale
  }

  #askNext(): void {
    while (this.#asking.size < mostRequests) {
      const id = this.#waiting.shift()
      if (id === undefined) return
      if (this.#isWanted(id)) void this.#ask(id)
    }
  }

  async #ask(conversationId: string): Promise<void> {
    this.#asking.add(conversationId)
    try {
      this.get(conversationId).receivePrefetched(await this.#fetch(conversationId))
    } catch {
      // Opening it asks again, and says so when that fails too.
    } finally {
      this.#asking.delete(conversationId)
      this.#askNext()
    }
  }
}
