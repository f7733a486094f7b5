import pg from 'pg'
import type { Actor } from './actors.ts'

/** How far a statement got: stopped for want of a grant, let through to nothing, or to what it was after. */
export type Reach = 'refused' | 'filtered' | 'reached'

/** What a probe found that should not be so. */
export interface Violation {
  object: string
  action: string
  actor: string
  expected: Reach
  found: Reach
}

export interface Statement {
  text: string
  values?: unknown[]
  /** Tells, as superuser and before anything is undone, whether the statement touched what it was after. */
  hasReached: (result: pg.QueryResult) => boolean | Promise<boolean>
}

/**
 * Runs a statement as an actor and undoes it. The client is a superuser's, inside a transaction.
 *
 * Whatever fails otherwise than for want of a right (a constraint, a trigger) got past the rules: it counts as reached.
 */
export async function attempt(client: pg.ClientBase, actor: Actor, statement: Statement): Promise<Reach> {
  await client.query(
    `savepoint attempt;
     select set_config('role', ${client.escapeLiteral(actor.role)}, true),
       set_config('request.jwt.claims', ${client.escapeLiteral(actor.claims)}, true)`,
  )
  try {
    const result = await client.query(statement.text, statement.values)
    await client.query('set local role none')
    return (await statement.hasReached(result)) ? 'reached' : 'filtered'
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error
    if (error.code !== '42501') return 'reached'
    return error.message.startsWith('permission denied') ? 'refused' : 'filtered'
  } finally {
    await client.query('rollback to savepoint attempt')
  }
}

/** One line per violation, for messages. */
export function describeViolations(violations: Violation[]): string[] {
  return violations.map(
    ({ object, action, actor, expected, found }) =>
      `${object}: ${action} as ${actor}: ${found}, not ${expected}`,
  )
}
