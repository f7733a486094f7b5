import type pg from 'pg'
import { isMeant, tableAccess, type TableAccess } from './access.ts'
import { listActors, listForeignRoles, type Actor } from './actors.ts'
import { attempt, type Reach, type Statement, type Violation } from './attempt.ts'
import { listColumns, type Column } from './catalog.ts'
import { tenantColumnOf, type Tenant } from './tenant.ts'

export interface ProbeResult {
  /** Probes made, by object. */
  probes: Map<string, number>
  violations: Violation[]
}

/** The rows of one tenant that a probe is after. */
interface Target {
  table: string
  /** A condition on `t`; $1 is the workspace, $2 the actor's user id. */
  condition: string
  /** A row to copy. */
  row: Record<string, unknown>
  /** How many rows there are. */
  count: number
  suffix: string
  access: TableAccess
}

/** Less than everything, for tests that break one thing. */
export interface ProbeFocus {
  role?: string
  action?: Action
}

export type Action = 'select' | 'insert' | 'update' | 'move' | 'delete'

/**
 * Tries to read, write, move and delete the rows of `tenant` in each table as everybody there is, and compares with
 * what access.ts says. The client is a superuser's, inside a transaction, and leaves no trace.
 */
export async function probeTables(
  client: pg.ClientBase,
  tenant: Tenant,
  other: Tenant,
  tables: string[],
  focus: ProbeFocus = {},
): Promise<ProbeResult> {
  const result: ProbeResult = { probes: new Map(tables.map((table) => [table, 0])), violations: [] }
  const actors = [...listActors(tenant, other, 'my21_member'), ...listForeignRoles(tenant, other)].filter(
    (actor) => focus.role === undefined || actor.role === focus.role,
  )
  for (const table of tables) {
    const access = tableAccess[table]
    if (access === undefined) continue
    const columns = await listColumns(client, table)
    for (const actor of actors) {
      for (const target of findTargets(table, access, tenant, actor)) {
        const statements = writeStatements(client, target, columns, tenant, other, actor)
        for (const action of actions) {
          if (focus.action !== undefined && focus.action !== action) continue
          const expected = expectReach(target, action, actor)
          const found = await attempt(client, actor, statements[action])
          result.probes.set(table, (result.probes.get(table) ?? 0) + 1)
          if (found !== expected) {
            const violation = { object: table, action: `${action}${target.suffix}`, actor: actor.name }
            result.violations.push({ ...violation, expected, found })
          }
        }
      }
    }
  }
  return result
}

const actions = ['select', 'insert', 'update', 'move', 'delete'] as const

function findTargets(table: string, access: TableAccess, tenant: Tenant, actor: Actor): Target[] {
  const rows = tenant.rows.get(table) ?? []
  const [first] = rows
  if (first === undefined) throw new Error(`${table} holds no row of the tenant`)
  const condition = `t.${tenantColumnOf(table)} = $1 and ($2::uuid is null or true)`
  if (access.own === undefined)
    return [{ table, access, condition, row: first, count: rows.length, suffix: '' }]
  const { own } = access
  const nothing = { insert: undefined, update: undefined, delete: undefined }
  const others = { ...access, ...nothing, select: 'nobody' } as const
  const theirs = rows.filter((row) => row[own] !== actor.userId)
  const targets: Target[] = [
    {
      table,
      access: { ...access, ...others },
      condition: `${condition} and t.${own} is distinct from $2`,
      row: theirs[0] ?? first,
      count: theirs.length,
      suffix: ' of somebody else',
    },
  ]
  if (actor.userId !== null) {
    const row = rows.find((candidate) => candidate[own] === actor.userId) ?? { ...first, [own]: actor.userId }
    const count = rows.length - theirs.length
    targets.push({ table, access, condition: `${condition} and t.${own} = $2`, row, count, suffix: '' })
  }
  return targets
}

function expectReach(target: Target, action: Action, actor: Actor): Reach {
  if (actor.role !== 'my21_member') return 'refused'
  const declared = tableAccess[target.table]
  const isGranted = {
    select: declared?.select !== 'nobody',
    insert: declared?.insert !== undefined,
    update: declared?.update !== undefined,
    move: declared?.update?.columns.includes(tenantColumnOf(target.table)) ?? false,
    delete: declared?.delete !== undefined,
  }[action]
  if (!isGranted) return 'refused'
  const { access } = target
  const level = {
    select: access.select,
    insert: access.insert?.level ?? 'nobody',
    update: access.update?.level ?? 'nobody',
    move: 'nobody' as const,
    delete: access.delete?.level ?? 'nobody',
  }[action]
  return isMeant(level, actor, access.ofConversations) ? 'reached' : 'filtered'
}

function writeStatements(
  client: pg.ClientBase,
  target: Target,
  columns: Column[],
  tenant: Tenant,
  other: Tenant,
  actor: Actor,
): Record<Action, Statement> {
  const { table, condition } = target
  const key = [tenant.workspaceId, actor.userId]
  const row = JSON.stringify(target.row)
  const tenantColumn = tenantColumnOf(table)
  const insertable = pickColumns(columns, 'insert').join(', ')
  const updatable = pickColumns(columns, 'update')
  // Keys are unique: to give many rows the same one would fail whoever does it.
  const updated = updatable.find((column) => !/(^|_)id$/.test(column)) ?? updatable[0] ?? ''
  const count = async (more = '') => {
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int as count from ${table} t where ${condition} ${more}`,
      key,
    )
    return rows[0]?.count ?? 0
  }
  // Rows of this transaction: its own id, or a later one of a savepoint.
  const countWritten = () => count(`and t.xmin::text::bigint >= pg_current_xact_id()::xid::text::bigint`)
  return {
    select: {
      text: `select t.${tenantColumn} from ${table} t where ${condition}`,
      values: key,
      hasReached: (result) => (result.rowCount ?? 0) > 0,
    },
    insert: {
      text: `insert into ${table} (${insertable})
        select ${insertable} from jsonb_populate_record(null::${table}, $1)`,
      values: [row],
      hasReached: () => true,
    },
    // Without a condition and a returning clause only the policies for updates decide, not those for reading.
    update: {
      text: `with copied as (select (jsonb_populate_record(null::${table}, $1)).${updated})
        update ${table} set ${updated} = ${tableAccess[table]?.update?.value ?? '(select * from copied)'}`,
      values: [row],
      hasReached: async () => (await countWritten()) > 0,
    },
    // What is one's own elsewhere must not be put into this workspace either.
    move: {
      text: `update ${table} set ${tenantColumn} = $1 where ${tenantColumn} = $2`,
      values: [tenant.workspaceId, other.workspaceId],
      hasReached: (result) => (result.rowCount ?? 0) > 0,
    },
    delete: {
      text: `delete from ${table}`,
      hasReached: async () => (await count()) < target.count,
    },
  }
}

/** The columns that members hold the right for, or all of them where they hold none. */
function pickColumns(columns: Column[], action: 'insert' | 'update'): string[] {
  const writable = columns.filter((column) => column.isWritable)
  const granted = writable.filter((column) => column.memberMay[action])
  return (granted.length > 0 ? granted : writable).map((column) => column.name)
}
