import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { dropOldBodies, dropOldCounts } from '../../src/lib/server/jobs/drop-old-bodies.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startPipeline, type Pipeline } from '../support/pipeline.ts'
import { queryOnce } from '../support/query.ts'
import { makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let pipeline: Pipeline

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
})

afterAll(async () => {
  await pipeline.close()
  await database.drop()
})

async function openShop(createdDaysAgo = 100): Promise<TestWorkspace> {
  const workspace = await makeWorkspace(database.adminUrl)
  await queryOnce(
    database.adminUrl,
    'update workspaces set created_at = now() - make_interval(days => $2) where id = $1',
    [workspace.workspaceId, createdDaysAgo],
  )
  return workspace
}

/** Deliveries of so many days ago, each with one item of that status. */
async function addDeliveries(
  { workspaceId, endpointId }: TestWorkspace,
  { days, status = 'processed', count = 1 }: { days: number; status?: string; count?: number },
): Promise<void> {
  await queryOnce(
    database.adminUrl,
    `with delivery as (
       insert into webhook_deliveries (id, workspace_id, endpoint_id, body, received_at)
       select gen_random_uuid(), $1, $2, '{}', now() - make_interval(days => $3) from generate_series(1, $5::int)
       returning id, received_at
     )
     insert into webhook_events (workspace_id, event_id, delivery_id, item_index, name, subject_key, status, received_at)
     select $1, gen_random_uuid()::text, id, 0, 'whatsapp.message.received', 0, $4::webhook_event_status, received_at
     from delivery`,
    [workspaceId, endpointId, days, status, count],
  )
}

/** Days of age of the deliveries that still have a body, with how many there are. */
async function bodiesOf({ workspaceId }: TestWorkspace): Promise<Record<string, number>> {
  const rows = await queryOnce<{ days: number; count: number }>(
    database.adminUrl,
    `select round(extract(epoch from now() - received_at) / 86400)::int as days, count(*)::int as count
     from webhook_deliveries where workspace_id = $1 and body is not null group by 1 order by 1`,
    [workspaceId],
  )
  return Object.fromEntries(rows.map(({ days, count }) => [String(days), count]))
}

const drop = (mostRows?: number) => dropOldBodies(pipeline.asSystem, new AbortController().signal, mostRows)

test('bodies go after thirty days, or after as many as the workspace wants; the ledger stays', async () => {
  const [usual, short, long] = [await openShop(), await openShop(), await openShop()]
  for (const [workspace, days] of [
    [short, 3],
    [long, 60],
  ] as const) {
    await queryOnce(
      database.adminUrl,
      'insert into webhook_settings (workspace_id, body_days) values ($1, $2)',
      [workspace.workspaceId, days],
    )
  }
  for (const workspace of [usual, short, long]) {
    for (const days of [1, 5, 29, 40, 70]) await addDeliveries(workspace, { days })
  }
  expect(await drop()).toBe(2 + 4 + 1)
  expect(await bodiesOf(usual)).toEqual({ 1: 1, 5: 1, 29: 1 })
  expect(await bodiesOf(short)).toEqual({ 1: 1 })
  expect(await bodiesOf(long)).toEqual({ 1: 1, 5: 1, 29: 1, 40: 1 })
  const [ledger] = await queryOnce<{ events: number; deliveries: number }>(
    database.adminUrl,
    `select (select count(*)::int from webhook_events where workspace_id = $1) as events,
       (select count(*)::int from webhook_deliveries where workspace_id = $1) as deliveries`,
    [usual.workspaceId],
  )
  expect(ledger).toEqual({ events: 5, deliveries: 5 })
  expect(await drop()).toBe(0)
})

test('what is not finished keeps its body until it is', async () => {
  const workspace = await openShop()
  for (const [status, days] of [
    ['pending', 40],
    ['quarantined', 41],
    ['failed', 42],
    ['ignored', 43],
  ] as const) {
    await addDeliveries(workspace, { days, status })
  }
  await drop()
  expect(await bodiesOf(workspace)).toEqual({ 40: 1, 41: 1, 42: 1 })
  await drop()
  expect(await bodiesOf(workspace)).toEqual({ 40: 1, 41: 1, 42: 1 })
  await queryOnce(
    database.adminUrl,
    `update webhook_events set status = 'processed' where workspace_id = $1 and status in ('pending', 'failed')`,
    [workspace.workspaceId],
  )
  await drop()
  expect(await bodiesOf(workspace)).toEqual({ 41: 1 })
})

test('goes in small transactions, and around rows that somebody else holds', async () => {
  const workspace = await openShop()
  await addDeliveries(workspace, { days: 50, count: 25 })
  const holder = new pg.Client(database.adminUrl)
  await holder.connect()
  try {
    await holder.query('begin')
    await holder.query(
      `select from webhook_deliveries where id in
         (select id from webhook_deliveries where workspace_id = $1 order by id limit 3) for update`,
      [workspace.workspaceId],
    )
    expect(await drop(10)).toBe(22)
    const versions = await queryOnce<{ rows: number }>(
      database.adminUrl,
      `select count(*)::int as rows from webhook_deliveries where workspace_id = $1 and body is null
       group by xmin::text order by 1 desc`,
      [workspace.workspaceId],
    )
    expect(versions.map(({ rows }) => rows)).toEqual([10, 10, 2])
  } finally {
    await holder.query('rollback')
    await holder.end()
  }
  expect(await drop(10)).toBe(3)
  expect(await bodiesOf(workspace)).toEqual({})
})

test('several workers at once drop everything once', async () => {
  const workspace = await openShop()
  await addDeliveries(workspace, { days: 33, count: 40 })
  await addDeliveries(workspace, { days: 35, count: 40 })
  await Promise.all([drop(7), drop(7), drop(7)])
  await drop(7)
  expect(await bodiesOf(workspace)).toEqual({})
})

test('stops when it is told to', async () => {
  const workspace = await openShop()
  await addDeliveries(workspace, { days: 50 })
  expect(await dropOldBodies(pipeline.asSystem, AbortSignal.abort())).toBe(0)
  expect(await bodiesOf(workspace)).toEqual({ 50: 1 })
})

test('counts, ended alarms and ended findings go after four hundred days, open ones never', async () => {
  const { workspaceId, endpointId } = await openShop()
  for (const days of [399, 401]) {
    await queryOnce(
      database.adminUrl,
      `with at as (select now() - make_interval(days => $3) as at),
       hours as (
         insert into webhook_hours (workspace_id, endpoint_id, hour, deliveries, items, processed, ignored, quarantined,
           failed, last_received_at) select $1, $2, at, 1, 1, 1, 0, 0, 0, at from at
       ), duplicates as (
         insert into webhook_duplicates (workspace_id, event_name, hour, duplicates) select $1, 'x', at, 1 from at
       ), refusals as (
         insert into webhook_refusals (workspace_id, endpoint_id, hour, wrong_signatures, not_stored)
         select $1, $2, at, 1, 0 from at
       ), ended as (
         insert into alarms (workspace_id, kind, subject_id, opened_at, resolved_at)
         select $1, 'silence', $2, at, at from at
       ), findings as (
         insert into sync_health (workspace_id, kind, subject_id, detected_at, resolved_at)
         select $1, 'missing_message', $3::text, at, at from at
       )
       select`,
      [workspaceId, endpointId, days],
    )
  }
  await queryOnce(
    database.adminUrl,
    `insert into alarms (workspace_id, kind, subject_id, opened_at) values ($1, 'silence', $2, now() - interval '500 days')`,
    [workspaceId, endpointId],
  )
  await dropOldCounts(pipeline.asSystem, new AbortController().signal, 1)
  const [left] = await queryOnce(
    database.adminUrl,
    `select (select count(*)::int from webhook_hours where workspace_id = $1) as hours,
       (select count(*)::int from webhook_duplicates where workspace_id = $1) as duplicates,
       (select count(*)::int from webhook_refusals where workspace_id = $1) as refusals,
       (select count(*)::int from alarms where workspace_id = $1) as alarms,
       (select count(*)::int from sync_health where workspace_id = $1) as findings`,
    [workspaceId],
  )
  expect(left).toEqual({ hours: 1, duplicates: 1, refusals: 1, alarms: 2, findings: 1 })
})
