import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultWebhookSettings } from '../../src/lib/domain/webhook-settings.ts'
import { createAsMember, createDatabase, type AsMember } from '../../src/lib/server/database/database.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import {
  countOpenAlarms,
  listAlarms,
  listFindings,
  listHealthHours,
  listNumberHealth,
} from '../../src/lib/server/database/webhook-health.ts'
import {
  changeListComparison,
  changeWebhookSettings,
  findWebhookSettings,
} from '../../src/lib/server/database/webhook-settings.ts'
import { rollUpWebhookHours } from '../../src/lib/server/database/webhook-watch.ts'
import { runWhenDue, type ScheduledTask } from '../../src/lib/server/jobs/schedule.ts'
import { startWebHeartbeat } from '../../src/lib/server/web-heartbeat.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { receivedBody, sign } from '../support/kapso-bodies.ts'
import { silentLog, startPipeline, type Pipeline } from '../support/pipeline.ts'
import { queryOnce } from '../support/query.ts'
import { addMember, makeWorkspace, type TestWorkspace } from '../support/workspace.ts'
import { until } from './outbox-support.ts'

let database: TestDatabase
let pipeline: Pipeline
let web: Kysely<DB>
let asMember: AsMember

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
  web = createDatabase(pipeline.webPool)
  asMember = createAsMember(web, pipeline.queue.enqueue)
})

afterAll(async () => {
  await pipeline.close()
  await database.drop()
})

let sequence = 0
function deliver(workspace: TestWorkspace, copies = 1, change: (body: Buffer) => Buffer = (body) => body) {
  sequence += 1
  const body = receivedBody({
    wamid: `wamid.health${String(sequence)}`,
    phoneNumberId: workspace.phoneNumberId,
    phone: '6281200000100',
  })
  const delivery = sign('whatsapp.message.received', body, workspace.secret)
  return Promise.all(
    Array.from({ length: copies }, () =>
      pipeline.deliver(workspace, { ...delivery, body: change(delivery.body) }),
    ),
  )
}

const hoursOf = (workspace: TestWorkspace, claims = { sub: workspace.ownerId, exp: 0 }) =>
  asMember(claims, (handle) =>
    listHealthHours(handle, workspace.workspaceId, new Date(Date.now() - 86_400_000)),
  )

describe('what happened by hour', () => {
  test('deliveries, duplicates, wrong signatures and latency of one hour', async () => {
    const workspace = await makeWorkspace(database.adminUrl)
    await deliver(workspace)
    await deliver(workspace, 4)
    expect(await deliver(workspace, 3, (body) => Buffer.concat([body, Buffer.from(' ')]))).toEqual([
      401, 401, 401,
    ])
    await pipeline.applyAll(workspace)
    await queryOnce(
      database.adminUrl,
      `update webhook_events set processed_at = received_at + interval '250 milliseconds' where workspace_id = $1`,
      [workspace.workspaceId],
    )
    await pipeline.asSystem(rollUpWebhookHours)
    const hours = await until(async () => {
      const found = await hoursOf(workspace)
      return (
        found.some((one) => one.duplicates === 3) && found.some((one) => one.wrongSignatures === 3) && found
      )
    })
    const sum = (pick: (one: (typeof hours)[number]) => number) =>
      hours.reduce((total, one) => total + pick(one), 0)
    expect(sum((one) => one.deliveries)).toBe(2)
    expect(hours.map((one) => one.latencyP95Ms).filter((ms) => ms !== null)).toContain(250)
    const [row] = await queryOnce<{ items: number; processed: number }>(
      database.adminUrl,
      'select sum(items)::int as items, sum(processed)::int as processed from webhook_hours where workspace_id = $1',
      [workspace.workspaceId],
    )
    expect(row).toEqual({ items: 2, processed: 2 })
  })

  test('wrong signatures cost one row however many there are, and unknown endpoints none', async () => {
    const workspace = await makeWorkspace(database.adminUrl)
    const refused = () =>
      queryOnce<{ count: number; total: number }>(
        database.adminUrl,
        `select count(*)::int as count, coalesce(sum(wrong_signatures), 0)::int as total from webhook_refusals
         where workspace_id = $1`,
        [workspace.workspaceId],
      )
    await deliver(workspace, 30, () => Buffer.from('{}'))
    await deliver({ ...workspace, endpointId: randomUUID() }, 5, () => Buffer.from('{}'))
    await until(async () => (await refused())[0]?.total === 30)
    expect((await refused())[0]?.count).toBeLessThanOrEqual(2)
    const [all] = await queryOnce<{ others: number }>(
      database.adminUrl,
      'select count(*)::int as others from webhook_refusals r where not exists (select from webhook_endpoints e where e.id = r.endpoint_id)',
    )
    expect(all?.others).toBe(0)
  })

  test('is counted again as long as it changes, and takes up after a pause', async () => {
    const workspace = await makeWorkspace(database.adminUrl)
    const insert = (hoursAgo: number, status: string) =>
      queryOnce(
        database.adminUrl,
        `with delivery as (
           insert into webhook_deliveries (id, workspace_id, endpoint_id, received_at)
           values (gen_random_uuid(), $1, $2, now() - make_interval(hours => $3)) returning id, received_at
         )
         insert into webhook_events (workspace_id, event_id, delivery_id, item_index, name, subject_key, status, received_at)
         select $1, gen_random_uuid()::text, id, 0, 'whatsapp.message.received', 0, $4::webhook_event_status, received_at
         from delivery`,
        [workspace.workspaceId, workspace.endpointId, hoursAgo, status],
      )
    const counts = async () => {
      const rows = await queryOnce<{ ago: number; items: number; quarantined: number }>(
        database.adminUrl,
        `select round(extract(epoch from date_trunc('hour', now()) - hour) / 3600)::int as ago, items, quarantined
         from webhook_hours where workspace_id = $1 order by hour`,
        [workspace.workspaceId],
      )
      return rows.map(
        ({ ago, items, quarantined }) => `${String(ago)}: ${String(items)}/${String(quarantined)}`,
      )
    }
    await queryOnce(database.adminUrl, 'delete from private.webhook_hour_marks; delete from webhook_hours')
    await insert(5, 'pending')
    await insert(4, 'quarantined')
    await pipeline.asSystem(rollUpWebhookHours)
    expect(await counts()).toEqual(['5: 1/0', '4: 1/1'])
    await insert(3, 'pending')
    await insert(0, 'quarantined')
    await insert(0, 'pending')
    await queryOnce(
      database.adminUrl,
      `update webhook_events set status = 'processed', processed_at = now() where workspace_id = $1 and status = 'quarantined'
       and received_at < now() - interval '210 minutes'`,
      [workspace.workspaceId],
    )
    await pipeline.asSystem(rollUpWebhookHours)
    expect(await counts()).toEqual(['5: 1/0', '4: 1/0', '3: 1/0', '0: 2/1'])
  })

  test('what reconciliation put in is no delivery', async () => {
    const workspace = await makeWorkspace(database.adminUrl)
    await deliver(workspace)
    await queryOnce(
      database.adminUrl,
      `update webhook_events set source = 'repair' where workspace_id = $1`,
      [workspace.workspaceId],
    )
    await pipeline.asSystem(rollUpWebhookHours)
    expect(await hoursOf(workspace)).toEqual([])
  })
})

describe('who sees it', () => {
  test('owners and admins; agents and other tenants see nothing', async () => {
    const workspace = await makeWorkspace(database.adminUrl)
    const stranger = await makeWorkspace(database.adminUrl)
    await deliver(workspace)
    await pipeline.asSystem(rollUpWebhookHours)
    await queryOnce(
      database.adminUrl,
      `insert into alarms (workspace_id, kind, subject_id) values ($1, 'silence', $2)`,
      [workspace.workspaceId, workspace.endpointId],
    )
    await queryOnce(
      database.adminUrl,
      `insert into sync_health (workspace_id, kind, subject_id, details) values ($1, 'missing_message', 'x', '{"wamid": "w"}')`,
      [workspace.workspaceId],
    )
    const look = async (claims: { sub: string; exp: number }) =>
      asMember(claims, async (handle) => ({
        hours: (await listHealthHours(handle, workspace.workspaceId, new Date(0))).length,
        alarms: (await listAlarms(handle, workspace.workspaceId)).length,
        open: await countOpenAlarms(handle, workspace.workspaceId),
        findings: (await listFindings(handle, workspace.workspaceId, 10)).total,
        secrets: (await listNumberHealth(handle, workspace.workspaceId)).filter(
          (one) => one.secretSince !== null,
        ).length,
      }))
    const all = { hours: 1, alarms: 1, open: 1, findings: 1, secrets: 1 }
    const nothing = { hours: 0, alarms: 0, open: 0, findings: 0, secrets: 0 }
    expect(await look({ sub: workspace.ownerId, exp: 0 })).toEqual(all)
    expect(await look(await addMember(database.adminUrl, workspace.workspaceId, 'admin'))).toEqual(all)
    expect(await look(await addMember(database.adminUrl, workspace.workspaceId, 'agent'))).toEqual(nothing)
    expect(await look({ sub: stranger.ownerId, exp: 0 })).toEqual(nothing)
  })

  test('only owners and admins change what rings', async () => {
    const workspace = await makeWorkspace(database.adminUrl)
    const owner = { sub: workspace.ownerId, exp: 0 }
    const agent = await addMember(database.adminUrl, workspace.workspaceId, 'agent')
    const settings = { ...defaultWebhookSettings, silenceHours: 8, bodyDays: 90 }
    const read = () => asMember(owner, (handle) => findWebhookSettings(handle, workspace.workspaceId))
    const change = (claims: { sub: string; exp: number }, wanted = settings) =>
      asMember(claims, (handle) => changeWebhookSettings(handle, workspace.workspaceId, wanted))
    expect(await read()).toEqual(defaultWebhookSettings)
    await expect(change(agent)).rejects.toMatchObject({ code: '42501' })
    await change(owner, { ...settings, silenceHours: 4 })
    await change(owner)
    expect(await read()).toEqual(settings)
    await expect(change(owner, { ...settings, bodyDays: 0 })).rejects.toMatchObject({ code: '23514' })

    const compare = (claims: { sub: string; exp: number }) =>
      asMember(claims, (handle) =>
        changeListComparison(handle, workspace.workspaceId, workspace.channelId, {
          comparesLists: true,
          days: 3,
        }),
      )
    await expect(compare(agent)).rejects.toMatchObject({ code: 'not_allowed' })
    await compare(owner)
    const [number] = await asMember(owner, (handle) => listNumberHealth(handle, workspace.workspaceId))
    expect(number).toMatchObject({ comparesLists: true, compareDays: 3, state: null })
  })
})

describe('regular tasks', () => {
  const task = (name: string, run: ScheduledTask['run'], everySeconds = 3600): ScheduledTask => ({
    name,
    everySeconds,
    leaseSeconds: 3600,
    run,
  })
  const run = (one: ScheduledTask) =>
    runWhenDue({ asSystem: pipeline.asSystem, log: silentLog }, one, new AbortController().signal)

  test('run once per period however many workers ask', async () => {
    let runs = 0
    const count = task('once', () => {
      runs += 1
      return Promise.resolve()
    })
    await Promise.all(Array.from({ length: 8 }, () => run(count)))
    await run(count)
    expect(runs).toBe(1)
    await queryOnce(database.adminUrl, `update private.task_runs set due_at = now() where name = 'once'`)
    await Promise.all([run(count), run(count)])
    expect(runs).toBe(2)
  })

  test('are taken over from a worker that died, when its lease is over', async () => {
    let runs = 0
    const count = task('inherited', () => {
      runs += 1
      return Promise.resolve()
    })
    await queryOnce(
      database.adminUrl,
      `insert into private.task_runs (name, due_at, leased_until) values ('inherited', now(), now() + interval '1 hour')`,
    )
    await run(count)
    expect(runs).toBe(0)
    await queryOnce(
      database.adminUrl,
      `update private.task_runs set leased_until = now() - interval '1 second' where name = 'inherited'`,
    )
    await run(count)
    expect(runs).toBe(1)
  })

  test('that fail say so and come again in the next period', async () => {
    await run(task('broken', () => Promise.reject(new TypeError('with a secret'))))
    const [row] = await queryOnce<{ error: string; is_due_later: boolean; leased_until: Date | null }>(
      database.adminUrl,
      `select error, due_at > now() as is_due_later, leased_until from private.task_runs where name = 'broken'`,
    )
    expect(row).toEqual({ error: 'TypeError', is_due_later: true, leased_until: null })
  })
})

describe('signs of life of the web', () => {
  const downtimes = () =>
    queryOnce<{ seconds: number }>(
      database.adminUrl,
      'select round(extract(epoch from ended_at - began_at))::int as seconds from private.downtimes order by id',
    )

  test('a silence of all web processes is written down once, by whoever comes first', async () => {
    await queryOnce(database.adminUrl, 'delete from private.web_heartbeats; delete from private.downtimes')
    const beats = async () => {
      const stops = Array.from({ length: 3 }, () => startWebHeartbeat(pipeline.webPool, silentLog, 3_600_000))
      await until(async () => {
        const [row] = await queryOnce<{ count: number }>(
          database.adminUrl,
          `select count(*)::int as count from private.web_heartbeats where seen_at > now() - interval '5 seconds'`,
        )
        return row?.count === 3
      })
      for (const stop of stops) stop()
    }
    await beats()
    expect(await downtimes()).toEqual([])
    await queryOnce(
      database.adminUrl,
      `update private.web_heartbeats set seen_at = now() - interval '95 seconds'`,
    )
    await beats()
    const [first, ...more] = await downtimes()
    expect(first?.seconds).toBeGreaterThanOrEqual(95)
    expect(more).toEqual([])
  })

  test('a short silence is none', async () => {
    await queryOnce(
      database.adminUrl,
      `delete from private.web_heartbeats; delete from private.downtimes;
       insert into private.web_heartbeats (web_id, seen_at) values (gen_random_uuid(), now() - interval '20 seconds')`,
    )
    await pipeline.webPool.query('select private.beat_web_heartbeat(gen_random_uuid(), 30)')
    expect(await downtimes()).toEqual([])
  })
})
