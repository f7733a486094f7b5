const pauses = [0, 1000, 2000, 4000, 8000, 15_000, 30_000]

/** A part that ran at least this long is no longer held to have kept dying. */
export const wellRunMs = 10_000

export interface Backoff {
  /** Takes how long the part ran before it died; gives how many milliseconds to wait before the next start. */
  next(ranMs: number): number
}

/** The first restart is immediate, further ones of a part that keeps dying wait longer and longer, at most 30 s. */
export function createBackoff(): Backoff {
  let deaths = 0
  return {
    next(ranMs) {
      if (ranMs >= wellRunMs) deaths = 0
      const pause = pauses[Math.min(deaths, pauses.length - 1)] ?? 0
      deaths++
      return pause
    },
  }
}
