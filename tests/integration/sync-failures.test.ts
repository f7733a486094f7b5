import { randomUUID } from 'node:crypto'
import type { Kysely } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  createAsMember,
  createDatabase,
  type AsMember,
  type Claims,
} from '../../src/lib/server/database/database.ts'
import { findPendingEvents, lockSenders } from '../../src/lib/server/database/ledger.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import {
  countPending,
  findStoredItem,
  listIngestAlarms,
  listStuckEvents,
  listStuckGroups,
  mostRequeuedAtOnce,
  redriveEvents,
  requeueEvents,
  setEventsAside,
} from '../../src/lib/server/database/sync-failures.ts'
import { applyEvents, readEvents } from '../../src/lib/server/ingest/apply-events.ts'
import { lockKeys } from '../../src/lib/server/ingest/lock-keys.ts'
import {
  applyEventsJobs,
  findForgottenEvents,
  takeOverOrphans,
} from '../../src/lib/server/ingest/pending-events.ts'
import { beatHeart } from '../../src/lib/server/database/worker-heartbeat.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { receivedBody, sign } from '../support/kapso-bodies.ts'
import { silentLog, startPipeline, type Pipeline } from '../support/pipeline.ts'
import { runAs } from '../support/run-as.ts'
import { addMember, makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let pipeline: Pipeline
let web: Kysely<DB>
let asMember: AsMember
let workspace: TestWorkspace
let admin: Claims
let agent: Claims
let stranger: Claims

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
  web = createDatabase(pipeline.webPool)
  asMember = createAsMember(web, pipeline.queue.enqueue)
  stranger = { sub: (await makeWorkspace(database.adminUrl)).ownerId, exp: 0 }
  await runAs(
    database.adminUrl,
    `create function public.refuse_poison() returns trigger language plpgsql as
       $$ begin if new.text = 'poison' then raise 'no' using errcode = '22000'; end if; return new; end $$`,
  )
})

beforeEach(async () => {
  workspace = await makeWorkspace(database.adminUrl)
  admin = await addMember(database.adminUrl, workspace.workspaceId, 'admin')
  agent = await addMember(database.adminUrl, workspace.workspaceId, 'agent')
  await refusePoison(true)
})

afterAll(async () => {
  await pipeline.close()
  await database.drop()
})

async function refusePoison(isRefused: boolean): Promise<void> {
  await runAs(
    database.adminUrl,
    `drop trigger if exists refuse_poison on public.messages;
     ${isRefused ? 'create trigger refuse_poison before insert on public.messages for each row execute function public.refuse_poison()' : ''}`,
  )
}

let sequence = 0

async function deliver(text: string, phone = '6281200000021', phoneNumberId?: string): Promise<void> {
  sequence += 1
  const body = receivedBody({
    wamid: `wamid.s${String(sequence)}`,
    phoneNumberId: phoneNumberId ?? workspace.phoneNumberId,
    phone,
    text,
    at: 1_760_000_000 + sequence,
  })
  const status = await pipeline.deliver(workspace, sign('whatsapp.message.received', body, workspace.secret))
  if (status !== 200) throw new Error(`the door answered ${String(status)}`)
}

const events = () =>
  pipeline.kysely
    .selectFrom('webhook_events')
    .select(['id', 'status', 'reason', 'attempts', 'next_attempt_at'])
    .where('workspace_id', '=', workspace.workspaceId)
    .orderBy('id')
    .execute()

const failures = () =>
  pipeline.kysely
    .selectFrom('sync_failures')
    .select(['cause', 'attempts', 'resolved_at', 'redriven_at', 'first_failed_at', 'last_failed_at'])
    .where('workspace_id', '=', workspace.workspaceId)
    .execute()

/** As if the time of the next try had come. */
const makeDue = () =>
  runAs(
    database.adminUrl,
    'update public.webhook_events set next_attempt_at = null where workspace_id = $1',
    [workspace.workspaceId],
  )

async function applyUntilDead(): Promise<void> {
  for (let attempt = 0; attempt < 5; attempt++) {
    await makeDue()
    await pipeline.applyAll(workspace)
  }
}

/** The jobs that wait, by the rows that they are to apply. */
async function waitingJobs(): Promise<{ ids: number[]; secondsToGo: number }[]> {
  const rows = await runAs<{ ids: number[]; seconds: number }>(
    database.adminUrl,
    `select data -> 'webhookEventIds' as ids, extract(epoch from start_after - now())::float as seconds
     from pgboss.job where name = 'apply-events' and state = 'created' and data ->> 'workspaceId' = $1
     order by created_on`,
    [workspace.workspaceId],
  )
  return rows.map(({ ids, seconds }) => ({ ids, secondsToGo: seconds }))
}

const nothing = { eventIds: null, status: null, reason: null }

describe('an event that cannot be applied', () => {
  test('waits longer after each failure, and a job comes back to it then', async () => {
    await deliver('poison')
    await runAs(database.adminUrl, 'delete from pgboss.job where data ->> $1 = $2', [
      'workspaceId',
      workspace.workspaceId,
    ])
    const waits: number[] = []
    for (let attempt = 1; attempt <= 4; attempt++) {
      await makeDue()
      await pipeline.applyAll(workspace)
      const [event] = await events()
      expect(event).toMatchObject({ status: 'pending', attempts: attempt })
      waits.push(((event?.next_attempt_at?.getTime() ?? 0) - Date.now()) / 1000)
    }
    expect(waits[0]).toBeGreaterThan(1)
    expect(waits[0]).toBeLessThan(9)
    expect(waits[1]).toBeGreaterThan(9)
    expect(waits[3]).toBeGreaterThan(150)
    const jobs = await waitingJobs()
    expect(jobs).toHaveLength(4)
    expect(jobs[3]?.secondsToGo).toBeGreaterThan(150)
    expect(await asMember(admin, (db) => countPending(db, workspace.workspaceId))).toEqual({
      pending: 1,
      retrying: 1,
    })
  })

  test('is not to blame when its sender is held elsewhere: the job fails, and no try is counted', async () => {
    await deliver('held')
    const ids = (await events()).map(({ id }) => id)
    await pipeline.asSystem(async (db) => {
      const rows = await findPendingEvents(db, workspace.workspaceId, ids)
      const read = await readEvents(db, workspace.workspaceId, rows)
      await lockSenders(db, lockKeys(workspace.workspaceId, read))
      await expect(pipeline.applyAll(workspace)).rejects.toMatchObject({ code: '55P03' })
    })
    await pipeline.asSystem(async (db) => {
      await db.selectFrom('webhook_events').select('id').where('id', 'in', ids).forUpdate().execute()
      await expect(pipeline.applyAll(workspace)).rejects.toMatchObject({ code: '55P03' })
    })
    expect(await events()).toMatchObject([{ status: 'pending', attempts: 0, next_attempt_at: null }])
    await pipeline.applyAll(workspace)
    expect(await events()).toMatchObject([{ status: 'processed' }])
  })

  test('is not run before its time, neither by a job nor by the sweep', async () => {
    await deliver('poison')
    await pipeline.applyAll(workspace)
    await pipeline.applyAll(workspace)
    expect(await events()).toMatchObject([{ attempts: 1 }])
    const age = async (column: string) =>
      runAs(
        database.adminUrl,
        `update public.webhook_events set ${column} = now() - interval '1 minute' where workspace_id = $1`,
        [workspace.workspaceId],
      )
    const forgotten = async () => {
      await runAs(database.adminUrl, `delete from pgboss.job where name = 'apply-events'`)
      const jobs = await pipeline.asSystem((db) => findForgottenEvents(db, 3))
      return jobs.filter(({ group }) => group === workspace.workspaceId).length
    }
    await age('received_at')
    expect(await forgotten()).toBe(0)
    await age('next_attempt_at')
    expect(await forgotten()).toBe(1)
  })

  test.each([
    ["another workspace's job that waits does not hide it", 'another', 10, 1],
    ['a job of its own that waits is left to do it', 'own', 10, 0],
    ['after half a minute it is asked for all the same', 'own', 40, 1],
  ])('the sweep: %s', async (_name, group, seconds, expected) => {
    await deliver('later')
    await runAs(database.adminUrl, `delete from pgboss.job where name = 'apply-events'`)
    await runAs(
      database.adminUrl,
      `update public.webhook_events set received_at = now() - make_interval(secs => $2) where workspace_id = $1`,
      [workspace.workspaceId, seconds],
    )
    await runAs(
      database.adminUrl,
      `insert into pgboss.job (name, data, group_id) values ('apply-events', '{}', $1)`,
      [group === 'own' ? workspace.workspaceId : randomUUID()],
    )
    const jobs = await pipeline.asSystem((db) => findForgottenEvents(db, 3))
    expect(jobs.filter((job) => job.group === workspace.workspaceId)).toHaveLength(expected)
    await runAs(database.adminUrl, `delete from pgboss.job where name = 'apply-events'`)
  })

  test('the sweep: what a dead worker had taken is taken over, what a slow one has in its hands is not', async () => {
    await deliver('later')
    const ids = (await events()).map(({ id }) => id)
    await runAs(database.adminUrl, `delete from pgboss.job where name = 'apply-events'`)
    const addJob = async (startedSecondsAgo: number): Promise<string> => {
      const [job] = await runAs<{ id: string }>(
        database.adminUrl,
        `insert into pgboss.job (name, data, group_id, state, started_on)
         values ('apply-events', $1, $2, 'active', now() - make_interval(secs => $3)) returning id`,
        [
          JSON.stringify({ workspaceId: workspace.workspaceId, webhookEventIds: ids }),
          workspace.workspaceId,
          startedSecondsAgo,
        ],
      )
      return job?.id ?? ''
    }
    const sweep = async () => {
      const jobs = await pipeline.asSystem((db) => takeOverOrphans(db, pipeline.queue.complete))
      return jobs.map(({ data }) => data)
    }
    const stateOf = async (id: string) =>
      (
        await runAs<{ state: string }>(database.adminUrl, 'select state from pgboss.job where id = $1', [id])
      )[0]?.state
    const [slow, justTaken, left] = [await addJob(60), await addJob(1), await addJob(5)]
    const [living, dead] = [randomUUID(), randomUUID()]
    await pipeline.asSystem((db) => beatHeart(db, living, [slow]))
    await pipeline.asSystem((db) => beatHeart(db, dead, [left]))
    // Until a worker has been silent for a while, what it has is its own.
    expect(await sweep()).toEqual([])
    await runAs(
      database.adminUrl,
      `update private.worker_heartbeats set seen_at = now() - interval '4 seconds' where worker_id = $1`,
      [dead],
    )
    expect(await sweep()).toEqual([{ workspaceId: workspace.workspaceId, webhookEventIds: ids }])
    expect(await sweep()).toEqual([])
    expect([await stateOf(slow), await stateOf(justTaken), await stateOf(left)]).toEqual([
      'active',
      'active',
      'completed',
    ])
    await runAs(database.adminUrl, `delete from pgboss.job where name = 'apply-events'`)
    await runAs(database.adminUrl, 'delete from private.worker_heartbeats')
  })

  test('the sweep: what a job has that waits or runs is not asked for again, however old', async () => {
    await deliver('later')
    await runAs(database.adminUrl, `delete from pgboss.job where name = 'apply-events'`)
    await runAs(
      database.adminUrl,
      `update public.webhook_events set received_at = now() - interval '1 minute' where workspace_id = $1`,
      [workspace.workspaceId],
    )
    const ids = (await events()).map(({ id }) => id)
    const forgotten = async () => {
      const jobs = await pipeline.asSystem((db) => findForgottenEvents(db, 3))
      return jobs.filter(({ group }) => group === workspace.workspaceId).map(({ data }) => data)
    }
    const addJob = (state: string, webhookEventIds: number[]) =>
      runAs(
        database.adminUrl,
        `insert into pgboss.job (name, data, group_id, state) values ('apply-events', $1, $2, $3)`,
        [JSON.stringify({ webhookEventIds }), workspace.workspaceId, state],
      )
    const asked = [{ workspaceId: workspace.workspaceId, webhookEventIds: ids }]
    for (const state of ['created', 'active']) {
      await addJob(state, [-1])
      expect(await forgotten()).toEqual(asked)
      await addJob(state, ids)
      expect(await forgotten()).toEqual([])
      await runAs(database.adminUrl, `delete from pgboss.job where name = 'apply-events'`)
    }
    expect(await forgotten()).toEqual(asked)
  })

  test('does not hold up what its sender writes later', async () => {
    await deliver('poison')
    await pipeline.applyAll(workspace)
    await deliver('later')
    const ids = (await events()).map(({ id }) => id)
    await applyEvents({ asSystem: pipeline.asSystem, log: silentLog }, workspace.workspaceId, ids)
    expect(await events()).toMatchObject([
      { status: 'pending', attempts: 1 },
      { status: 'processed', attempts: 0 },
    ])
  })

  test('becomes a dead letter with its cause, and one set going again keeps its history', async () => {
    await deliver('poison')
    await applyUntilDead()
    expect(await events()).toMatchObject([{ status: 'failed', reason: 'error 22000', next_attempt_at: null }])
    expect(await failures()).toMatchObject([{ cause: 'error 22000', attempts: 5, resolved_at: null }])

    await asMember(admin, (db) => redriveEvents(db, workspace.workspaceId, nothing))
    expect(await events()).toMatchObject([{ status: 'pending', attempts: 0, reason: null }])
    await applyUntilDead()
    const [failure] = await failures()
    expect(failure).toMatchObject({ attempts: 10, resolved_at: null, redriven_at: expect.any(Date) as Date })
    expect(failure?.last_failed_at.getTime()).toBeGreaterThan(failure?.first_failed_at.getTime() ?? Infinity)

    await refusePoison(false)
    await asMember(admin, (db) => redriveEvents(db, workspace.workspaceId, nothing))
    await pipeline.applyAll(workspace)
    expect(await events()).toMatchObject([{ status: 'processed' }])
    expect(await failures()).toMatchObject([{ resolved_at: expect.any(Date) as Date }])
    expect(await asMember(admin, (db) => listStuckGroups(db, workspace.workspaceId))).toEqual([])
  })
})

describe('what waits for a person', () => {
  async function fillStuck(): Promise<number[]> {
    await deliver('poison')
    await deliver('poison', '6281200000022')
    await deliver('Halo', '6281200000023', '999')
    await pipeline.deliver(workspace, sign('whatsapp.message.received', 'no json', workspace.secret))
    await applyUntilDead()
    return (await events()).map(({ id }) => id)
  }

  test('is grouped by cause', async () => {
    await fillStuck()
    const groups = await asMember(admin, (db) => listStuckGroups(db, workspace.workspaceId))
    expect(groups).toMatchObject([
      { status: 'failed', reason: 'error 22000', count: 2, attempts: 5, isRetryable: true },
      { status: 'quarantined', count: 1, isRetryable: expect.any(Boolean) as boolean },
      { status: 'quarantined', count: 1 },
    ])
    expect(groups.map(({ reason }) => reason).sort()).toEqual([
      'error 22000',
      'not_json',
      'unknown_phone_number',
    ])
    const listed = await asMember(admin, (db) =>
      listStuckEvents(db, workspace.workspaceId, { status: 'failed', reason: 'error 22000' }, 1),
    )
    expect(listed).toMatchObject([{ name: 'whatsapp.message.received', attempts: 5, isRetryable: true }])
  })

  test('is nothing to agents and to other workspaces, who cannot set it going either', async () => {
    const ids = await fillStuck()
    const before = await events()
    for (const claims of [agent, stranger]) {
      await asMember(claims, async (db) => {
        expect(await listStuckGroups(db, workspace.workspaceId)).toEqual([])
        expect(await listStuckEvents(db, workspace.workspaceId, { status: null, reason: null }, 9)).toEqual(
          [],
        )
        expect(await findStoredItem(db, workspace.workspaceId, ids[0] ?? 0)).toBeUndefined()
        expect(await listIngestAlarms(db, workspace.workspaceId, 0)).toEqual([])
        expect(await redriveEvents(db, workspace.workspaceId, nothing)).toEqual([])
        expect(await setEventsAside(db, workspace.workspaceId, ids)).toEqual([])
      })
      await expect(
        asMember(claims, (db) => requeueEvents(db, workspace.workspaceId, nothing)),
      ).rejects.toMatchObject({ code: '42501' })
    }
    expect(await events()).toEqual(before)
  })

  test('is set going one by one or by its cause, and jobs come in the same transaction', async () => {
    const [first, second, foreign, unread] = await fillStuck()
    await runAs(database.adminUrl, `delete from pgboss.job where name = 'apply-events'`)
    const redrive = (selection: Parameters<typeof redriveEvents>[2]) =>
      asMember(admin, async (db, enqueue) => {
        const ids = await redriveEvents(db, workspace.workspaceId, selection)
        for (const job of applyEventsJobs(workspace.workspaceId, ids)) enqueue(job)
        return ids
      })
    expect(await redrive({ ...nothing, eventIds: [second ?? 0, unread ?? 0] })).toEqual([second])
    expect(await redrive({ ...nothing, status: 'failed', reason: 'error 22000' })).toEqual([first])
    expect(await redrive({ ...nothing, status: 'quarantined', reason: 'unknown_phone_number' })).toEqual([
      foreign,
    ])
    expect((await waitingJobs()).map(({ ids }) => ids)).toEqual([[second], [first], [foreign]])
  })

  test('is set going so many at once, the oldest first; one that is locked is left to whoever holds it', async () => {
    await deliver('first', undefined, '999')
    await pipeline.applyAll(workspace)
    // As it is right after a storm: Postgres believes that there are a few.
    await runAs(database.adminUrl, 'analyze public.webhook_events, public.sync_failures')
    await runAs(
      database.adminUrl,
      `insert into public.webhook_events
         (workspace_id, delivery_id, item_index, event_id, name, subject_key, status, reason, received_at)
       select workspace_id, delivery_id, n, event_id || n, name, subject_key, status, reason, received_at
       from public.webhook_events cross join generate_series(1, ${String(mostRequeuedAtOnce + 1)}) n
       where workspace_id = $1`,
      [workspace.workspaceId],
    )
    const all = (await events()).map(({ id }) => id)
    const requeue = () => pipeline.asSystem((db) => requeueEvents(db, workspace.workspaceId, nothing))
    await pipeline.asSystem(async (db) => {
      await db
        .selectFrom('webhook_events')
        .select('id')
        .where('id', '=', all[0] ?? 0)
        .forUpdate()
        .execute()
      expect(await requeue()).toEqual(all.slice(1, mostRequeuedAtOnce + 1))
    })
    expect(await requeue()).toEqual([all[0], all.at(-1)])
  })

  test('can be set aside, and then is no alarm any more', async () => {
    await fillStuck()
    const alarms = () => asMember(admin, (db) => listIngestAlarms(db, workspace.workspaceId, 0))
    expect(await alarms()).toMatchObject([
      { kind: 'dead_letters', count: 2 },
      { kind: 'quarantine', count: 2 },
    ])
    expect(await asMember(admin, (db) => listIngestAlarms(db, workspace.workspaceId))).toEqual([])
    await asMember(admin, async (db) =>
      setEventsAside(
        db,
        workspace.workspaceId,
        (await listStuckEvents(db, workspace.workspaceId, { status: null, reason: null }, 9)).map(
          ({ id }) => id,
        ),
      ),
    )
    expect(await alarms()).toEqual([])
    expect((await events()).map(({ reason }) => reason)).toContain('set_aside: unknown_phone_number')
    expect((await failures()).every(({ resolved_at }) => resolved_at !== null)).toBe(true)
  })

  test('shows the raw body to an admin', async () => {
    const ids = await fillStuck()
    const item = await asMember(admin, (db) => findStoredItem(db, workspace.workspaceId, ids[3] ?? 0))
    expect(item).toMatchObject({ status: 'quarantined', reason: 'not_json', isRetryable: false })
    expect(item?.body?.toString()).toBe('no json')
  })
})
