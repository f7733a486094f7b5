import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { splitStatements } from './split-statements.ts'

export interface MigrateOptions {
  /** Folder with `<14 digits>_<name>.sql`; this project's own if not given. */
  directory?: string
  /** Gets one line for every file that is applied. */
  log?: (line: string) => void
}

interface Migration {
  version: string
  name: string
  file: string
  text: string
  statements: string[]
}

/** Held while migrations are applied, so that two runs do not collide. */
const migrationLock = 7_121_000_001

/**
 * Applies the migrations that the database does not have yet, in order, each in a transaction of its own, and records
 * them as the Supabase CLI does: in supabase_migrations.schema_migrations.
 *
 * @param ownerUrl the database as `postgres`, the role that owns the project's objects
 * @returns the versions that were applied now
 * @throws Error with one line: a recorded migration is missing or was edited, a new one comes before a recorded one, a
 *   file name is malformed, a statement failed (with file and statement)
 */
export async function applyMigrations(ownerUrl: string, options: MigrateOptions = {}): Promise<string[]> {
  const migrations = await readMigrations(options.directory ?? join(import.meta.dirname, 'migrations'))
  const client = new pg.Client({ connectionString: ownerUrl, application_name: 'my21staff migrate' })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [migrationLock])
    await client.query('set client_min_messages = warning')
    await makeHistory(client)
    const pending = findPending(migrations, await readHistory(client))
    for (const migration of pending) {
      await applyMigration(client, migration)
      options.log?.(`Applied ${migration.file}`)
    }
    return pending.map((migration) => migration.version)
  } finally {
    await client.end()
  }
}

async function readMigrations(directory: string): Promise<Migration[]> {
  const files = (await readdir(directory)).filter((file) => file.endsWith('.sql')).sort()
  const migrations = await Promise.all(
    files.map(async (file) => {
      const [, version, name] = /^(\d{14})_(.+)\.sql$/.exec(file) ?? []
      if (!version || !name) throw new Error(`Migration ${file} is not named <14 digits>_<name>.sql.`)
      const text = await readFile(join(directory, file), 'utf8')
      return { version, name, file, text, statements: splitStatements(text) }
    }),
  )
  migrations.forEach(({ version, file }, index) => {
    const before = migrations[index - 1]
    if (before?.version === version)
      throw new Error(`Migrations ${before.file} and ${file} have the same version.`)
  })
  return migrations
}

async function makeHistory(client: pg.Client) {
  await client.query('create schema if not exists supabase_migrations')
  await client.query(
    'create table if not exists supabase_migrations.schema_migrations (version text not null primary key)',
  )
  await client.query(
    'alter table supabase_migrations.schema_migrations add column if not exists statements text[]',
  )
  await client.query('alter table supabase_migrations.schema_migrations add column if not exists name text')
}

async function readHistory(client: pg.Client) {
  const { rows } = await client.query<{ version: string; name: string | null; statements: string[] | null }>(
    'select version, name, statements from supabase_migrations.schema_migrations order by version',
  )
  return rows
}

function findPending(migrations: Migration[], history: Awaited<ReturnType<typeof readHistory>>): Migration[] {
  const files = new Map(migrations.map((migration) => [migration.version, migration]))
  for (const { version, name, statements } of history) {
    const migration = files.get(version)
    if (!migration)
      throw new Error(`The database has migration ${version}_${name ?? ''}, but there is no such file.`)
    if (statements && !isSame(statements, migration.statements)) {
      throw new Error(`Migration ${migration.file} was edited after it was applied: write a new one instead.`)
    }
  }
  const applied = new Set(history.map(({ version }) => version))
  const newest = history.at(-1)?.version ?? ''
  const pending = migrations.filter(({ version }) => !applied.has(version))
  const late = pending.find(({ version }) => version < newest)
  if (late)
    throw new Error(
      `Migration ${late.file} comes before ${newest}, which is already applied: give it a new time.`,
    )
  return pending
}

/** The statements may have been split by the CLI's own rules, so only what lies between the cuts is compared. */
function isSame(recorded: string[], statements: string[]) {
  const withoutCuts = (parts: string[]) =>
    parts
      .join(' ')
      .replace(/[\s;]+/g, ' ')
      .trim()
  return withoutCuts(recorded) === withoutCuts(statements)
}

async function applyMigration(client: pg.Client, { version, name, file, text, statements }: Migration) {
  await client.query('begin')
  try {
    await client.query(text)
    await client.query(
      'insert into supabase_migrations.schema_migrations (version, name, statements) values ($1, $2, $3)',
      [version, name, statements],
    )
    await client.query('commit')
  } catch (error) {
    await client.query('rollback')
    throw new Error(`Migration ${file}${describeFailure(error, text)}`, { cause: error })
  }
}

function describeFailure(error: unknown, text: string) {
  if (!(error instanceof pg.DatabaseError)) return ` failed: ${String(error)}`
  // Postgres counts characters from 1, in the text that was sent.
  const line = error.position
    ? Array.from(text).slice(0, Number(error.position)).join('').split('\n').length
    : undefined
  return `${line ? `, line ${line},` : ''} failed: ${error.message} (${error.code})`
}

async function main() {
  const ownerUrl = process.env['DATABASE_URL_OWNER']
  if (!ownerUrl)
    throw new Error('Set DATABASE_URL_OWNER: the address of the database, signing in as its owner.')
  const applied = await applyMigrations(ownerUrl, { log: console.log })
  if (applied.length === 0) console.log('The database has all migrations.')
}

if (import.meta.main) {
  await main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
}
