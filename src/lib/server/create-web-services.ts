import { createAsMember, createDatabase } from './database/database.ts'
import { createPool } from './database/pool.ts'
import { readTrustedProxies } from './client-address.ts'
import type { WebEnvironment } from './environment.ts'
import { createWebhookDoor } from './ingest/door.ts'
import { createApplyEnqueuer } from './ingest/enqueue-apply.ts'
import { createEndpointFinder } from './ingest/webhook-endpoints.ts'
import { createLog } from './log.ts'
import { createMediaStore } from './media/media-store.ts'
import { startQueue } from './queue/queue.ts'
import { createSealer } from './secrets/sealing.ts'
import type { WebServices } from './services.ts'
import { createAttemptLimiters } from './session/attempt-limiter.ts'
import { createSessionRefresher } from './session/refresh-session.ts'
import { createTokenVerifier } from './session/verify-token.ts'
import { startWebHeartbeat } from './web-heartbeat.ts'

/** Connections of one web process for its pages, besides the queue's one. */
const mostConnections = 12
/** And for the webhook door: two batches in flight, and the count of duplicates. */
const mostDoorConnections = 3

/**
 * Makes everything one web process holds.
 *
 * @throws when TRUSTED_PROXIES or ENCRYPTION_KEYS cannot be read, or the queue's schema is missing
 */
export async function createWebServices(environment: WebEnvironment): Promise<WebServices> {
  const log = createLog({ process: 'web', level: environment.LOG_LEVEL })
  const trustedProxies = readTrustedProxies(environment.TRUSTED_PROXIES)
  const sealer = createSealer(environment.ENCRYPTION_KEYS)
  const queue = await startQueue({ connectionString: environment.DATABASE_URL_WEB, runsJobs: false, log })
  const pool = createPool({
    connectionString: environment.DATABASE_URL_WEB,
    applicationName: 'my21staff web',
    max: mostConnections,
  })
  const kysely = createDatabase(pool)
  const doorPool = createPool({
    connectionString: environment.DATABASE_URL_WEB,
    applicationName: 'my21staff web door',
    max: mostDoorConnections,
    pipeline: true,
  })
  const door = createWebhookDoor({
    pool: doorPool,
    findEndpoint: createEndpointFinder(pool, sealer),
    enqueue: createApplyEnqueuer(queue.boss),
    log,
  })
  const stopHeartbeat = startWebHeartbeat(pool, log)
  return {
    environment,
    log,
    kysely,
    asMember: createAsMember(kysely, queue.enqueue),
    queue,
    door,
    mediaStore: createMediaStore({
      supabaseUrl: environment.SUPABASE_URL,
      publicSupabaseUrl: environment.PUBLIC_SUPABASE_URL,
      secretKey: environment.SUPABASE_SECRET_KEY,
    }),
    verifyToken: createTokenVerifier({
      supabaseUrl: environment.SUPABASE_URL,
      publicSupabaseUrl: environment.PUBLIC_SUPABASE_URL,
      jwtSecret: environment.SUPABASE_JWT_SECRET,
    }),
    sessionRefresher: createSessionRefresher({
      supabaseUrl: environment.SUPABASE_URL,
      publishableKey: environment.SUPABASE_PUBLISHABLE_KEY,
    }),
    attempts: createAttemptLimiters(),
    trustedProxies,
    async close() {
      stopHeartbeat()
      await door.close()
      await doorPool.end()
      await queue.stop()
      await kysely.destroy()
    },
  }
}
