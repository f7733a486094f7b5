import type pg from 'pg'
import { tableAccess } from './access.ts'
import { listActors } from './actors.ts'
import { attempt } from './attempt.ts'
import { listColumns } from './catalog.ts'
import type { Tenant } from './tenant.ts'

export interface ColumnReach {
  select: string[]
  insert: string[]
  update: string[]
}

/** The columns of a table that the owner of a workspace is let to, found by trying. */
export async function probeColumns(
  client: pg.ClientBase,
  tenant: Tenant,
  other: Tenant,
  table: string,
): Promise<ColumnReach> {
  const owner = listActors(tenant, other, 'my21_member').find((actor) => actor.place === 'owner')
  if (owner === undefined) throw new Error('there is no owner')
  const reach: ColumnReach = { select: [], insert: [], update: [] }
  const tryIt = async (action: keyof ColumnReach, column: string, text: string) => {
    const found = await attempt(client, owner, { text, hasReached: () => true })
    if (found !== 'refused') reach[action].push(column)
  }
  for (const { name, isWritable } of await listColumns(client, table)) {
    await tryIt('select', name, `select ${name} from ${table} limit 1`)
    if (!isWritable) continue
    await tryIt('insert', name, `insert into ${table} (${name}) select (null::${table}).${name}`)
    await tryIt('update', name, `update ${table} set ${name} = (null::${table}).${name}`)
  }
  return reach
}

/** What access.ts lets an owner to. */
export async function declaredColumns(client: pg.ClientBase, table: string): Promise<ColumnReach> {
  const access = tableAccess[table]
  const columns = (await listColumns(client, table)).map((column) => column.name)
  const pick = (wanted: string[] | undefined) => columns.filter((column) => wanted?.includes(column))
  return {
    select: columns.filter((column) => access?.select !== 'nobody' && !access?.hidden?.includes(column)),
    insert: pick(access?.insert?.columns),
    update: pick(access?.update?.columns),
  }
}
