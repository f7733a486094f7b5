import type pg from 'pg'

export interface Policy {
  /** Qualified table. */
  table: string
  name: string
  /** `select`, `insert`, `update` or `delete`. */
  action: string
}

/** Tables of the schemas public and private, qualified and sorted. */
export async function listTables(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select n.nspname || '.' || c.relname as name
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('public', 'private') and c.relkind in ('r', 'p', 'v', 'm', 'f')
     order by 1`,
  )
  return rows.map((row) => row.name)
}

export interface Column {
  name: string
  /** Neither generated nor an identity that only Postgres writes. */
  isWritable: boolean
  /** What members may do with it. */
  memberMay: { insert: boolean; update: boolean }
}

/** Columns of a table, in order. */
export async function listColumns(client: pg.ClientBase, table: string): Promise<Column[]> {
  const { rows } = await client.query<Column>(
    `select attname as name, attidentity <> 'a' and attgenerated = '' as "isWritable",
       json_build_object(
         'insert', has_column_privilege('my21_member', attrelid, attnum, 'insert'),
         'update', has_column_privilege('my21_member', attrelid, attnum, 'update')
       ) as "memberMay"
     from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped
     order by attnum`,
    [table],
  )
  return rows
}

/** Functions of public and private that a role may call, with their signature. Triggers call themselves. */
export async function listCallableFunctions(client: pg.ClientBase, role: string): Promise<string[]> {
  const { rows } = await client.query<{ signature: string }>(
    `select p.oid::regprocedure::text as signature
     from pg_proc p join pg_namespace n on n.oid = p.pronamespace
     where n.nspname in ('public', 'private') and p.prorettype <> 'trigger'::regtype
       and has_function_privilege($1, p.oid, 'execute')
     order by 1`,
    [role],
  )
  return rows.map((row) => row.signature)
}

export async function listPolicies(client: pg.ClientBase): Promise<Policy[]> {
  const { rows } = await client.query<Policy>(
    `select schemaname || '.' || tablename as table, policyname as name, lower(cmd) as action
     from pg_policies where schemaname in ('public', 'private') order by 1, 2`,
  )
  return rows
}
