import type { BlockList } from 'node:net'
import type { Kysely } from 'kysely'
import type { WebEnvironment } from './environment.ts'
import type { AsMember } from './database/database.ts'
import type { DB } from './database/schema.d.ts'
import type { Log } from './log.ts'
import type { Queue } from './queue/queue.ts'
import type { WebhookDoor } from './ingest/door.ts'
import type { MediaStore } from './media/media-store.ts'
import type { AttemptLimiters } from './session/attempt-limiter.ts'
import type { TokenVerifier } from './session/verify-token.ts'
import type { SessionRefresher } from './session/refresh-session.ts'

/**
 * Everything one web process holds, made once in its entry and handed to each request as `event.locals.services`.
 */
export interface WebServices {
  environment: WebEnvironment
  log: Log
  /** The web role's pool. Tenant data is reached through `asMember` alone. */
  kysely: Kysely<DB>
  asMember: AsMember
  queue: Queue
  door: WebhookDoor
  /** Signs addresses of files that a member may open. */
  mediaStore: MediaStore
  /** Verifies access tokens locally. */
  verifyToken: TokenVerifier
  /** Exchanges refresh tokens, each once however many requests ask at the same time. */
  sessionRefresher: SessionRefresher
  /** Bounds on attempts to sign in, sign up and reset a password. */
  attempts: AttemptLimiters
  /** Whose X-Forwarded-For is believed; see client-address.ts. */
  trustedProxies: BlockList
  close(): Promise<void>
}
