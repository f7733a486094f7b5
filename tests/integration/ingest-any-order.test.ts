import { randomInt } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readCanonicalRows } from '../support/canonical-rows.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { history, phoneNumberIds, type GeneratedEvent } from '../support/generated-history.ts'
import { sign, type SignedDelivery } from '../support/kapso-bodies.ts'
import { applyAsJob, startPipeline, type Pipeline } from '../support/pipeline.ts'
import { runAs } from '../support/run-as.ts'
import { makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let pipelines: [Pipeline, Pipeline]

beforeAll(async () => {
  database = await createTestDatabase()
  pipelines = [await startPipeline(database), await startPipeline(database)]
})

afterAll(async () => {
  await Promise.all(pipelines.map((pipeline) => pipeline.close()))
  await database.drop()
})

/** How a history reaches us: everything that Kapso and the network may do to it. */
interface Arrival {
  /** For each event: its place among the others, how many more copies of it come, and whether it comes in batches. */
  events: { place: number; copies: number; batch: boolean }[]
  /** After so many deliveries the worker gets to work; then so many more; and so on. */
  cuts: number[]
  /** Whether batches are repeated one by one, under new keys, as Kapso does when it got no answer. */
  fallsBack: boolean
}

const arrival: fc.Arbitrary<Arrival> = fc.record({
  events: fc.array(
    fc.record({
      place: fc.nat({ max: 1000 }),
      copies: fc.constantFrom(0, 0, 0, 1, 2),
      batch: fc.boolean(),
    }),
    { minLength: 14, maxLength: 14 },
  ),
  cuts: fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 6 }),
  fallsBack: fc.boolean(),
})

/** Time for this test, shrinking of a counter-example included, in milliseconds. */
const timeLimit = Number(process.env['ANY_ORDER_MS'] ?? 10_000)
const seed = Number(process.env['ANY_ORDER_SEED'] ?? randomInt(2 ** 31))

test(`any order, duplication, batching and concurrency ends in the same rows (seed ${String(seed)})`, async () => {
  let runs = 0
  await fc.assert(
    fc.asyncProperty(history, arrival, async (events, how) => {
      runs += 1
      const sorted = await makeTwoNumbers()
      for (const event of sortedUnique(events)) await deliver(sorted, pipelines[0], single(sorted, event))
      await settle(sorted)

      const shuffled = await makeTwoNumbers()
      await arrive(shuffled, events, how)

      const expected = await readCanonicalRows(database.adminUrl, sorted.workspaceId)
      const actual = await readCanonicalRows(database.adminUrl, shuffled.workspaceId)
      expect(actual).toEqual(expected)
      expect(actual['sync_failures']).toEqual([])
    }),
    { seed, numRuns: 1000, interruptAfterTimeLimit: timeLimit, markInterruptAsFailure: false },
  )
  expect(runs).toBeGreaterThan(5)
}, 120_000)

async function makeTwoNumbers(): Promise<TestWorkspace> {
  const workspace = await makeWorkspace(database.adminUrl, { phoneNumberId: phoneNumberIds[0] })
  await runAs(
    database.adminUrl,
    `insert into channels (workspace_id, name, phone_number_id, identity_scope) values ($1, 'Service', $2, 'account')`,
    [workspace.workspaceId, phoneNumberIds[1]],
  )
  return workspace
}

/** Each event once, in the order in which it happened as far as the bodies tell. */
function sortedUnique(events: GeneratedEvent[]): GeneratedEvent[] {
  return [...events].sort((one, other) => one.at - other.at)
}

function single(workspace: TestWorkspace, { name, body }: GeneratedEvent): SignedDelivery {
  return sign(name, body, workspace.secret)
}

async function arrive(workspace: TestWorkspace, events: GeneratedEvent[], how: Arrival): Promise<void> {
  const deliveries = toDeliveries(workspace, events, how)
  const cuts = [...how.cuts]
  while (deliveries.length > 0) {
    const next = deliveries.splice(0, cuts.shift() ?? deliveries.length)
    await Promise.all(next.map((one, index) => deliver(workspace, pipelines[index % 2 === 0 ? 0 : 1], one)))
    await workTogether(workspace)
  }
  await settle(workspace)
}

function toDeliveries(workspace: TestWorkspace, events: GeneratedEvent[], how: Arrival): SignedDelivery[] {
  const items = events.flatMap((event, index) => {
    const { place = 0, copies = 0, batch = false } = how.events[index] ?? {}
    return Array.from({ length: copies + 1 }, (_, copy) => ({
      event,
      batch,
      place: (place * (copy * 7 + 1)) % 1001,
    }))
  })
  const inOrder = items.sort((one, other) => one.place - other.place)
  const batches = Map.groupBy(
    inOrder.filter(({ batch }) => batch),
    ({ event }) => event.name,
  )
  const singles = inOrder
    .filter(({ batch }) => !batch || how.fallsBack)
    .map(({ event, place }) => ({ place, delivery: single(workspace, event) }))
  const batched = [...batches].map(([name, group]) => ({
    place: group[0]?.place ?? 0,
    delivery: sign(
      name,
      { type: name, batch: true, data: group.map(({ event }) => event.body) },
      workspace.secret,
    ),
  }))
  return [...singles, ...batched]
    .sort((one, other) => one.place - other.place)
    .map(({ delivery }) => delivery)
}

async function deliver(
  workspace: TestWorkspace,
  pipeline: Pipeline,
  delivery: SignedDelivery,
): Promise<void> {
  const status = await pipeline.deliver(workspace, delivery)
  if (status !== 200) throw new Error(`the door answered ${String(status)}`)
}

/** Two workers at the same time, each with its part of what is pending and some of the other's. */
async function workTogether(workspace: TestWorkspace): Promise<void> {
  const ids = await findPending(workspace)
  const half = Math.ceil(ids.length / 2)
  await Promise.all([
    apply(pipelines[0], workspace, ids.slice(0, half + 1)),
    apply(pipelines[1], workspace, ids.slice(half)),
  ])
}

async function settle(workspace: TestWorkspace): Promise<void> {
  await apply(pipelines[0], workspace, await findPending(workspace))
}

async function apply(pipeline: Pipeline, workspace: TestWorkspace, ids: number[]): Promise<void> {
  if (ids.length === 0) return
  await applyAsJob(pipeline, workspace.workspaceId, ids)
}

async function findPending(workspace: TestWorkspace): Promise<number[]> {
  const rows = await pipelines[0].kysely
    .selectFrom('webhook_events')
    .select('id')
    .where('workspace_id', '=', workspace.workspaceId)
    .where('status', '=', 'pending')
    .orderBy('id')
    .execute()
  return rows.map((row) => row.id)
}
