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
  /** This moment, in milliseconds, by the server's clock as far as it is known. */
  now: () => number
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
  /** Grows when all begins anew: pages that were asked for before are nothing to go on. */
  #beginning = 0

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
    // Nobody looked after it while it was out of sight.
    else void this.refreshClosing()
    this.#forget()
  }

  /** The server has drawn the first page of a list; it becomes the one on screen. */
  receiveFirst(filter: ListFilter, sort: ListSort, page: ConversationPage): void {
    const list = this.#take(filter, sort)
    this.current = list
    this.#receive(list, page, 'first')
    list.loading = 'idle'
  }

  /**
   * The book has begun anew: what the lists held is given up.
   * @param list the one that was on screen when `page` was asked for; whatever is on screen by now is loaded
   */
  beginAnew(list: ListState, page: ConversationPage): void {
    this.#beginning += 1
    this.#lists.clear()
    this.#lists.set(this.current.key, this.current)
    this.current.reset()
    if (this.current.key !== list.key) {
      void this.#load(this.current)
      return
    }
    this.#receive(this.current, page, 'first')
    this.current.loading = 'idle'
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
      const beginning = this.#beginning
      const page = await this.#options.fetch(list.filter, list.sort, null)
      if (beginning === this.#beginning) this.#receive(list, page, 'refresh')
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
    const beginning = this.#beginning
    const kind = list.isLoaded ? 'next' : 'first'
    list.loading = list.isLoaded ? 'more' : 'first'
    try {
      const page = await this.#options.fetch(list.filter, list.sort, list.nextBefore)
      if (beginning !== this.#beginning) return
      this.#receive(list, page, kind)
      list.loading = 'idle'
    } catch {
      if (beginning === this.#beginning) list.loading = 'failed'
    }
    this.#forget()
  }

  #receive(list: ListState, page: ConversationPage, kind: 'first' | 'next' | 'refresh'): void {
    const { book, onReceived } = this.#options
    book.receive(page.conversations, 'snapshot')
    if (kind !== 'refresh') list.reachDownTo(page, kind)
    const rows = page.conversations.map(({ id }) => book.get(id)).filter((row) => row !== undefined)
    // What is known besides the page may belong to it by now: it changed while the page was on its way.
    const known = kind === 'refresh' ? rows : this.#notIn(list)
    list.place(known, [], (row) => this.#belongs(list, row))
    onReceived()
  }

  #notIn(list: ListState): ConversationSummary[] {
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- thrown away at the end of this function
    const there = new Set(list.rows.map(({ id }) => id))
    return [...this.#options.book.all()].filter(({ id }) => !there.has(id))
  }

  #belongs(list: ListState, row: ConversationSummary): boolean {
    const { unread, ...rest } = list.filter
    const filter = unread && row.id === this.#openId && list === this.current ? rest : list.filter
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- a moment that nothing changes
    return matchesFilter(row, filter, this.#options.myId, new Date(this.#options.now()))
  }

  #indexOf(id: string): number {
    return this.current.rows.findIndex((row) => row.id === id)
  }

  #forget(): void {
    for (const [key, list] of this.#lists) {
      if (this.#lists.size <= mostLists) break
      if (list !== this.current) this.#lists.delete(key)
    }
    // A page that is on its way may be older than what is known of its rows by now.
    const isLoading = [...this.#lists.values()].some(
      ({ loading }) => loading === 'first' || loading === 'more',
    )
    if (isLoading) return
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- thrown away at the end of this function
    const needed = new Set([...this.#lists.values()].flatMap(({ rows }) => rows.map(({ id }) => id)))
    if (this.#openId !== null) needed.add(this.#openId)
    if (this.#options.book.size > needed.size + mostLooseRows) this.#options.book.forgetAllBut(needed)
  }
}
