/** Limits of a micro-batcher. */
export interface MicroBatchOptions<Item> {
  /** Writes one batch; all of it or nothing. */
  write: (items: Item[]) => Promise<void>
  /** Batches that may be written at the same time. */
  inFlight: number
  mostItems: number
  /** Sum of `sizeOf` at which a batch is full. */
  mostBytes: number
  sizeOf: (item: Item) => number
  /** Is the failure one of the whole write (a lost connection), so that repeating single items is pointless? */
  isOutage: (error: unknown) => boolean
}

export interface MicroBatcher<Item> {
  /** Resolves when the item is committed, rejects when it is not. */
  add(item: Item): Promise<void>
  /** Items that wait or are being written. */
  size(): number
  /** Resolves when nothing waits any more. */
  drain(): Promise<void>
}

interface Waiting<Item> {
  item: Item
  resolve: () => void
  reject: (error: unknown) => void
}

/**
 * Collects items while earlier batches are being written, so that the batch grows with the load and an idle system
 * waits for nobody. A batch that fails for its content is repeated item by item: one poisoned item hurts no other.
 */
export function createMicroBatcher<Item>(options: MicroBatchOptions<Item>): MicroBatcher<Item> {
  let queue: Waiting<Item>[] = []
  let writing = 0
  let held = 0
  let idle: (() => void)[] = []
  let isPumping = false

  function take(): Waiting<Item>[] {
    let bytes = 0
    let count = 0
    for (const { item } of queue) {
      bytes += options.sizeOf(item)
      if (count > 0 && (count >= options.mostItems || bytes > options.mostBytes)) break
      count++
    }
    const batch = queue.slice(0, count)
    queue = queue.slice(count)
    return batch
  }

  async function write(batch: Waiting<Item>[]): Promise<void> {
    try {
      await options.write(batch.map(({ item }) => item))
      for (const { resolve } of batch) resolve()
    } catch (error) {
      if (batch.length === 1 || options.isOutage(error)) {
        for (const { reject } of batch) reject(error)
        return
      }
      for (const waiting of batch) await write([waiting])
    }
  }

  function pump(): void {
    while (writing < options.inFlight && queue.length > 0) {
      const batch = take()
      writing++
      void write(batch).finally(() => {
        writing--
        held -= batch.length
        pumpSoon()
      })
    }
    if (writing === 0 && queue.length === 0) {
      for (const resolve of idle) resolve()
      idle = []
    }
  }

  /**
   * After whatever else has arrived in this turn of the event loop: a batch costs much more than an item, and one that is
   * written for the first of thirty callers alone makes the others wait for it.
   */
  function pumpSoon(): void {
    if (isPumping) return
    isPumping = true
    setImmediate(() => {
      isPumping = false
      pump()
    })
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        queue.push({ item, resolve, reject })
        held++
        pumpSoon()
      }),
    size: () => held,
    drain: () =>
      new Promise((resolve) => {
        idle.push(resolve)
        pump()
      }),
  }
}
