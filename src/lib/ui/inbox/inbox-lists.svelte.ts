import type { ConversationPage, ConversationSummary, ListFilter, ListSort } from '#lib/domain/inbox.ts'
import { matchesFilter } from '#lib/domain/inbox-views.ts'
import type { ConversationBook } from './conversation-book.ts'
import { ListState, listKeyOf } from './list-state.svelte.ts'

/** How many lists stay loaded, so that going back to one finds it where it was. */
const mostLists = 6
/** Above this, rows that stand in no list are given up. */
const mostLooseRows = 500

export interface InboxListsOptions {
  book: ConversationBook
  myId: string
  fetch: (filter: ListFilter, sort: ListSort, before: string | null) => Promise<ConversationPage>
  /** Rows were added to the book. */
  onReceived: () => void
}

/** The lists that a page has shown. Each of them hears of every change, so that none is ever out of date. */
export class InboxLists {
  current = $state.raw<ListState>(new ListState({ view: 'open' }, 'newest'))
  readonly #options: InboxListsOptions
  /** The one that was used longest ago comes first. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- `current` is what is drawn
  readonly #lists = new Map<string, ListState>()
  /** Stays where it is while it is open, also when reading or closing it takes it out of an unread list. */
  #openId: string | null = null
  /** Where the open conversation stood when it left the list on screen. */
  #leftAt: { id: string; place: number } | null = null

  constructor(options: InboxListsOptions) {
    this.#options = options
    this.#lists.set(this.current.key, this.current)
  }

  /** Shows a list: as it was left, or loaded anew. */
  show(filter: ListFilter, sort: ListSort): void {
    const list = this.#take(filter, sort)
    if (list === this.current) return
    this.current = list
    this.#leftAt = null
    if (list.loading === 'first' || list.loading === 'failed') void this.#load(list)
    this.#forget()
  }

  /** The server has drawn the first page of a list; it becomes the one on screen. */
  receiveFirst(filter: ListFilter, sort: ListSort, page: ConversationPage): void {
    const list = this.#take(filter, sort)
    this.current = list
    this.#receive(list, page, 'first')
    list.loading = 'idle'
  }

  /** The next page of the list on screen; after a failure, once more. */
  async loadMore(): Promise<void> {
    const list = this.current
    if (list.loading !== 'idle' && list.loading !== 'failed') return
    if (list.isLoaded && list.nextBefore === null) return
    await this.#load(list)
  }

  /** Rows have changed or gone: every list takes them in or out. */
  place(changedIds: readonly string[], goneIds: readonly string[]): void {
    const { book } = this.#options
    const changed = changedIds.map((id) => book.get(id)).filter((row) => row !== undefined)
    const place = this.#openId === null ? -1 : this.#indexOf(this.#openId)
    for (const list of this.#lists.values()) {
      list.place(changed, goneIds, (row) => this.#belongs(list, row))
    }
    if (place >= 0 && this.#openId !== null && this.#indexOf(this.#openId) < 0)
      this.#leftAt = { id: this.#openId, place }
  }

  /** This conversation is open now. */
  keepInSight(openId: string | null): void {
    const before = this.#openId
    this.#openId = openId
    this.#leftAt = null
    // The one that was open leaves where it no longer belongs.
    if (before !== null && this.#options.book.get(before)) this.place([before], [])
  }

  /** Where a conversation stood when it left the list on screen while it was open. */
  placeOf(conversationId: string): number | null {
    return this.#leftAt?.id === conversationId ? this.#leftAt.place : null
  }

  /** Time has passed: windows that close soon are others now. */
  async refreshClosing(): Promise<void> {
    const list = this.current
    if (list.filter.view !== 'closing' || list.loading !== 'idle') return
    const isOver = list.rows.filter((row) => !this.#belongs(list, row))
    list.place(isOver, [], () => false)
    try {
      this.#receive(list, await this.#options.fetch(list.filter, list.sort, null), 'refresh')
    } catch {
      // The next minute comes.
    }
  }

  /** The list was scrolled back to its beginning after a long way down. */
  trim(): void {
    if (this.current.trim()) this.#forget()
  }

  #take(filter: ListFilter, sort: ListSort): ListState {
    const key = listKeyOf(filter, sort)
    const list = this.#lists.get(key) ?? new ListState(filter, sort)
    this.#lists.delete(key)
    this.#lists.set(key, list)
    return list
  }

  async #load(list: ListState): Promise<void> {
    list.loading = list.isLoaded ? 'more' : 'first'
    try {
      const kind = list.isLoaded ? 'next' : 'first'
      this.#receive(list, await this.#options.fetch(list.filter, list.sort, list.nextBefore), kind)
      list.loading = 'idle'
    } catch {
      list.loading = 'failed'
    }
  }

  #receive(list: ListState, page: ConversationPage, kind: 'first' | 'next' | 'refresh'): void {
    const { book, onReceived } = this.#options
    book.receive(page.conversations, 'snapshot')
    if (kind !== 'refresh') list.reachDownTo(page, kind)
    const rows = page.conversations.map(({ id }) => book.get(id)).filter((row) => row !== undefined)
    // What is known besides the page may belong to it by now.
    const known = kind === 'first' ? [...book.all()] : rows
    list.place(known, [], (row) => this.#belongs(list, row))
    onReceived()
  }

  #belongs(list: ListState, row: ConversationSummary): boolean {
    const { unread, ...rest } = list.filter
    const filter = unread && row.id === this.#openId && list === this.current ? rest : list.filter
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- a moment that nothing changes
    return matchesFilter(row, filter, this.#options.myId, new Date())
  }

  #indexOf(id: string): number {
    return this.current.rows.findIndex((row) => row.id === id)
  }

  #forget(): void {
    for (const [key, list] of this.#lists) {
      if (this.#lists.size <= mostLists) break
      if (list !== this.current) this.#lists.delete(key)
    }
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- thrown away at the end of this function
    const needed = new Set([...this.#lists.values()].flatMap(({ rows }) => rows.map(({ id }) => id)))
    if (this.#openId !== null) needed.add(this.#openId)
    if (this.#options.book.size > needed.size + mostLooseRows) this.#options.book.forgetAllBut(needed)
  }
}
