import type { Log } from '../log.ts'
import type { Authorizer } from './authorization.ts'
import type { Hub } from './hub.ts'
import type { PresenceTracker } from './presence.ts'
import type { RateCounter } from './rate-counter.ts'
import type { Replication } from './replication.ts'
import type { RealtimeSettings } from './settings.ts'
import type { TokenVerifier } from './token.ts'

/** What all connections of one Realtime server share. */
export interface RealtimeServices {
  settings: RealtimeSettings
  log: Log
  tokens: TokenVerifier
  authorizer: Authorizer
  hub: Hub
  presence: PresenceTracker
  replication: Replication
  joins: RateCounter
  events: RateCounter
  presenceEvents: RateCounter
}
