import type { ConversationPage, ConversationSummary, ListFilter, ListSort } from '#lib/domain/inbox.ts'
import { type FilteredConversation, compareBy, writeListFilter } from '#lib/domain/inbox-views.ts'

/** After how many pages a list that is looked at from its beginning gives up the rest. */
const mostPages = 10
const keptPages = 4

interface LoadedPage {
  nextBefore: string | null
  /** Its last row, as it was then: how far down the list is known. Null where nothing lies below. */
  end: FilteredConversation | null
}

/** What a list and its sort are known by. */
export function listKeyOf(filter: ListFilter, sort: ListSort): string {
  return writeListFilter(filter, sort).toString()
}

/** One list (a view, narrowed and sorted) as far as it is loaded. */
export class ListState {
  readonly filter: ListFilter
  readonly sort: ListSort
  readonly key: string
  /** In the list's order; only what lies within the pages loaded so far. */
  rows = $state.raw<ConversationSummary[]>([])
  /** `first`: nothing is here yet. `failed`: the next page could not be loaded. */
  loading = $state<'first' | 'idle' | 'more' | 'failed'>('first')
  /** Where the reader has scrolled to, in pixels. */
  scrollTop = 0
  #pages = $state.raw<LoadedPage[]>([])
  readonly #compare: (left: FilteredConversation, right: FilteredConversation) => number

  constructor(filter: ListFilter, sort: ListSort) {
    this.filter = filter
    this.sort = sort
    this.key = listKeyOf(filter, sort)
    this.#compare = compareBy(sort)
  }

  /** Pass for the next page; null on the last. */
  get nextBefore(): string | null {
    return this.#pages.at(-1)?.nextBefore ?? null
  }

  get isLoaded(): boolean {
    return this.#pages.length > 0
  }

  /** Nothing in it, and nothing to come from further down. */
  get isEmpty(): boolean {
    return this.isLoaded && this.rows.length === 0 && this.nextBefore === null
  }

  /** Nothing of it holds any more; it is to be loaded from its beginning. */
  reset(): void {
    this.#pages = []
    this.rows = []
    this.loading = 'first'
  }

  /** A page was loaded: the list is known down to its end. The rows themselves are given to `place`. */
  reachDownTo(page: ConversationPage, kind: 'first' | 'next'): void {
    const end = page.nextBefore === null ? null : (page.conversations.at(-1) ?? null)
    const loaded: LoadedPage = { nextBefore: page.nextBefore, end }
    if (kind === 'first' && this.#pages.length > 0) return
    this.#pages = [...this.#pages, loaded]
  }

  /**
   * Puts changed rows where they belong now, or takes them out.
   * @param changed rows as they are now
   * @param goneIds rows that are no more, for any list
   */
  place(
    changed: readonly ConversationSummary[],
    goneIds: readonly string[],
    belongs: (row: ConversationSummary) => boolean,
  ): void {
    if (!this.isLoaded) return
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- thrown away at the end of this function
    const moved = new Set([...goneIds, ...changed.map(({ id }) => id)])
    const left = this.rows.filter(({ id }) => !moved.has(id))
    const arriving = changed.filter((row) => this.#isWithin(row) && belongs(row))
    if (arriving.length === 0 && left.length === this.rows.length) return
    this.rows = this.#merge(left, arriving)
  }

  /**
   * A reader who is back at the beginning after a long way down needs the rest no more. Tells whether any was given up.
   */
  trim(): boolean {
    const kept = this.#pages[keptPages - 1]
    if (this.#pages.length <= mostPages || this.loading === 'more' || !kept) return false
    this.#pages = this.#pages.slice(0, keptPages)
    this.rows = this.rows.filter((row) => this.#isWithin(row))
    return true
  }

  #isWithin(row: ConversationSummary): boolean {
    const end = this.#pages.at(-1)?.end ?? null
    return end === null || this.#compare(row, end) <= 0
  }

  #merge(sorted: ConversationSummary[], arriving: ConversationSummary[]): ConversationSummary[] {
    // Changes come one or a few at a time, into thousands of rows that are in order already.
    if (arriving.length > 8) return [...sorted, ...arriving].sort(this.#compare)
    for (const row of arriving) sorted.splice(this.#findPlace(sorted, row), 0, row)
    return sorted
  }

  #findPlace(sorted: readonly ConversationSummary[], row: ConversationSummary): number {
    let [from, to] = [0, sorted.length]
    while (from < to) {
      const middle = (from + to) >> 1
      const other = sorted[middle]
      if (other && this.#compare(other, row) < 0) from = middle + 1
      else to = middle
    }
    return from
  }
}
