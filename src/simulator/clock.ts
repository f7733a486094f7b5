/** Time and timers of one simulator. */
export interface Clock {
  now(): number
  /** Runs `task` after so many milliseconds of simulated time. Returns a function that calls it off. */
  after(milliseconds: number, task: () => void): () => void
  /** How many timers are waiting. */
  waiting(): number
  stop(): void
}

/**
 * A `timeScale` of 10 makes every wait ten times shorter; what `now` tells is not changed by it.
 * A timer that has become due after `stop` does nothing.
 */
export function createClock(now: () => number, readTimeScale: () => number): Clock {
  const timers = new Set<NodeJS.Timeout>()
  return {
    now,
    after(milliseconds, task) {
      const timer = setTimeout(
        () => {
          timers.delete(timer)
          task()
        },
        Math.max(0, milliseconds / readTimeScale()),
      )
      timers.add(timer)
      return () => {
        clearTimeout(timer)
        timers.delete(timer)
      }
    },
    waiting: () => timers.size,
    stop() {
      for (const timer of timers) clearTimeout(timer)
      timers.clear()
    },
  }
}
