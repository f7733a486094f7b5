import type { SetAsideEvent } from './kapso-event.ts'

/** An item that does not hold what its kind must hold: it waits for a person, with the reason. */
export function quarantine(reason: string): SetAsideEvent {
  return { kind: 'quarantined', reason }
}
