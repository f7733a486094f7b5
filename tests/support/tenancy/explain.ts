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

/** Runs a query of a member with EXPLAIN ANALYZE and undoes it. Returns all nodes of the plan. */
export async function explainAs(client: pg.ClientBase, userId: string, query: Query): Promise<PlanNode[]> {
  await client.query('begin')
  try {
    await client.query(
      `select set_config('role', 'my21_member', true), set_config('request.jwt.claims', $1, true)`,
      [JSON.stringify({ sub: userId })],
    )
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `explain (analyze, format json) ${query.sql}`,
      [...query.parameters],
    )
    return rows.flatMap((row) => flatten(row['QUERY PLAN'][0].Plan))
  } finally {
    await client.query('rollback')
  }
}

function flatten(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(flatten)]
}
