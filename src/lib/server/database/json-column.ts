import type { ColumnType } from 'kysely'

/** A jsonb column: read as the driver parses it, written as text. */
export type JsonColumn = ColumnType<unknown, string, string>
