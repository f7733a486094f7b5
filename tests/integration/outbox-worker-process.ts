import { pino } from 'pino'
import { createAsSystem, createDatabase } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { defaultSendTimes } from '../../src/lib/server/jobs/send-message.ts'
import { createMediaStore } from '../../src/lib/server/media/media-store.ts'
import { createTurns } from '../../src/lib/server/media/take-turns.ts'
import { sendDueMessages } from '../../src/lib/server/outbox/send-due-messages.ts'
import { createSealer } from '../../src/lib/server/secrets/sealing.ts'

/** A worker that a test can kill: works once on the thread that it is given, as JSON in its first argument. */
export interface WorkerProcessInput {
  databaseUrl: string
  encryptionKeys: string
  kapsoApiUrl: string
  kapsoApiKey: string
  workspaceId: string
  conversationId: string
  /** How long it waits for Kapso; 600 where nothing is said. */
  requestMs?: number
  /** Where files lie, for tests that send some. */
  storage?: { url: string; secretKey: string }
}

function reachFiles({ url, secretKey }: { url: string; secretKey: string }) {
  const store = createMediaStore({ supabaseUrl: url, publicSupabaseUrl: url, secretKey })
  return { store, takeDecodingTurn: createTurns() }
}

const input = JSON.parse(process.argv[2] ?? '{}') as WorkerProcessInput
const pool = createPool({
  connectionString: input.databaseUrl,
  applicationName: 'test worker process',
  max: 2,
})
const asSystem = createAsSystem(createDatabase(pool), () => Promise.resolve())
await sendDueMessages(
  {
    asSystem,
    log: pino({ level: 'silent' }),
    sealer: createSealer(input.encryptionKeys),
    kapsoApiUrl: input.kapsoApiUrl,
    kapsoApiKey: input.kapsoApiKey,
    ...(input.storage === undefined ? {} : { files: reachFiles(input.storage) }),
    times: { ...defaultSendTimes, requestMs: input.requestMs ?? 600, settleMs: 100, leaseMarginMs: 600 },
    retries: { maxAttempts: 20, firstDelayMs: 20, longestDelayMs: 100 },
  },
  { workspaceId: input.workspaceId, conversationId: input.conversationId },
)
await pool.end()
