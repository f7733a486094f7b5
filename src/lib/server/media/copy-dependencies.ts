import type { RetryPolicy } from '../../domain/send-outcome.ts'
import type { AsSystem } from '../database/database.ts'
import type { Log } from '../log.ts'
import type { Sealer } from '../secrets/sealing.ts'
import type { MediaStore } from './media-store.ts'
import type { makeGuardedLookup } from './public-address.ts'
import type { TakeTurn } from './take-turns.ts'

/** All waits of copying, in milliseconds. */
export interface CopyTimes {
  /** How long the other side may be silent. */
  idleMs: number
  /** How long one attempt may take. */
  attemptMs: number
  /** How long a claim holds unless it is renewed: a dead worker's file waits as long. */
  leaseMs: number
  renewMs: number
}

export interface CopyDependencies {
  asSystem: AsSystem
  log: Log
  sealer: Sealer
  store: MediaStore
  /** `KAPSO_API_URL`; a channel may have its own. */
  kapsoApiUrl: string
  /** `KAPSO_API_KEY`: overrides the stored keys. */
  kapsoApiKey: string | undefined
  /** `MEDIA_HOSTS`: where files may be asked for besides Kapso's and WhatsApp's own hosts. */
  mediaHosts: string[]
  /** Pictures of this process are decoded one at a time: each may take a hundred megabytes. */
  takeDecodingTurn: TakeTurn
  times: CopyTimes
  retries: RetryPolicy
  lookup?: Parameters<typeof makeGuardedLookup>[1]
  random?: () => number
}
