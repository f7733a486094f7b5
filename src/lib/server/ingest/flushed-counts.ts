import { errorFields, type Log } from '../log.ts'

/** Counts in memory and hands them on each second, so that a flood of what is counted is one write. */
export interface FlushedCounts {
  add(key: string, count: number): void
  /** Hands on what is left and stops. */
  close(): Promise<void>
}

/**
 * @param write takes all counts since the last time, by key; what it rejects is kept for the next second
 * @param mostKeys so many keys are counted at once; more get no memory out of us
 */
export function createFlushedCounts(
  write: (counts: Map<string, number>) => Promise<unknown>,
  { log, kind, mostKeys }: { log: Log; kind: string; mostKeys: number },
): FlushedCounts {
  let counts = new Map<string, number>()

  async function flush(): Promise<void> {
    if (counts.size === 0) return
    const taken = counts
    counts = new Map()
    try {
      await write(taken)
    } catch (error) {
      log.warn({ kind, ...errorFields(error) }, 'counts could not be written yet')
      for (const [key, count] of taken) add(key, count)
    }
  }

  function add(key: string, count: number): void {
    const known = counts.get(key)
    if (known === undefined && counts.size >= mostKeys) return
    counts.set(key, (known ?? 0) + count)
  }

  const timer = setInterval(() => void flush(), 1_000)
  timer.unref()
  return {
    add,
    close: async () => {
      clearInterval(timer)
      await flush()
    },
  }
}
