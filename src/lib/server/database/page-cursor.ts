import { sql, type RawBuilder } from 'kysely'
import { RuleViolation } from '../../domain/rule-violation.ts'

/** The place of a row in a list that is ordered by (moment desc, id desc). */
export function toPageCursor(moment: Date, id: string): string {
  return `${moment.toISOString()}_${id}`
}

/**
 * The condition for rows that come after a cursor in (moment desc, id desc).
 *
 * @throws RuleViolation `bad_cursor` for one that is none of ours
 */
export function afterPageCursor(moment: string, id: string, cursor: string): RawBuilder<unknown> {
  const match = /^(\d{4}-\d\d-\d\dT[\d:.]+Z)_([0-9a-f-]{36})$/.exec(cursor)
  if (match === null) throw new RuleViolation('bad_cursor', 'The cursor cannot be read')
  return sql`(${sql.ref(moment)}, ${sql.ref(id)}) < (${match[1]}::timestamptz, ${match[2]}::uuid)`
}
