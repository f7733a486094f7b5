import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const databaseTypesFile = 'src/lib/server/database/schema.d.ts'

/**
 * Writes Kysely's types of the migrated database to a file.
 *
 * @param databaseUrl a database with all migrations
 */
export async function generateDatabaseTypes(databaseUrl: string, outFile: string): Promise<void> {
  await run(process.execPath, [
    'node_modules/kysely-codegen/dist/cli/bin.js',
    '--dialect=postgres',
    `--url=${databaseUrl}`,
    `--out-file=${outFile}`,
    '--include-pattern=(public|private).*',
    '--log-level=error',
    // The pool reads bigint as a number (pool.ts); xid8 and bytea as their drivers give them.
    `--type-mapping=${JSON.stringify({
      int8: 'number',
      xid8: 'string',
      timestamptz: 'ColumnType<Date, Date | string, Date | string>',
      jsonb: 'JsonColumn',
    })}`,
    `--custom-imports=${JSON.stringify({ JsonColumn: './json-column.ts#JsonColumn' })}`,
  ])
}
