import { createAsSystem, createDatabase } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { workOnImport } from '../../src/lib/server/imports/work-on-rows.ts'

/** A worker that a test can kill: applies the import that it is given, as JSON in its first argument. */
const input = JSON.parse(process.argv[2] ?? '{}') as {
  databaseUrl: string
  workspaceId: string
  importId: string
}
const pool = createPool({
  connectionString: input.databaseUrl,
  applicationName: 'test worker process',
  max: 2,
})
const asSystem = createAsSystem(createDatabase(pool), () => Promise.resolve())
await workOnImport({ asSystem, workspaceId: input.workspaceId, importId: input.importId }, 'apply')
await pool.end()
