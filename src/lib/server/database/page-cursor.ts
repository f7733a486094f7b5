import { sql, type RawBuilder } from 'kysely'
import { RuleViolation } from '../../domain/rule-violation.ts'
import { isUuid } from '../../domain/uuid.ts'

/** The place of a row in a list that is ordered by (moment, id). */
export interface PagePlace {
  moment: Date
  id: string
}

export function toPageCursor(moment: Date, id: string): string {
  return `${moment.toISOString()}_${id}`
}

/** @throws RuleViolation `bad_cursor` for one that is none of ours */
export function readPageCursor(cursor: string): PagePlace {
  const [moment = '', id = '', ...more] = cursor.split('_')
  if (more.length > 0 || !isUuid(id)) throw badCursor()
  return { moment: readMoment(moment), id }
}

/**
 * The condition for rows that come after a cursor in (moment desc, id desc).
 *
 * @throws RuleViolation `bad_cursor` for one that is none of ours
 */
export function afterPageCursor(moment: string, id: string, cursor: string): RawBuilder<unknown> {
  return comparePlace(moment, id, '<', readPageCursor(cursor))
}

/** The condition for rows on one side of a place in (moment, id). */
export function comparePlace(
  moment: string,
  id: string,
  operator: '<' | '<=' | '>' | '>=',
  place: PagePlace,
): RawBuilder<unknown> {
  return sql`(${sql.ref(moment)}, ${sql.ref(id)}) ${sql.raw(operator)}
    (${place.moment.toISOString()}::timestamptz, ${place.id}::uuid)`
}

/** A moment as `toISOString` writes it: Postgres answers a thirteenth month with an error. */
export function readMoment(text: string): Date {
  const moment = new Date(text)
  if (Number.isNaN(moment.getTime()) || moment.toISOString() !== text) throw badCursor()
  // Postgres' calendar ends earlier than JavaScript's, on both sides.
  if (!/^\d{4}-/.test(text) || text.startsWith('0000')) throw badCursor()
  return moment
}

export function badCursor(): RuleViolation {
  return new RuleViolation('bad_cursor', 'The cursor cannot be read')
}
