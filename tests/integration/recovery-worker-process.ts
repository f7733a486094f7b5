import { pino } from 'pino'
import { createAsSystem, createDatabase } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { workOnRecovery } from '../../src/lib/server/recovery/work-on-recovery.ts'
import { createSealer } from '../../src/lib/server/secrets/sealing.ts'

/** A worker that a test can kill: does the step of the recovery run that it is given, as JSON in its first argument. */
const input = JSON.parse(process.argv[2] ?? '{}') as {
  databaseUrl: string
  workspaceId: string
  runId: string
  encryptionKeys: string
}
const pool = createPool({
  connectionString: input.databaseUrl,
  applicationName: 'test worker process',
  max: 2,
})
const asSystem = createAsSystem(createDatabase(pool), () => Promise.resolve())
const work = { asSystem, log: pino({ level: 'silent' }), sealer: createSealer(input.encryptionKeys) }
await workOnRecovery(work, { workspaceId: input.workspaceId, runId: input.runId })
await pool.end()
