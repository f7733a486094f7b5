import type pg from 'pg'

export interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Index Name'?: string
  'Index Cond'?: string
  'Recheck Cond'?: string
  'Parent Relationship'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  Plans?: PlanNode[]
}

export interface Query {
  sql: string
  parameters: readonly unknown[]
}

/**
 * Runs a query of a member with EXPLAIN ANALYZE and undoes it. Returns all nodes of the plan.
 *
 * @param plan `fresh`: made for these parameters; `kept`: made without knowing them, as a connection keeps one for a
 *   statement that it runs often
 */
export async function explainAs(
  client: pg.ClientBase,
  userId: string,
  query: Query,
  plan: 'fresh' | 'kept' = 'fresh',
): Promise<PlanNode[]> {
  await client.query('begin')
  try {
    await client.query(
      `select set_config('role', 'my21_member', true), set_config('request.jwt.claims', $1, true)`,
      [JSON.stringify({ sub: userId })],
    )
    if (plan === 'kept')
      await client.query(`set local plan_cache_mode = force_generic_plan; prepare kept as ${query.sql}`)
    const values = query.parameters.map((value) => writeLiteral(client, value))
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `explain (analyze, format json) ${plan === 'kept' ? `execute kept (${values.join(', ')})` : query.sql}`,
      plan === 'kept' ? [] : [...query.parameters],
    )
    return rows.flatMap((row) => flatten(row['QUERY PLAN'][0].Plan))
  } finally {
    await client.query('rollback')
    if (plan === 'kept') await client.query('deallocate all')
  }
}

function writeLiteral(client: pg.ClientBase, value: unknown): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return client.escapeLiteral(value)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  // The statement's own cast says of what.
  if (Array.isArray(value) && value.length === 0) return "'{}'"
  throw new Error('this parameter cannot be written into a statement')
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)]
}
