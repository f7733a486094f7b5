/** Counts failed verifications per address in fixed windows of a minute. */
export interface FailureLimiter {
  /** Notes a failure; true when the address has now had more than its share. */
  note(address: string): boolean
}

/** So many addresses are remembered at once; an attacker with more of them gets no memory out of us. */
const mostAddresses = 10_000

/**
 * Only failures are counted, and a verified delivery is never refused: Kapso gives up after a minute or two, and a
 * stranger behind the same address must not be able to silence it.
 */
export function createFailureLimiter(perMinute: number, now: () => number = Date.now): FailureLimiter {
  let minute = 0
  let failures = new Map<string, number>()
  return {
    note(address) {
      const current = Math.floor(now() / 60_000)
      if (current !== minute) {
        minute = current
        failures = new Map()
      }
      const count = (failures.get(address) ?? 0) + 1
      if (failures.size < mostAddresses || failures.has(address)) failures.set(address, count)
      return count > perMinute
    },
  }
}
