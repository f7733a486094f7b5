import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { settleAlarms } from '../../src/lib/server/database/webhook-watch.ts'
import { recordFindings, resolveFindings } from '../../src/lib/server/database/sync-findings.ts'
import { watchWebhooks } from '../../src/lib/server/jobs/watch-webhooks.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startPipeline, type Pipeline } from '../support/pipeline.ts'
import { queryOnce } from '../support/query.ts'
import { makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let pipeline: Pipeline
let workspace: TestWorkspace
let other: TestWorkspace

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
})

beforeEach(async () => {
  workspace = await makeWorkspace(database.adminUrl)
  other = await makeWorkspace(database.adminUrl)
})

afterAll(async () => {
  await pipeline.close()
  await database.drop()
})

const watch = () => watchWebhooks(pipeline.asSystem, new AbortController().signal)

const alarmsOf = ({ workspaceId }: TestWorkspace) =>
  queryOnce<{ kind: string; is_open: boolean }>(
    database.adminUrl,
    'select kind, resolved_at is null as is_open from alarms where workspace_id = $1 order by kind, opened_at',
    [workspaceId],
  )

/** Writes counts of the last `hours` hours, as the door and the job leave them. */
async function fillHours(
  { workspaceId, endpointId }: TestWorkspace,
  table: 'webhook_hours' | 'webhook_duplicates' | 'webhook_refusals',
  { from, until, count }: { from: number; until: number; count: number },
): Promise<void> {
  const columns = {
    webhook_hours: `(workspace_id, endpoint_id, hour, deliveries, items, processed, ignored, quarantined, failed,
      last_received_at) select $1::uuid, $2::uuid, h, $3::int, $3::int, 0, 0, 0, 0, h`,
    webhook_duplicates: `(workspace_id, event_name, hour, duplicates)
      select $1::uuid, 'whatsapp.message.received' || left($2::text, 0), h, $3::int`,
    webhook_refusals: `(workspace_id, endpoint_id, hour, wrong_signatures, not_stored)
      select $1::uuid, $2::uuid, h, $3::int, 0`,
  }
  await queryOnce(
    database.adminUrl,
    `insert into ${table} ${columns[table]}
     from generate_series(date_trunc('hour', now()) - make_interval(hours => $4),
       date_trunc('hour', now()) - make_interval(hours => $5), interval '1 hour') h`,
    [workspaceId, endpointId, count, from, until],
  )
}

describe('each minute', () => {
  test('a spike of duplicates rings in its workspace alone, and ends when it is over', async () => {
    for (const one of [workspace, other]) {
      await fillHours(one, 'webhook_duplicates', { from: 100, until: 2, count: 10 })
    }
    await fillHours(workspace, 'webhook_duplicates', { from: 0, until: 0, count: 51 })
    await fillHours(other, 'webhook_duplicates', { from: 0, until: 0, count: 50 })
    await watch()
    expect(await alarmsOf(workspace)).toEqual([{ kind: 'duplicates_spike', is_open: true }])
    expect(await alarmsOf(other)).toEqual([])
    await queryOnce(
      database.adminUrl,
      `delete from webhook_duplicates where hour > now() - interval '1 hour'`,
    )
    await watch()
    expect(await alarmsOf(workspace)).toEqual([{ kind: 'duplicates_spike', is_open: false }])
  })

  test('silence rings where the week had deliveries at that time', async () => {
    await fillHours(workspace, 'webhook_hours', { from: 190, until: 4, count: 5 })
    await fillHours(other, 'webhook_hours', { from: 190, until: 0, count: 5 })
    await watch()
    expect(await alarmsOf(workspace)).toEqual([{ kind: 'silence', is_open: true }])
    expect(await alarmsOf(other)).toEqual([])
  })

  test('thresholds of the workspace hold', async () => {
    for (const one of [workspace, other]) {
      await fillHours(one, 'webhook_refusals', { from: 0, until: 0, count: 30 })
    }
    await queryOnce(
      database.adminUrl,
      'insert into webhook_settings (workspace_id, wrong_signatures_per_hour) values ($1, 31)',
      [other.workspaceId],
    )
    await watch()
    expect(await alarmsOf(workspace)).toEqual([{ kind: 'wrong_signatures', is_open: true }])
    expect(await alarmsOf(other)).toEqual([])
  })

  test('an item that waits for a person for too long rings until it is done', async () => {
    await queryOnce(
      database.adminUrl,
      `with delivery as (
         insert into webhook_deliveries (id, workspace_id, endpoint_id) values (gen_random_uuid(), $1, $2) returning id
       )
       insert into webhook_events (workspace_id, event_id, delivery_id, item_index, name, subject_key, status, received_at)
       select $1, 'stuck', id, 0, 'whatsapp.message.received', 0, 'quarantined', now() - interval '20 minutes' from delivery`,
      [workspace.workspaceId, workspace.endpointId],
    )
    await watch()
    expect(await alarmsOf(workspace)).toEqual([{ kind: 'unattended', is_open: true }])
    await queryOnce(
      database.adminUrl,
      `update webhook_events set status = 'processed' where workspace_id = $1`,
      [workspace.workspaceId],
    )
    await watch()
    expect(await alarmsOf(workspace)).toEqual([{ kind: 'unattended', is_open: false }])
  })

  test('a webhook that Kapso has paused rings until it is active again, and rings anew when it is paused anew', async () => {
    const { workspaceId, endpointId } = workspace
    const find = () =>
      pipeline.asSystem((handle) =>
        recordFindings(handle, workspaceId, [
          { kind: 'paused_webhook', subjectId: endpointId, details: { reason: 'paused' } },
        ]),
      )
    const end = () =>
      pipeline.asSystem((handle) => resolveFindings(handle, workspaceId, 'paused_webhook', [endpointId]))
    await find()
    await watch()
    await end()
    await watch()
    expect(await alarmsOf(workspace)).toEqual([{ kind: 'webhook_paused', is_open: false }])
    await find()
    await watch()
    expect(await alarmsOf(workspace)).toEqual([
      { kind: 'webhook_paused', is_open: false },
      { kind: 'webhook_paused', is_open: true },
    ])
  })
})

test('an alarm that rings on keeps its beginning and gets the newest counts; unchanged, it is not written', async () => {
  const { workspaceId, endpointId } = workspace
  const ring = (count: number) =>
    pipeline.asSystem((handle) =>
      settleAlarms(handle, workspaceId, [{ kind: 'not_stored', subjectId: endpointId, details: { count } }]),
    )
  const read = async () => {
    const [row] = await queryOnce<{ opened_at: Date; count: number; version: string }>(
      database.adminUrl,
      `select opened_at, (details ->> 'count')::int as count, xmin::text || ctid::text as version from alarms
       where workspace_id = $1`,
      [workspaceId],
    )
    return row
  }
  await ring(1)
  const first = await read()
  await ring(1)
  expect(await read()).toEqual(first)
  await ring(2)
  expect(await read()).toMatchObject({ opened_at: first?.opened_at, count: 2 })
})

test('two workers that watch at the same time open an alarm once', async () => {
  await fillHours(workspace, 'webhook_refusals', { from: 0, until: 0, count: 99 })
  await Promise.all([watch(), watch(), watch()])
  expect(await alarmsOf(workspace)).toEqual([{ kind: 'wrong_signatures', is_open: true }])
})
