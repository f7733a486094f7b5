import type { ContactList, ContactRow } from '#lib/domain/contacts.ts'
import { uniteRows } from './unite-rows.ts'

/** The pages of a list below the first one, which comes with the page itself. */
export class MoreContacts {
  state = $state<'idle' | 'loading' | 'failed'>('idle')
  #pages = $state.raw<readonly ContactList[]>([])
  #first = $state.raw<ContactList>({ contacts: [], nextBefore: null, total: 0 })
  #fetchPage: (before: string) => Promise<ContactList>
  /** Counts the first pages: what was asked for before the latest came is of no use any more. */
  #turn = 0

  constructor(fetchPage: (before: string) => Promise<ContactList>) {
    this.#fetchPage = fetchPage
  }

  readonly rows: readonly ContactRow[] = $derived(uniteRows([this.#first, ...this.#pages]))

  get nextBefore(): string | null {
    return (this.#pages.at(-1) ?? this.#first).nextBefore
  }

  /**
   * Another first page has come.
   *
   * @param isSameList after a change in it; as many pages as there were are loaded again. Another list begins anew.
   */
  async begin(first: ContactList, isSameList: boolean): Promise<void> {
    this.#turn += 1
    const turn = this.#turn
    const wanted = isSameList ? this.#pages.length : 0
    if (!isSameList) {
      this.#pages = []
      this.#first = first
      this.state = 'idle'
      return
    }
    const pages: ContactList[] = []
    let next = first.nextBefore
    try {
      while (next !== null && pages.length < wanted) {
        const page: ContactList = await this.#fetchPage(next)
        pages.push(page)
        next = page.nextBefore
      }
    } catch {
      // What is not loaded now is asked for at the end of the list.
    }
    if (turn !== this.#turn) return
    this.#first = first
    this.#pages = pages
  }

  async loadMore(): Promise<void> {
    const before = this.nextBefore
    if (before === null || this.state === 'loading') return
    this.state = 'loading'
    const turn = this.#turn
    try {
      const page = await this.#fetchPage(before)
      if (turn === this.#turn && this.nextBefore === before) this.#pages = [...this.#pages, page]
      this.state = 'idle'
    } catch {
      this.state = turn === this.#turn ? 'failed' : 'idle'
    }
  }
}
