const bucketMs = 5_000
const bucketCount = 12

/** Counts events and tells their average per second over the last minute. */
export class RateCounter {
  readonly #now: () => number
  readonly #limit: number
  readonly #buckets = new Array<number>(bucketCount).fill(0)
  #current: number

  constructor(limit: number, now: () => number) {
    this.#limit = limit
    this.#now = now
    this.#current = Math.floor(now() / bucketMs)
  }

  add(count = 1) {
    this.#advance()
    const index = this.#current % bucketCount
    this.#buckets[index] = (this.#buckets[index] ?? 0) + count
  }

  /** Whether the average is above the limit, or would be with so many more at once. */
  isExceeded(more = 0): boolean {
    this.#advance()
    const total = this.#buckets.reduce((sum, count) => sum + count, 0)
    return (total + more) / ((bucketMs * bucketCount) / 1000) > this.#limit
  }

  #advance() {
    const next = Math.floor(this.#now() / bucketMs)
    const passed = Math.min(next - this.#current, bucketCount)
    for (let step = 1; step <= passed; step++) this.#buckets[(this.#current + step) % bucketCount] = 0
    if (next > this.#current) this.#current = next
  }
}

/** Lets so many calls pass within a window that begins with the first of them. */
export class CallLimit {
  readonly #max: number
  readonly #windowMs: number
  readonly #now: () => number
  #count = 0
  #endsAt = 0

  constructor(max: number, windowMs: number, now: () => number) {
    this.#max = max
    this.#windowMs = windowMs
    this.#now = now
  }

  take(): boolean {
    if (this.#now() > this.#endsAt) {
      this.#endsAt = this.#now() + this.#windowMs
      this.#count = 0
    }
    this.#count += 1
    return this.#count <= this.#max
  }
}
