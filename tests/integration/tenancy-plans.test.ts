import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAsMember, type Database } from '../../src/lib/server/database/database.ts'
import { findChanges } from '../../src/lib/server/database/inbox-changes.ts'
import { countUnread, findConversation, listConversations } from '../../src/lib/server/database/inbox-list.ts'
import { listMessages } from '../../src/lib/server/database/inbox-thread.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { explainAs, type PlanNode, type Query } from '../support/tenancy/explain.ts'
import { fillTenant } from '../support/tenancy/fill-tenant.ts'
import { buildTenant, type Tenant } from '../support/tenancy/tenant.ts'

/** The cursor of somebody who was here a moment ago: a few rows changed since. */
const recentCursor = String(1_000_000 - 20)
/** Rows that may be looked at for one page of 50. */
const mostRows = 1_000

let database: TestDatabase
let admin: pg.Client
let big: Tenant
let small: Tenant
let web: Kysely<DB>
let executed: Query[]

beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Client(database.adminUrl)
  await admin.connect()
  big = await buildTenant(admin)
  small = await buildTenant(admin)
  await fillTenant(admin, big, 20_000)
  await fillTenant(admin, small, 200)
  await admin.query('vacuum analyze')
  executed = []
  web = new Kysely<DB>({
    dialect: new PostgresDialect({
      pool: createPool({ connectionString: database.webUrl, applicationName: 'test web', max: 1 }),
    }),
    log: ({ query }) => void executed.push(query),
  })
})

afterAll(async () => {
  await web.destroy()
  await admin.end()
  await database.drop()
})

/** The queries that `work` sends as a member, with how Postgres runs them. */
async function explain(
  tenant: Tenant,
  work: (database: Database) => Promise<unknown>,
): Promise<PlanNode[][]> {
  const userId = tenant.people.agent
  const asMember = createAsMember(web, () => Promise.resolve())
  executed = []
  await asMember({ sub: userId, exp: 4_102_444_800 }, work)
  const queries = executed.filter(({ sql }) => /\bfrom (public\.|")/.test(sql))
  expect(queries.length).toBeGreaterThan(0)
  const plans: PlanNode[][] = []
  for (const query of queries) plans.push(await explainAs(admin, userId, query))
  return plans
}

/** What is wrong with a plan, in words. */
function judge(nodes: PlanNode[]): string[] {
  return nodes.flatMap((node) => {
    const name = `${node['Node Type']} on ${node['Relation Name'] ?? 'nothing'}`
    const rows = (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']
    return [
      ...(node['Node Type'] === 'Seq Scan' && isLarge(node['Relation Name']) ? [name] : []),
      ...(isLarge(node['Relation Name']) && rows > mostRows ? [`${name}: ${rows} rows`] : []),
      // Whose workspaces they are is asked once per statement.
      ...(node['Parent Relationship'] === 'SubPlan' && node['Actual Loops'] > 1
        ? [`${name}: asked ${node['Actual Loops']} times`]
        : []),
    ]
  })
}

function isLarge(table: string | undefined): boolean {
  return ['messages', 'conversations', 'conversation_reads', 'contacts', 'contact_identities'].includes(
    table ?? '',
  )
}

async function firstConversation(tenant: Tenant): Promise<string> {
  const { rows } = await admin.query<{ id: string }>(
    'select id from conversations where workspace_id = $1 order by last_activity_at desc limit 1',
    [tenant.workspaceId],
  )
  return rows[0]?.id ?? ''
}

const reads: Record<
  string,
  (database: Database, tenant: Tenant, conversationId: string) => Promise<unknown>
> = {
  'the newest conversations': (member, tenant) => listConversations(member, inboxOf(tenant)),
  'a later page of conversations': async (member, tenant) => {
    const { nextBefore } = await listConversations(member, inboxOf(tenant))
    expect(nextBefore).not.toBeNull()
    executed = []
    await listConversations(member, inboxOf(tenant), nextBefore)
  },
  'one conversation': (member, tenant, id) => findConversation(member, inboxOf(tenant), id),
  'the newest messages': (member, tenant, id) => listMessages(member, tenant.workspaceId, id),
  'earlier messages': async (member, tenant, id) => {
    const { nextBefore } = await listMessages(member, tenant.workspaceId, id, null, 5)
    expect(nextBefore).not.toBeNull()
    executed = []
    await listMessages(member, tenant.workspaceId, id, nextBefore)
  },
}

function inboxOf(tenant: Tenant) {
  return { workspaceId: tenant.workspaceId, userId: tenant.people.agent }
}

describe.each(['big', 'small'])('in a %s workspace', (size) => {
  const find = () => (size === 'big' ? big : small)

  test.each(Object.keys(reads))('%s are found by index', async (name) => {
    const tenant = find()
    const conversationId = await firstConversation(tenant)
    const plans = await explain(tenant, async (member) => reads[name]?.(member, tenant, conversationId))
    expect(plans.map(judge)).toEqual([[]])
    expect(JSON.stringify(plans)).toContain('workspace_id')
  })

  test('what changed is found by index', async () => {
    const tenant = find()
    const conversationId = await firstConversation(tenant)
    const plans = await explain(tenant, async (member) => {
      await findChanges(member, inboxOf(tenant), recentCursor, conversationId)
      // What is unread is summed over all conversations of the workspace; see below.
      executed = executed.filter(({ sql }) => !/\bsum\(/.test(sql))
    })
    expect(plans.map(judge)).toEqual([[]])
  })
})

test('the unread messages of a small workspace are counted without looking at the big one', async () => {
  const plans = await explain(small, (member) => countUnread(member, inboxOf(small)))
  expect(plans.map(judge)).toEqual([[]])
})

test('a plan without indexes is seen', async () => {
  await admin.query('set enable_indexscan = off; set enable_indexonlyscan = off; set enable_bitmapscan = off')
  const plans = await explain(small, (member) => listConversations(member, inboxOf(small)))
  await admin.query('reset enable_indexscan; reset enable_indexonlyscan; reset enable_bitmapscan')
  expect(plans.flatMap(judge)).toEqual(
    expect.arrayContaining(['Seq Scan on conversations', 'Seq Scan on messages']) as string[],
  )
})
