/** Hints that one request names; what is older was committed long ago. */
const mostHints = 50
const firstPauseMs = 25
const longestPauseMs = 2_000

/**
 * The transactions that broadcasts told of and no answer held so far. Postgres streams a commit to its readers a moment
 * before other snapshots see it, so an answer to a hint may have been read too early, and nobody would hint again.
 */
export class UnseenHints {
  #heard: string[] = []
  #asked: readonly string[] = []
  #misses = 0

  hear(xid: string): void {
    this.#heard = [...this.#heard, xid].slice(-mostHints)
  }

  /** What the request that leaves now is to hold. */
  ask(): readonly string[] {
    this.#asked = this.#heard
    return this.#asked
  }

  /**
   * @param isBehind whether the answer was read before all of it could be seen
   * @returns milliseconds until it is to be asked for once more; null when nothing is missing
   */
  answer(isBehind: boolean): number | null {
    if (isBehind) {
      this.#misses += 1
      return Math.min(firstPauseMs * 2 ** (this.#misses - 1), longestPauseMs)
    }
    this.#misses = 0
    this.#heard = this.#heard.filter((xid) => !this.#asked.includes(xid))
    return null
  }
}
