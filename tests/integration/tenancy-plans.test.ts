import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createAsMember, type Database } from '../../src/lib/server/database/database.ts'
import { findChanges } from '../../src/lib/server/database/inbox-changes.ts'
import { inboxViews, listSorts } from '../../src/lib/domain/inbox-views.ts'
import type { ListFilter } from '../../src/lib/domain/inbox.ts'
import { countInbox, countLists } from '../../src/lib/server/database/inbox-counts.ts'
import { findConversation, listConversations } from '../../src/lib/server/database/inbox-list.ts'
import { openInbox } from '../../src/lib/server/database/inbox-setup.ts'
import { listMessages, openThread } from '../../src/lib/server/database/inbox-thread.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { explainAs, type PlanNode, type Query } from '../support/tenancy/explain.ts'
import { commonLabelId, fillTenant, rareLabelId } from '../support/tenancy/fill-tenant.ts'
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
  plan: 'fresh' | 'kept' = 'fresh',
): Promise<PlanNode[][]> {
  const userId = tenant.people.agent
  const asMember = createAsMember(web, () => Promise.resolve())
  executed = []
  await asMember({ sub: userId, exp: 4_102_444_800 }, work)
  const queries = executed.filter(({ sql }) => /\bfrom (public\.|")/.test(sql))
  expect(queries.length).toBeGreaterThan(0)
  const plans: PlanNode[][] = []
  for (const query of queries) plans.push(await explainAs(admin, userId, query, plan))
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
      // Whose workspaces they are is asked once per statement, and of no row whether it may be seen: this member sees all.
      ...(node['Parent Relationship'] === 'SubPlan' && node['Actual Loops'] > (isQuestion(node) ? 0 : 1)
        ? [`${name}: asked ${node['Actual Loops']} times`]
        : []),
    ]
  })
}

/** `(select private.can_see_...(...))` of a policy. */
function isQuestion(node: PlanNode): boolean {
  return node['Node Type'] === 'Result' && node.Plans === undefined
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
    await listConversations(member, inboxOf(tenant), { before: nextBefore })
  },
  'one conversation': (member, tenant, id) => findConversation(member, inboxOf(tenant), id),
  'the newest messages': (member, tenant, id) => listMessages(member, tenant.workspaceId, id),
  'earlier messages': async (member, tenant, id) => {
    const { nextBefore } = await listMessages(member, tenant.workspaceId, id, 'newest', 5)
    expect(nextBefore).not.toBeNull()
    executed = []
    await listMessages(member, tenant.workspaceId, id, { before: nextBefore ?? '' })
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
    })
    expect(plans.map(judge)).toEqual([[]])
  })
})

test('a small workspace is counted without looking at the big one', async () => {
  const plans = await explain(small, (member) => countInbox(member, inboxOf(small)))
  expect(plans.map(judge)).toEqual([[], []])
})

/** What a list may be narrowed by: often true, rarely true, never true. */
const narrowings: Record<string, (tenant: Tenant) => Omit<ListFilter, 'view'>> = {
  nothing: () => ({}),
  'what is unread': () => ({ unread: true }),
  'a common label': () => ({ labelId: commonLabelId }),
  'a rare label': () => ({ labelId: rareLabelId }),
  'a team': ({ teamId }) => ({ teamId }),
  'another assignee': ({ people }) => ({ assigneeId: people.owner }),
  'a channel': ({ channelId }) => ({ channelId }),
  'a channel without conversations': ({ workspaceId }) => ({ channelId: workspaceId }),
  'a common lead status': () => ({ leadStatus: 'customer' }),
  'a rare lead status': () => ({ leadStatus: 'spam' }),
  everything: ({ teamId, channelId, people }) => ({
    channelId,
    teamId,
    labelId: commonLabelId,
    assigneeId: people.agent,
    leadStatus: 'customer',
    unread: true,
  }),
}

describe.each(inboxViews)('the list %s of a big workspace', (view) => {
  test.each(Object.keys(narrowings))('narrowed by %s is found by index, in every order', async (name) => {
    for (const sort of listSorts) {
      const filter = { view, ...narrowings[name]?.(big) }
      const list = (member: Database) => listConversations(member, inboxOf(big), { filter, sort })
      const plans = [...(await explain(big, list)), ...(await explain(big, list, 'kept'))]
      expect({ sort, scans: plans.flatMap(findScans) }).toEqual({ sort, scans: [] })
    }
  })
})

test.each(['open', 'mine', 'unassigned', 'pending', 'snoozed', 'closed', 'closing'] as const)(
  'a page of the list %s looks at hardly more rows than it shows',
  async (view) => {
    for (const plan of ['fresh', 'kept'] as const) {
      const plans = await explain(
        big,
        (member) => listConversations(member, inboxOf(big), { filter: { view }, sort: 'newest' }),
        plan,
      )
      expect({ plan, found: plans.map(judge) }).toEqual({ plan, found: [[]] })
    }
  },
)

test('counting stops at a thousand', async () => {
  const asMember = createAsMember(web, () => Promise.resolve())
  const claims = { sub: big.people.agent, exp: 4_102_444_800 }
  const { views } = await asMember(claims, (member) => countInbox(member, inboxOf(big)))
  expect(views).toMatchObject({ open: 1000, closed: 1000, mine: 1000 })
  expect(views.closing).toBeLessThan(200)
})

test('those that wait longest are read in their order', async () => {
  const plans = await explain(big, (member) => listConversations(member, inboxOf(big), { sort: 'waiting' }))
  expect(plans.map(judge)).toEqual([[]])
  expect(JSON.stringify(plans)).toContain('conversations_waiting')
})

test('lists are counted, and opened, by index', async () => {
  const conversationId = await firstConversation(big)
  const savedViews = Object.values(narrowings).map((narrow, place) => ({
    id: String(place),
    filter: { view: 'open' as const, ...narrow(big) },
  }))
  for (const plan of ['fresh', 'kept'] as const) {
    const works: ((member: Database) => Promise<unknown>)[] = [
      (member) => countLists(member, inboxOf(big), savedViews),
      (member) => openInbox(member, inboxOf(big)),
      (member) => openThread(member, inboxOf(big), conversationId),
      (member) => findChanges(member, inboxOf(big), recentCursor, conversationId),
    ]
    for (const work of works) {
      const plans = await explain(big, work, plan)
      expect(plans.flatMap(findScans)).toEqual([])
    }
  }
})

/** Narrowing a list that holds few of what is asked for looks through it, but by its index. */
function findScans(nodes: PlanNode[]): string[] {
  return judge(nodes).filter((complaint) => complaint.startsWith('Seq Scan') || complaint.endsWith('times'))
}

test('a plan without indexes is seen', async () => {
  await admin.query('set enable_indexscan = off; set enable_indexonlyscan = off; set enable_bitmapscan = off')
  const plans = await explain(small, (member) => listConversations(member, inboxOf(small)))
  await admin.query('reset enable_indexscan; reset enable_indexonlyscan; reset enable_bitmapscan')
  expect(plans.flatMap(judge)).toEqual(
    expect.arrayContaining(['Seq Scan on conversations', 'Seq Scan on messages']) as string[],
  )
})
