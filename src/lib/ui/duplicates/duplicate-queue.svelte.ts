import type { DuplicateCounts, DuplicatePage, DuplicatePair } from '#lib/domain/duplicates/queue.ts'
import type { DuplicatesApi } from './duplicates-api.ts'

interface Step {
  kind: 'different' | 'skipped'
  pair: DuplicatePair
  /** Where it stood. */
  place: number
}

export interface QueueListener {
  /** What was decided did not come to be; the pair is back. */
  onFailed(error: unknown): void
}

/** More pairs are asked for when so few are left. */
const enoughAhead = 5

/**
 * The pairs that one member works through. What they decide is shown at once and asked for in order; what is refused
 * comes back.
 */
export class DuplicateQueue {
  pairs = $state.raw<DuplicatePair[]>([])
  place = $state(0)
  counts = $state.raw<DuplicateCounts>({ same: 0, likely: 0, possible: 0, isMore: false })
  skipped = $state.raw<DuplicatePair[]>([])
  hasMoreFailed = $state(false)
  isLoadingMore = $state(false)
  #steps = $state.raw<Step[]>([])
  #next: string | null
  #asked: Promise<unknown> = Promise.resolve()
  /** What comes again on a later page has been there. */
  #seen: string[] = []
  readonly #api: DuplicatesApi
  readonly #listener: QueueListener

  constructor(page: DuplicatePage, counts: DuplicateCounts, api: DuplicatesApi, listener: QueueListener) {
    this.#api = api
    this.#listener = listener
    this.#next = page.next
    this.counts = counts
    this.#take(page)
  }

  get current(): DuplicatePair | undefined {
    return this.pairs[this.place]
  }

  /** Without those that were skipped. */
  get total(): number {
    const { same, likely, possible } = this.counts
    return Math.max(this.pairs.length, same + likely + possible - this.skipped.length)
  }

  get canUndo(): boolean {
    return this.#steps.length > 0
  }

  get canGoBack(): boolean {
    return this.place > 0
  }

  get canGoOn(): boolean {
    return this.place < this.pairs.length - 1
  }

  goBack(): void {
    if (this.canGoBack) this.place -= 1
  }

  goOn(): void {
    if (this.canGoOn) this.place += 1
    void this.loadMore()
  }

  /** The two are different people. @returns the pair; undefined where none is shown */
  tellApart(): DuplicatePair | undefined {
    const step = this.#takeOut('different')
    if (step === undefined) return undefined
    this.#count(step.pair, -1)
    this.#ask(step.pair, 'different', () => {
      this.#steps = this.#steps.filter((known) => known !== step)
      this.#count(step.pair, 1)
      this.#putBack(step)
    })
    return step.pair
  }

  /** Not now: out of the way until the page is loaded anew, or asked for. */
  skip(): DuplicatePair | undefined {
    const step = this.#takeOut('skipped')
    if (step === undefined) return undefined
    this.skipped = [...this.skipped, step.pair]
    return step.pair
  }

  /** Takes back what was done last; once more, what was done before it. */
  undo(): Step | undefined {
    const step = this.#steps.at(-1)
    if (step === undefined) return undefined
    this.#steps = this.#steps.slice(0, -1)
    this.#putBack(step)
    if (step.kind === 'skipped') {
      this.skipped = this.skipped.filter((pair) => pair !== step.pair)
      return step
    }
    this.#count(step.pair, 1)
    this.#ask(step.pair, 'undo', () => {
      this.#count(step.pair, -1)
      this.#remove(step.pair)
    })
    return step
  }

  /** Shows what was skipped, behind all others. */
  bringBack(): void {
    const back = this.skipped
    this.skipped = []
    this.#steps = this.#steps.filter(({ kind }) => kind !== 'skipped')
    this.pairs = [...this.pairs, ...back]
  }

  async loadMore(): Promise<void> {
    const after = this.#next
    if (after === null || this.isLoadingMore || this.pairs.length - this.place > enoughAhead) return
    this.isLoadingMore = true
    this.hasMoreFailed = false
    try {
      const page = await this.#api.fetchPage(after)
      this.#next = page.next
      this.#take(page)
    } catch {
      this.hasMoreFailed = true
    }
    this.isLoadingMore = false
  }

  #take({ pairs }: DuplicatePage): void {
    const fresh = pairs.filter(({ id }) => !this.#seen.includes(id))
    this.#seen = [...this.#seen, ...fresh.map(({ id }) => id)]
    this.pairs = [...this.pairs, ...fresh]
  }

  #takeOut(kind: Step['kind']): Step | undefined {
    const pair = this.current
    if (pair === undefined) return undefined
    const step: Step = { kind, pair, place: this.place }
    this.#steps = [...this.#steps, step]
    this.#remove(pair)
    void this.loadMore()
    return step
  }

  #remove(pair: DuplicatePair): void {
    this.pairs = this.pairs.filter(({ id }) => id !== pair.id)
    this.place = Math.max(0, Math.min(this.place, this.pairs.length - 1))
  }

  #putBack({ pair, place }: Step): void {
    const at = Math.min(place, this.pairs.length)
    this.pairs = this.pairs.toSpliced(at, 0, pair)
    this.place = at
  }

  #count({ verdict }: DuplicatePair, by: number): void {
    this.counts = { ...this.counts, [verdict]: Math.max(0, this.counts[verdict] + by) }
  }

  #ask(pair: DuplicatePair, decision: 'different' | 'undo', putRight: () => void): void {
    this.#asked = this.#asked
      .then(() => this.#api.decide(pair.id, decision))
      .catch((error: unknown) => {
        putRight()
        this.#listener.onFailed(error)
      })
  }
}
