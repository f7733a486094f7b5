import pg from 'pg'
import { afterAll, beforeAll, expect } from 'vitest'
import { createTestDatabase, type TestDatabase } from './database.ts'

/** A migrated database and a superuser on it, for rules about what the catalog holds. */
export interface SchemaRules {
  /** The first column of the rows, as text. */
  list(text: string, values?: unknown[]): Promise<string[]>
  /**
   * Runs a rule that lists what breaks it, then again after a statement of the project's owner that does: the rule must
   * see exactly that.
   */
  expectRule(rule: () => Promise<string[]>, breaking: string, seen: string[]): Promise<void>
  admin(): pg.Client
}

/** Every table of ours, to select from. */
export const ourTables = `(
  select c.oid, n.nspname as schema, c.relname as name, n.nspname || '.' || c.relname as table, c.relrowsecurity
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('public', 'private') and c.relkind in ('r', 'p'))`

/** Makes the database of a test file, before its first test. */
export function useSchemaRules(): SchemaRules {
  let database: TestDatabase
  let admin: pg.Client

  beforeAll(async () => {
    database = await createTestDatabase()
    admin = new pg.Client(database.adminUrl)
    await admin.connect()
    // So that what Postgres prints of expressions and types names the schema of everything.
    await admin.query(`select set_config('search_path', '', false)`)
  })

  afterAll(async () => {
    await admin.end()
    await database.drop()
  })

  return {
    admin: () => admin,
    async list(text, values = []) {
      const { rows } = await admin.query<string[]>({ text, values, rowMode: 'array' })
      return rows.map(([first = '']) => first)
    },
    async expectRule(rule, breaking, seen) {
      expect(await rule()).toEqual([])
      await admin.query('begin')
      try {
        await admin.query(`set local role postgres; ${breaking}; reset role`)
        // In whatever order the catalog names them.
        expect((await rule()).sort()).toEqual([...seen].sort())
      } finally {
        await admin.query('rollback')
      }
    },
  }
}
