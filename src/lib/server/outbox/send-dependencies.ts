import type { RetryPolicy } from '../../domain/send-outcome.ts'
import type { AsSystem } from '../database/database.ts'
import type { Log } from '../log.ts'
import type { MediaStore } from '../media/media-store.ts'
import type { TakeTurn } from '../media/take-turns.ts'
import type { SendMessageJob } from '../queue/queue.ts'
import type { Sealer } from '../secrets/sealing.ts'

/** All waits of the outbox, in milliseconds. */
export interface SendTimes {
  /** How long one request to Kapso may take before its outcome counts as unknown. */
  requestMs: number
  /** How long after a time-out Kapso's list is believed when it does not hold the message. */
  settleMs: number
  /** What recording an answer may take, on top of the request, before the sender counts as dead. */
  leaseMarginMs: number
  /** How long the reading of a list may take. */
  lookupMs: number
  /** The shortest wait between two lookups. */
  firstLookupMs: number
  /** Waits up to this long are sat out; longer ones become a job for later. */
  patienceMs: number
  /** After this time a job hands over to a new one. */
  turnMs: number
}

export interface SendDependencies {
  asSystem: AsSystem
  log: Log
  sealer: Sealer
  /** `KAPSO_API_URL`; a channel may have its own. */
  kapsoApiUrl: string
  /** `KAPSO_API_KEY`: overrides the stored keys. */
  kapsoApiKey: string | undefined
  times: SendTimes
  retries: RetryPolicy
  /** Where uploads lie; without it no file can be sent. */
  files?: { store: MediaStore; takeDecodingTurn: TakeTurn }
  /** Looks at the thread's outbox again after a while, without keeping anybody waiting: a help, not a promise. */
  wakeLater?: (thread: SendMessageJob, afterMs: number) => void
  fetch?: typeof fetch
  random?: () => number
}
