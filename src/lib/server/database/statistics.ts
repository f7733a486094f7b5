import { sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * Lets Postgres look again at the tables that have doubled since it last did: a fresh installation fills up before
 * autovacuum comes by, and its plans would take the tables for empty.
 *
 * @returns the names of these tables
 */
export async function takeStatistics(database: Database): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    select t as name from private.analyze_grown_tables() as t
  `.execute(database)
  return rows.map((row) => row.name)
}
