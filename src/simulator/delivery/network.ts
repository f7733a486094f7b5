import type { Clock } from '../clock.ts'

/** What lies between Kapso and its receivers. */
export interface Network {
  /** Null while it works; `unreachable` refuses at once, `silent` lets every try run into its time limit. */
  state(): 'unreachable' | 'silent' | null
  /** Takes it down for so many seconds of simulated time, or until `repair`. */
  fail(kind: 'unreachable' | 'silent', seconds: number): void
  repair(): void
}

export function createNetwork(clock: Clock, onChange: () => void): Network {
  let down: 'unreachable' | 'silent' | null = null
  let callOff: (() => void) | null = null
  function repair() {
    callOff?.()
    callOff = null
    down = null
    onChange()
  }
  return {
    state: () => down,
    fail(kind, seconds) {
      callOff?.()
      down = kind
      callOff = clock.after(seconds * 1000, repair)
      onChange()
    },
    repair,
  }
}
