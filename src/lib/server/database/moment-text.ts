import { sql, type RawBuilder } from 'kysely'

/** A moment within JSON, as `toISOString` writes those that come by themselves; null stays null. */
export function momentText(moment: RawBuilder<unknown>): RawBuilder<string> {
  return sql`to_char(${moment} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
}
