import type { Clock } from '../clock.ts'
import type { Delivery } from '../world.ts'

export interface Lanes {
  /** Lets the delivery start now, when the one before it in its lane is done, or after the longest wait. */
  enter(delivery: Delivery): void
  /** Lets the next one of the lane start. */
  leave(delivery: Delivery): void
}

/**
 * Keeps deliveries of one conversation in order: a later one waits for an earlier one, but not for ever.
 * @param start is called at least once for each delivery, perhaps more often
 */
export function createLanes(clock: Clock, longestWaitMs: number, start: (delivery: Delivery) => void): Lanes {
  const lanes = new Map<string, Delivery[]>()
  const impatience = new Map<string, () => void>()

  function startNow(delivery: Delivery) {
    impatience.get(delivery.id)?.()
    impatience.delete(delivery.id)
    start(delivery)
  }

  return {
    enter(delivery) {
      if (delivery.lane === null) {
        start(delivery)
        return
      }
      const lane = lanes.get(delivery.lane) ?? []
      lanes.set(delivery.lane, lane)
      lane.push(delivery)
      if (lane[0] === delivery) {
        startNow(delivery)
        return
      }
      const callOff = clock.after(longestWaitMs, () => {
        startNow(delivery)
      })
      impatience.set(delivery.id, callOff)
    },
    leave(delivery) {
      impatience.get(delivery.id)?.()
      impatience.delete(delivery.id)
      const lane = delivery.lane === null ? undefined : lanes.get(delivery.lane)
      if (!lane || delivery.lane === null) return
      const place = lane.indexOf(delivery)
      if (place >= 0) lane.splice(place, 1)
      const next = lane[0]
      if (next) startNow(next)
      else lanes.delete(delivery.lane)
    },
  }
}
