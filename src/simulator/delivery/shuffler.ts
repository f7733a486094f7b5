import type { Clock } from '../clock.ts'
import type { Identifiers } from '../identifiers.ts'
import type { Delivery } from '../world.ts'

export interface Shuffler {
  /** Holds deliveries back until enough are there or the wait is over; then they go in another order. */
  add(deliveries: Delivery[], size: number, longestWaitMs: number): void
  /** How many are held back. */
  waiting(): number
  /** Lets nothing go any more. */
  clear(): void
}

/** Mixes deliveries; the order is drawn from the seed and the ids. */
export function createShuffler(
  clock: Clock,
  identifiers: Identifiers,
  send: (delivery: Delivery) => void,
): Shuffler {
  let held: Delivery[] = []
  let callOff: (() => void) | null = null

  function release() {
    callOff?.()
    callOff = null
    const places = new Map(held.map((one) => [one, identifiers.fraction('shuffle', one.id)]))
    const mixed = held.sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0))
    held = []
    for (const delivery of mixed) send(delivery)
  }

  return {
    add(deliveries, size, longestWaitMs) {
      held.push(...deliveries)
      if (held.length >= size) release()
      else callOff ??= clock.after(longestWaitMs, release)
    },
    waiting: () => held.length,
    clear() {
      callOff?.()
      callOff = null
      held = []
    },
  }
}
