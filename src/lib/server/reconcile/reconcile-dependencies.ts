import type { AsSystem } from '../database/database.ts'
import type { Log } from '../log.ts'
import type { Sealer } from '../secrets/sealing.ts'

export interface ReconcileDependencies {
  asSystem: AsSystem
  log: Log
  sealer: Sealer
  /** `KAPSO_API_URL`; a channel may have its own. */
  kapsoApiUrl: string
  /** `KAPSO_API_KEY`: overrides the stored keys. */
  kapsoApiKey: string | undefined
  /** How long one request to Kapso may take. */
  timeoutMs: number
  /** Waits until the next request may go out. */
  pace: Pace
  /** Messages younger than this are left alone: Kapso may still be trying to deliver them. */
  settleSeconds: number
  fetch?: typeof fetch
}

export type Pace = (signal: AbortSignal) => Promise<void>

/** Kapso tries a delivery for about two and a half minutes; twice that is past all doubt. */
export const defaultSettleSeconds = 300

/**
 * Lets one request go out per interval, however many tasks of the process ask. Kapso's smallest plan allows 100 a
 * minute, and sending has the first claim on them (Kapso docs: rate limits).
 */
export function createPace(intervalMs = 1_200): Pace {
  let next = 0
  return async (signal) => {
    const now = Date.now()
    const waitMs = Math.max(0, next - now)
    next = Math.max(now, next) + intervalMs
    if (waitMs === 0 || signal.aborted) return
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs)
      signal.addEventListener(
        'abort',
        () => {
          clearTimeout(timer)
          resolve()
        },
        { once: true },
      )
    })
  }
}
