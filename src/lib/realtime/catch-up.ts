const firstPauseMs = 500
const longestPauseMs = 15_000

export interface CatchUpOptions<Answer> {
  /** Asks for what changed; called in the same tick as the request that causes it. */
  ask: () => Promise<Answer>
  /** Brings the answer to the screen. */
  apply: (answer: Answer) => void
  /** Whether it makes sense to ask again after this failure. */
  isWorthRetrying: (failure: unknown) => boolean
  onProgress: (progress: CatchUpProgress) => void
}

/** Moments in milliseconds of `Date.now()`. */
export interface CatchUpProgress {
  /** The oldest hint that something changed and that no answer covers yet. */
  behindSince: number | null
  /** The first of the failures since the last answer. */
  failingSince: number | null
  lastAnswerAt: number | null
  /** From the first hint to the screen, as measured for the last answer. */
  lagMs: number | null
  /** Set when a failure ended it: nothing is asked any more. */
  endedBy: unknown
}

/**
 * Asks for changes: one request at a time, and one more after it when hints came meanwhile, for the answer that is on
 * its way may have been read before them. A failed request is repeated with growing pauses until it succeeds.
 */
export class CatchUp<Answer> {
  readonly #options: CatchUpOptions<Answer>
  #progress: CatchUpProgress = {
    behindSince: null,
    failingSince: null,
    lastAnswerAt: null,
    lagMs: null,
    endedBy: null,
  }
  #isAsking = false
  #hintedSince: number | null = null
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #isStopped = false
  /** Stopped by a failure and by nobody else. */
  #hasEnded = false

  constructor(options: CatchUpOptions<Answer>) {
    this.#options = options
  }

  /** Something may have changed: asks now, or once more after the request that is under way. */
  request(): void {
    if (this.#isStopped) return
    this.#hintedSince ??= Date.now()
    if (!this.#isAsking) void this.#ask()
  }

  stop(): void {
    this.#isStopped = true
    this.#hasEnded = false
    clearTimeout(this.#timer)
  }

  /** What ended it is no more: goes on from where it was. Nothing happens unless a failure ended it. */
  revive(): void {
    if (!this.#hasEnded) return
    this.#hasEnded = false
    this.#isStopped = false
    this.#failures = 0
    this.#report({ endedBy: null, failingSince: null })
    this.request()
  }

  async #ask(): Promise<void> {
    clearTimeout(this.#timer)
    this.#isAsking = true
    const since = this.#hintedSince ?? Date.now()
    this.#hintedSince = null
    this.#report({ behindSince: this.#progress.behindSince ?? since })
    try {
      const answer = await this.#options.ask()
      if (this.#isStopped) return
      this.#options.apply(answer)
      this.#succeed()
    } catch (failure) {
      this.#fail(failure)
    } finally {
      this.#isAsking = false
    }
    if (this.#hintedSince !== null && this.#failures === 0) this.request()
  }

  #succeed() {
    const now = Date.now()
    this.#failures = 0
    this.#report({
      behindSince: this.#hintedSince,
      failingSince: null,
      lastAnswerAt: now,
      lagMs: now - (this.#progress.behindSince ?? now),
    })
  }

  #fail(failure: unknown) {
    if (this.#isStopped) return
    if (!this.#options.isWorthRetrying(failure)) {
      this.stop()
      this.#hasEnded = true
      this.#report({ endedBy: failure })
      return
    }
    const pause = Math.min(firstPauseMs * 2 ** this.#failures, longestPauseMs)
    this.#failures += 1
    this.#report({ failingSince: this.#progress.failingSince ?? Date.now() })
    this.#timer = setTimeout(() => void this.#ask(), pause)
  }

  #report(news: Partial<CatchUpProgress>) {
    this.#progress = { ...this.#progress, ...news }
    this.#options.onProgress(this.#progress)
  }
}
