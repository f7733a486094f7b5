import { randomUUID } from 'node:crypto'
import { Kysely, PostgresDialect, type CompiledQuery } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { listNextSuspects } from '../../src/lib/server/database/recovery-merges.ts'
import { findTellers } from '../../src/lib/server/database/retract-contacts.ts'
import { findOtherEvents, type RetractionSpan } from '../../src/lib/server/database/retract-events.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

const people = 20_000
/** Rows that a batch about a few people may look at. */
const mostRows = 1_500
const leastId = '00000000-0000-0000-0000-000000000000'

let database: TestDatabase
let admin: pg.Client
let workspace: TestWorkspace
let worker: Kysely<DB>
let executed: CompiledQuery[]

beforeAll(async () => {
  database = await createTestDatabase()
  workspace = await makeWorkspace(database.adminUrl)
  admin = new pg.Client(database.adminUrl)
  await admin.connect()
  worker = new Kysely<DB>({
    dialect: new PostgresDialect({
      pool: createPool({ connectionString: database.workerUrl, applicationName: 'test worker', max: 1 }),
    }),
    log: ({ query }) => void executed.push(query),
  })
  // Triggers would make this slow, and have nothing to do with what is read.
  await admin.query('set session_replication_role = replica')
  const { workspaceId, endpointId } = workspace
  await admin.query(
    `with made as (
       insert into contacts (workspace_id, name, name_source, name_as_of)
       select $1, n::text, 'import', now() from generate_series(1, $2::int) n returning id, name
     )
     insert into contact_identities (workspace_id, contact_id, phone, phone_normalized, source)
     select $1, id, concat('62812', 10000000 + name::int), concat('+62812', 10000000 + name::int), 'import' from made`,
    [workspaceId, people],
  )
  await admin.query(
    `with told as (
       select gen_random_uuid() as id, n, k from generate_series(1, $3::int) n cross join generate_series(1, 2) k
     ), kept as (
       insert into webhook_deliveries (id, workspace_id, endpoint_id, body) select id, $1, $2, '\\x7b7d' from told
     )
     insert into webhook_events
       (workspace_id, event_id, delivery_id, item_index, name, subject_key, status, processed_at)
     select $1, concat(n, '-', k), id, 0, 'whatsapp.message.received', n, 'processed', now() from told`,
    [workspaceId, endpointId, people],
  )
  await admin.query('vacuum analyze')
}, 120_000)

afterAll(async () => {
  await worker.destroy()
  await admin.end()
  await database.drop()
})

interface PlanNode {
  'Node Type': string
  'Relation Name'?: string
  'Actual Rows': number
  'Actual Loops': number
  'Rows Removed by Filter'?: number
  Plans?: PlanNode[]
}

const flatten = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(flatten)]

/** What is looked at by the queries that `work` sends: rows by table, and tables that are walked whole. */
async function look(work: (database: Database) => Promise<unknown>): Promise<string[]> {
  executed = []
  await work(worker as unknown as Database)
  const wrong: string[] = []
  for (const { sql, parameters } of executed) {
    const { rows } = await admin.query<{ 'QUERY PLAN': { Plan: PlanNode }[] }>(
      `explain (analyze, format json) ${sql}`,
      [...parameters],
    )
    for (const node of rows[0]?.['QUERY PLAN'].flatMap(({ Plan }) => flatten(Plan)) ?? []) {
      const table = node['Relation Name']
      if (table === undefined) continue
      const seen = (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']
      if (node['Node Type'] === 'Seq Scan' && seen > 100) wrong.push(`${table} is walked`)
      else if (seen > mostRows) wrong.push(`${String(seen)} rows of ${table}`)
    }
  }
  expect(executed.length).toBeGreaterThan(0)
  return wrong
}

const senders = Array.from({ length: 100 }, (_, n) => String(n * 7 + 1))

const span = (): RetractionSpan => ({
  endpointId: workspace.endpointId,
  secretId: null,
  from: new Date(Date.now() - 3_600_000).toISOString(),
  to: new Date(Date.now() + 3_600_000).toISOString(),
})

test.each<[string, (database: Database) => Promise<unknown>]>([
  [
    'what else was told of some senders',
    (trx) => findOtherEvents(trx, workspace.workspaceId, { ...span(), endpointId: randomUUID() }, senders),
  ],
  ['who told of some senders', (trx) => findTellers(trx, workspace.workspaceId, span(), senders)],
  [
    'the next spellings that may be another number',
    async (trx) => {
      const { last } = await listNextSuspects(trx, workspace.workspaceId, leastId, 500)
      return listNextSuspects(trx, workspace.workspaceId, last ?? leastId, 500)
    },
  ],
])('a batch looks for %s without a walk over all there is', async (_, work) => {
  expect(await look(work)).toEqual([])
})
