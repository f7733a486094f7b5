import type { SearchResults } from '#lib/domain/search-results.ts'
import { fetchSearch, SearchFailure } from './search-api.ts'

/** Long enough that one who types on asks once, short enough that nobody sees it. */
const pauseMs = 120

const nothing: SearchResults = { contacts: [], messages: [], nextBefore: null }

/** What is typed into the search box, and what the server found for it. */
export class SearchState {
  readonly #workspaceSlug: string
  #timer: ReturnType<typeof setTimeout> | undefined
  #request: AbortController | undefined
  text = $state('')
  results = $state.raw<SearchResults>(nothing)
  /** What `results` are the answer to. */
  answered = $state('')
  isWaiting = $state(false)
  failure = $state.raw<SearchFailure | null>(null)

  constructor(workspaceSlug: string) {
    this.#workspaceSlug = workspaceSlug
  }

  /** Asks for what is typed now, and forgets what was asked before. What is shown stays until the answer is there. */
  type(text: string): void {
    this.text = text
    this.stop()
    this.failure = null
    if (text.trim() === '') {
      this.results = nothing
      this.answered = ''
      return
    }
    this.isWaiting = true
    this.#timer = setTimeout(() => void this.#ask(null), pauseMs)
  }

  retry(): void {
    this.type(this.text)
  }

  /** Older messages, below those that are shown. */
  async showMore(): Promise<void> {
    if (this.results.nextBefore === null || this.isWaiting) return
    this.isWaiting = true
    await this.#ask(this.results.nextBefore)
  }

  /** Nobody waits for an answer any more. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#request?.abort()
    this.#request = undefined
    this.isWaiting = false
  }

  async #ask(before: string | null): Promise<void> {
    const request = new AbortController()
    this.#request = request
    const text = this.text.trim()
    try {
      const found = await fetchSearch(this.#workspaceSlug, text, before, request.signal)
      if (request.signal.aborted) return
      this.results =
        before === null
          ? found
          : {
              ...found,
              contacts: this.results.contacts,
              messages: [...this.results.messages, ...found.messages],
            }
      this.answered = text
      this.failure = null
    } catch (error) {
      if (request.signal.aborted) return
      this.failure = error instanceof SearchFailure ? error : new SearchFailure(false)
      if (before === null) {
        this.results = nothing
        this.answered = text
      }
    }
    this.isWaiting = false
  }
}
