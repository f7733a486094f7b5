import { pino } from 'pino'
import { createAsSystem, createDatabase } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { copyMedia } from '../../src/lib/server/media/copy-media.ts'
import { createMediaStore } from '../../src/lib/server/media/media-store.ts'
import { createTurns } from '../../src/lib/server/media/take-turns.ts'
import type { CopyMediaJob } from '../../src/lib/server/queue/queue.ts'
import { createSealer } from '../../src/lib/server/secrets/sealing.ts'

/** A worker that a test can kill: copies the one file that it is given, as JSON in its first argument. */
export interface MediaProcessInput extends CopyMediaJob {
  databaseUrl: string
  encryptionKeys: string
  kapsoApiUrl: string
  supabaseUrl: string
  secretKey: string
}

const input = JSON.parse(process.argv[2] ?? '{}') as MediaProcessInput
const pool = createPool({
  connectionString: input.databaseUrl,
  applicationName: 'test worker process',
  max: 2,
})
await copyMedia(
  {
    asSystem: createAsSystem(createDatabase(pool), () => Promise.resolve()),
    log: pino({ level: 'silent' }),
    sealer: createSealer(input.encryptionKeys),
    store: createMediaStore({
      supabaseUrl: input.supabaseUrl,
      publicSupabaseUrl: input.supabaseUrl,
      secretKey: input.secretKey,
    }),
    kapsoApiUrl: input.kapsoApiUrl,
    kapsoApiKey: undefined,
    mediaHosts: [],
    takeDecodingTurn: createTurns(),
    times: { idleMs: 60_000, attemptMs: 60_000, leaseMs: 1_000, renewMs: 200 },
    retries: { maxAttempts: 3, firstDelayMs: 1, longestDelayMs: 1 },
  },
  { workspaceId: input.workspaceId, messageId: input.messageId },
)
await pool.end()
