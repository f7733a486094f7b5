import { sql } from 'kysely'
import type { Database } from '../database/database.ts'
import { invariants } from './invariant-queries.ts'

/** Something that must never be, and where it is. */
export interface InvariantViolation {
  name: string
  meaning: string
  count: number
  /** Twenty of them at most. */
  examples: { workspaceId: string; id: string }[]
}

const mostExamples = 20

/**
 * Runs every query of the warning signs. In a sound database, whatever it has been through, there is none.
 *
 * @param database as worker or owner: the queries read past row-level security
 * @param workspaceId looks at one workspace only
 */
export async function findInvariantViolations(
  database: Database,
  workspaceId?: string,
): Promise<InvariantViolation[]> {
  const violations: InvariantViolation[] = []
  for (const { name, meaning, query } of invariants) {
    const { rows } = await sql<{ workspace_id: string; id: string; total: number }>`
      select v.workspace_id, v.id, count(*) over ()::int as total
      from (${query}) v
      where ${workspaceId === undefined ? sql`true` : sql`v.workspace_id = ${workspaceId}`}
      order by v.workspace_id, v.id
      limit ${mostExamples}
    `.execute(database)
    const [first] = rows
    if (first === undefined) continue
    const examples = rows.map((row) => ({ workspaceId: row.workspace_id, id: row.id }))
    violations.push({ name, meaning, count: first.total, examples })
  }
  return violations
}
