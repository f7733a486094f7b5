import { sql, type RawBuilder } from 'kysely'
import type { RowChange } from '../../domain/replay.ts'
import type { AsSystem, Database } from '../database/database.ts'

/** How often rows of a table were written, as Postgres counts for this connection. */
export interface WriteCount {
  schema: string
  table: string
  inserted: number
  updated: number
  deleted: number
}

type Row = Record<string, unknown>

/**
 * Postgres' own counts of what this connection has written. They also hold what a transaction just before has not
 * reported yet, so only the difference between two of them says something.
 */
export async function countWrites(database: Database): Promise<WriteCount[]> {
  const { rows } = await sql<WriteCount>`
    select schemaname as schema, relname as "table",
      n_tup_ins::int as inserted, n_tup_upd::int as updated, n_tup_del::int as deleted
    from pg_catalog.pg_stat_xact_user_tables
    where schemaname in ('public', 'private') and n_tup_ins + n_tup_upd + n_tup_del > 0
  `.execute(database)
  return rows
}

/** What was written between two counts, for tables in which anything was. */
export function subtractWrites(after: WriteCount[], before: WriteCount[]): WriteCount[] {
  return after
    .map((count) => {
      const earlier = before.find(({ schema, table }) => schema === count.schema && table === count.table)
      return {
        ...count,
        inserted: count.inserted - (earlier?.inserted ?? 0),
        updated: count.updated - (earlier?.updated ?? 0),
        deleted: count.deleted - (earlier?.deleted ?? 0),
      }
    })
    .filter(({ inserted, updated, deleted }) => inserted + updated + deleted > 0)
}

/**
 * The rows of a workspace that the transaction of `database` has written, next to how others see them. The transaction
 * must not have used savepoints: rows bear the id of the innermost one. Rows that it wrote and removed again do not
 * show.
 */
export async function findChangedRows(
  database: Database,
  asSystem: AsSystem,
  workspaceId: string,
  written: WriteCount[],
): Promise<RowChange[]> {
  const changes: RowChange[] = []
  for (const { schema, table, deleted } of written) {
    const keys = await findKeyColumns(database, schema, table)
    if (keys === undefined) continue
    const name = sql`${sql.id(schema)}.${sql.id(table)}`
    const after = await readWritten(database, workspaceId, name)
    const before = await asSystem((other) => readByKey(other, workspaceId, name, keys, after))
    const known = new Map(before.map((row) => [keyOf(row, keys), row]))
    for (const row of after) {
      const id = keyOf(row, keys)
      const earlier = known.get(id)
      changes.push({
        table,
        action: earlier === undefined ? 'insert' : 'update',
        id,
        columns: compareRows(earlier ?? {}, row),
      })
    }
    if (deleted === 0) continue
    for (const row of await findDeleted(database, asSystem, workspaceId, name, keys)) {
      changes.push({ table, action: 'delete', id: keyOf(row, keys), columns: compareRows(row, {}) })
    }
  }
  return changes
}

/** The primary key of a table that holds tenants' rows; undefined for other tables. */
async function findKeyColumns(
  database: Database,
  schema: string,
  table: string,
): Promise<string[] | undefined> {
  const { rows } = await sql<{ name: string }>`
    select a.attname as name
    from pg_catalog.pg_index i
    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
    where i.indrelid = format('%I.%I', ${schema}::text, ${table}::text)::regclass and i.indisprimary
      and exists (
        select from pg_catalog.pg_attribute w
        where w.attrelid = i.indrelid and w.attname = 'workspace_id' and not w.attisdropped
      )
    order by array_position(i.indkey::int2[], a.attnum)
  `.execute(database)
  return rows.length === 0 ? undefined : rows.map((row) => row.name)
}

async function readWritten(
  database: Database,
  workspaceId: string,
  name: RawBuilder<unknown>,
): Promise<Row[]> {
  const { rows } = await sql<{ row: Row }>`
    select to_jsonb(t) as row from ${name} t
    where t.workspace_id = ${workspaceId} and t.xmin = pg_current_xact_id()::xid
  `.execute(database)
  return rows.map(({ row }) => row)
}

async function readByKey(
  database: Database,
  workspaceId: string,
  name: RawBuilder<unknown>,
  keys: string[],
  wanted: Row[],
): Promise<Row[]> {
  if (wanted.length === 0) return []
  const { rows } = await sql<{ row: Row }>`
    select to_jsonb(t) as row from ${name} t
    where t.workspace_id = ${workspaceId} and (${columnList('t', keys)}) in (
      select ${columnList('k', keys)}
      from jsonb_populate_recordset(null::${name}, ${JSON.stringify(wanted.map((row) => pick(row, keys)))}::jsonb) k
    )
  `.execute(database)
  return rows.map(({ row }) => row)
}

/** Others still see a row that is removed here, marked with the transaction that did it. */
async function findDeleted(
  database: Database,
  asSystem: AsSystem,
  workspaceId: string,
  name: RawBuilder<unknown>,
  keys: string[],
): Promise<Row[]> {
  const { rows: current } = await sql<{ xid: string }>`
    select pg_current_xact_id()::xid::text as xid
  `.execute(database)
  const marked = await asSystem(async (other) => {
    const { rows } = await sql<{ row: Row }>`
      select to_jsonb(t) as row from ${name} t
      where t.workspace_id = ${workspaceId} and t.xmax = ${current[0]?.xid ?? '0'}::xid
    `.execute(other)
    return rows.map(({ row }) => row)
  })
  const left = await readByKey(database, workspaceId, name, keys, marked)
  const leftKeys = new Set(left.map((row) => keyOf(row, keys)))
  return marked.filter((row) => !leftKeys.has(keyOf(row, keys)))
}

function columnList(alias: string, columns: string[]): RawBuilder<unknown> {
  return sql.join(columns.map((column) => sql.ref(`${alias}.${column}`)))
}

function pick(row: Row, columns: string[]): Row {
  return Object.fromEntries(columns.map((column) => [column, row[column]]))
}

function keyOf(row: Row, keys: string[]): string {
  return keys.map((key) => String(row[key])).join(' ')
}

/** The cursor of the inbox' catch-up moves with every write and says nothing of its own. */
const cursorColumn = 'changed_xid'

function compareRows(before: Row, after: Row): RowChange['columns'] {
  const columns = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return Object.fromEntries(
    columns.flatMap((column) => {
      const [was, is] = [before[column] ?? null, after[column] ?? null]
      return column === cursorColumn || JSON.stringify(was) === JSON.stringify(is)
        ? []
        : [[column, { before: was, after: is }]]
    }),
  )
}
