import { readdir, readFile } from 'node:fs/promises'
import { sql, type Kysely } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  changesNothing,
  emptyReport,
  mostChangesShown,
  mostReplayedEvents,
  type ReplayReport,
  type ReplaySelection,
} from '../../src/lib/domain/replay.ts'
import {
  createAsMember,
  createDatabase,
  type AsMember,
  type Claims,
} from '../../src/lib/server/database/database.ts'
import {
  applyReplay,
  findReplay,
  ReplayUnderWay,
  requestReplay,
} from '../../src/lib/server/database/replays.ts'
import type { DB } from '../../src/lib/server/database/schema.d.ts'
import { countWrites, findChangedRows, subtractWrites } from '../../src/lib/server/ingest/replay-changes.ts'
import { replayEvents, type ReplayMode } from '../../src/lib/server/ingest/replay-events.ts'
import { runReplay } from '../../src/lib/server/jobs/replay-events.ts'
import { findInvariantViolations } from '../../src/lib/server/operator/invariants.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { outboundBody, receivedBody, sign } from '../support/kapso-bodies.ts'
import { silentLog, startPipeline, type Pipeline } from '../support/pipeline.ts'
import { runAs } from '../support/run-as.ts'
import { addMember, makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let pipeline: Pipeline
let web: Kysely<DB>
let asMember: AsMember
let workspace: TestWorkspace

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
  web = createDatabase(pipeline.webPool)
  asMember = createAsMember(web, pipeline.queue.enqueue)
})

beforeEach(async () => {
  workspace = await makeWorkspace(database.adminUrl)
})

afterAll(async () => {
  await pipeline.close()
  await database.drop()
})

const anna = '6281200000031'
const budi = '6281200000032'

async function deliver(event: string, body: object | string): Promise<void> {
  const status = await pipeline.deliver(workspace, sign(`whatsapp.message.${event}`, body, workspace.secret))
  if (status !== 200) throw new Error(`the door answered ${String(status)}`)
}

const received = (wamid: string, facts: Partial<Parameters<typeof receivedBody>[0]> = {}) =>
  receivedBody({
    wamid,
    phoneNumberId: workspace.phoneNumberId,
    phone: anna,
    at: 1_760_000_000,
    contactName: 'Anna',
    ...facts,
  })

/** A conversation with all that usually happens in one: both ways, every status, two people, two sessions. */
async function liveThrough(): Promise<void> {
  const facts = { phoneNumberId: workspace.phoneNumberId, phone: anna, wamid: 'wamid.out' }
  await deliver('received', received('wamid.1', { conversationId: 'kc-1' }))
  await deliver('sent', outboundBody('sent', { ...facts, at: 1_760_000_010 }))
  await pipeline.applyAll(workspace)
  await deliver('delivered', outboundBody('delivered', { ...facts, at: 1_760_000_011 }))
  await deliver('read', outboundBody('read', { ...facts, at: 1_760_000_012 }))
  await deliver('received', received('wamid.2', { phone: budi, contactName: 'Budi', at: 1_760_000_020 }))
  await deliver('received', received('wamid.3', { conversationId: 'kc-2', at: 1_760_000_030 }))
  await deliver('received', received('wamid.4', { businessScopedId: 'ID.31', at: 1_760_000_040 }))
  await deliver(
    'failed',
    outboundBody('failed', { ...facts, wamid: 'wamid.f', at: 1_760_000_050, errorCode: 131047 }),
  )
  await deliver('received', received('wamid.5', { phoneNumberId: '999' }))
  await pipeline.applyAll(workspace)
}

const replay = (selection: ReplaySelection, mode: ReplayMode): Promise<ReplayReport> =>
  replayEvents({ asSystem: pipeline.asSystem }, workspace.workspaceId, selection, mode)

const always = { from: '2000-01-01T00:00:00Z', to: '2100-01-01T00:00:00Z' }

/** Every row of the workspace with the transaction that wrote it, and how much was broadcast and enqueued. */
async function readEverything(): Promise<unknown> {
  const tables = await runAs<{ name: string }>(
    database.adminUrl,
    `select table_schema || '.' || table_name as name from information_schema.columns
     where table_schema in ('public', 'private') and column_name = 'workspace_id'
       -- The door writes its counts a second later.
       and table_name <> 'webhook_duplicates'
     order by 1`,
  )
  const rows = await Promise.all(
    tables.map(async ({ name }) => [
      name,
      await runAs(
        database.adminUrl,
        `select t.xmin, to_jsonb(t) as row from ${name} t where t.workspace_id = $1 order by to_jsonb(t)::text`,
        [workspace.workspaceId],
      ),
    ]),
  )
  const others = await runAs(
    database.adminUrl,
    `select (select count(*) from realtime.messages) as broadcasts, (select count(*) from pgboss.job) as jobs`,
  )
  return { rows: Object.fromEntries(rows) as unknown, others }
}

async function eventIds(): Promise<number[]> {
  const rows = await pipeline.kysely
    .selectFrom('webhook_events')
    .select('id')
    .where('workspace_id', '=', workspace.workspaceId)
    .orderBy('id')
    .execute()
  return rows.map(({ id }) => id)
}

const addChannel = () =>
  runAs(
    database.adminUrl,
    `insert into public.channels (workspace_id, name, phone_number_id, identity_scope) values ($1, 'New', '999', 'account')`,
    [workspace.workspaceId],
  )

describe('replaying everything', () => {
  test('onto a live workspace writes no row, sends nothing and enqueues nothing', async () => {
    await liveThrough()
    const before = await readEverything()
    const checked = await replay(always, 'check')
    expect(checked.changes).toEqual([])
    expect(checked.events).toMatchObject({ selected: 9, replayed: 9, recovered: 0 })
    expect(changesNothing(await replay(always, 'apply'))).toBe(true)
    expect(await readEverything()).toEqual(before)
  })

  test('writes no row either after every kind of event that Kapso is known to send', async () => {
    const directory = 'tests/support/payloads'
    const samples = (await readdir(directory)).filter((file) =>
      /^kapso-v2-(message|conversation|contact)/.test(file),
    )
    expect(samples.length).toBeGreaterThan(15)
    for (const file of samples) {
      const [, kind = '', what = ''] = /^kapso-v2-(message|conversation|contact)-([a-z]+)/.exec(file) ?? []
      const event = kind === 'contact' ? 'whatsapp.contact.identity_changed' : `whatsapp.${kind}.${what}`
      const text = (await readFile(`${directory}/${file}`, 'utf8')).replace(
        /"phone_number_id": *"[^"]*"/g,
        `"phone_number_id": "${workspace.phoneNumberId}"`,
      )
      await pipeline.deliver(workspace, sign(event, text, workspace.secret))
    }
    await pipeline.applyAll(workspace)
    const settled = await pipeline.kysely
      .selectFrom('webhook_events')
      .select(['name', 'status', 'reason'])
      .where('workspace_id', '=', workspace.workspaceId)
      .where('status', '<>', 'processed')
      .execute()
    expect(settled).toEqual([])
    const before = await readEverything()
    expect((await replay(always, 'check')).changes).toEqual([])
    expect(changesNothing(await replay(always, 'apply'))).toBe(true)
    expect(await readEverything()).toEqual(before)
    expect(await pipeline.asSystem((db) => findInvariantViolations(db, workspace.workspaceId))).toEqual([])
  })

  test('twice at the same time, while new messages come in, makes nothing double', async () => {
    await liveThrough()
    const counts = async () => {
      const [row] = await runAs<{ messages: number; people: number }>(
        database.adminUrl,
        `select (select count(*)::int from public.messages where workspace_id = $1) as messages,
           (select count(*)::int from public.contacts where workspace_id = $1) as people`,
        [workspace.workspaceId],
      )
      return row ?? { messages: 0, people: 0 }
    }
    const before = await counts()
    await deliver('received', received('wamid.6', { at: 1_760_000_060 }))
    await Promise.all([replay(always, 'apply'), replay(always, 'apply'), pipeline.applyAll(workspace)])
    expect(await counts()).toEqual({ messages: before.messages + 1, people: 2 })
  })
})

describe('a check', () => {
  test('tells the rows that would be written, and writes none', async () => {
    await liveThrough()
    await addChannel()
    const before = await readEverything()
    const report = await replay(always, 'check')
    expect(report.events).toMatchObject({ recovered: 1 })
    expect(report.tables).toContainEqual({ table: 'messages', inserted: 1, updated: 0, deleted: 0 })
    expect(report.tables).toContainEqual({ table: 'webhook_events', inserted: 0, updated: 1, deleted: 0 })
    expect(report.changes).toContainEqual(
      expect.objectContaining({
        table: 'webhook_events',
        action: 'update',
        columns: expect.objectContaining({ status: { before: 'quarantined', after: 'processed' } }) as object,
      }),
    )
    expect(report.changes).toContainEqual(
      expect.objectContaining({
        table: 'messages',
        action: 'insert',
        columns: expect.objectContaining({ wamid: { before: null, after: 'wamid.5' } }) as object,
      }),
    )
    expect(await readEverything()).toEqual(before)
  })

  test('tells what a row holds and what it would', async () => {
    await liveThrough()
    await runAs(
      database.adminUrl,
      `update public.messages set status = 'sent' where workspace_id = $1 and wamid = 'wamid.out'`,
      [workspace.workspaceId],
    )
    const report = await replay(always, 'check')
    expect(report.changes).toContainEqual(
      expect.objectContaining({
        table: 'messages',
        action: 'update',
        columns: { status: { before: 'sent', after: 'read' } },
      }),
    )
    await replay(always, 'apply')
    expect((await replay(always, 'check')).changes).toEqual([])
  })

  test('promises exactly what applying does', async () => {
    await liveThrough()
    await addChannel()
    const promised = await replay(always, 'check')
    const counts = async () =>
      runAs<{ messages: number; threads: number }>(
        database.adminUrl,
        `select (select count(*)::int from public.messages where workspace_id = $1) as messages,
           (select count(*)::int from public.conversations where workspace_id = $1) as threads`,
        [workspace.workspaceId],
      )
    const [before] = await counts()
    await replay(always, 'apply')
    const [after] = await counts()
    const inserted = (table: string) => promised.tables.find((row) => row.table === table)?.inserted ?? 0
    expect(after).toEqual({
      messages: (before?.messages ?? 0) + inserted('messages'),
      threads: (before?.threads ?? 0) + inserted('conversations'),
    })
    expect(inserted('messages')).toBe(1)
    expect(changesNothing(await replay(always, 'check'))).toBe(true)
  })

  test('only counts the rows of further batches when it shows as many as it may', async () => {
    await liveThrough()
    await deliver('received', received('wamid.many', { phone: budi, at: 1_760_000_100 }))
    await pipeline.applyAll(workspace)
    // The same message again and again, in more batches than are shown.
    await runAs(
      database.adminUrl,
      `insert into public.webhook_events
         (workspace_id, delivery_id, item_index, event_id, name, subject_key, status, reason, received_at)
       select e.workspace_id, e.delivery_id, e.item_index, e.event_id || n, e.name, n, 'quarantined', 'test', e.received_at
       from (select * from public.webhook_events where workspace_id = $1 order by id desc limit 1) e
       cross join generate_series(1, 600) n`,
      [workspace.workspaceId],
    )
    let transactions = 0
    const asSystem: typeof pipeline.asSystem = (work) => {
      transactions += 1
      return pipeline.asSystem(work)
    }
    const report = await replayEvents({ asSystem }, workspace.workspaceId, always, 'check')
    // One finds the events, four replay them, and beside the first two others look at the rows as they are.
    expect(transactions).toBe(7)
    expect(report.events.recovered).toBe(600)
    expect(report.changes).toHaveLength(mostChangesShown)
    expect(report.tables).toEqual([{ table: 'webhook_events', inserted: 0, updated: 600, deleted: 0 }])
    expect(report.changesLeftOff).toBe(600 - mostChangesShown)
  })

  test('names an event that cannot be applied, and tells of the others', async () => {
    await deliver('received', received('wamid.p', { text: 'poison' }))
    await deliver('received', received('wamid.q', { at: 1_760_000_001 }))
    await runAs(
      database.adminUrl,
      `update public.webhook_events set status = 'quarantined', reason = 'test' where workspace_id = $1`,
      [workspace.workspaceId],
    )
    await runAs(
      database.adminUrl,
      `create or replace function public.refuse_poison() returns trigger language plpgsql as
         $$ begin if new.text = 'poison' then raise 'no' using errcode = '22000'; end if; return new; end $$;
       create trigger refuse_poison before insert on public.messages for each row execute function public.refuse_poison()`,
    )
    const [poisoned] = await eventIds()
    const failures = [{ eventId: poisoned, cause: 'error 22000' }]
    const report = await replay(always, 'check')
    expect(report.failures).toEqual(failures)
    expect(report.tables).toContainEqual({ table: 'messages', inserted: 1, updated: 0, deleted: 0 })
    expect((await replay(always, 'apply')).failures).toEqual(failures)
    const rows = await pipeline.kysely
      .selectFrom('webhook_events')
      .select('status')
      .where('workspace_id', '=', workspace.workspaceId)
      .orderBy('id')
      .execute()
    expect(rows.map(({ status }) => status)).toEqual(['quarantined', 'processed'])
  })

  test('sees rows that are removed, and not those that are only locked', async () => {
    await liveThrough()
    const changes = await pipeline.asSystem(async (db) => {
      const before = await countWrites(db)
      await sql`delete from public.message_statuses where workspace_id = ${workspace.workspaceId} and status = 'sent'`.execute(
        db,
      )
      await sql`select from public.message_statuses where workspace_id = ${workspace.workspaceId} for update`.execute(
        db,
      )
      const written = subtractWrites(await countWrites(db), before)
      return findChangedRows(db, pipeline.asSystem, workspace.workspaceId, written)
    })
    expect(changes).toHaveLength(1)
    expect(changes).toMatchObject([
      { table: 'message_statuses', action: 'delete', columns: { status: { before: 'sent', after: null } } },
    ])
  })
})

describe('what is replayed', () => {
  const emptyEvents = emptyReport().events

  test('is one event', async () => {
    await liveThrough()
    const [first] = await eventIds()
    expect((await replay({ eventIds: [first ?? 0] }, 'check')).events).toEqual({
      ...emptyEvents,
      selected: 1,
      replayed: 1,
    })
  })

  test('is a contact: every event of every account that it has', async () => {
    await liveThrough()
    const people = await runAs<{ id: string; name: string }>(
      database.adminUrl,
      'select id, name from public.contacts where workspace_id = $1 order by name',
      [workspace.workspaceId],
    )
    expect(people.map(({ name }) => name)).toEqual(['Anna', 'Budi'])
    const selected = await Promise.all(
      people.map(async ({ id }) => (await replay({ contactId: id }, 'check')).events.selected),
    )
    expect(selected).toEqual([8, 1])
  })

  test('is a span of time', async () => {
    await liveThrough()
    await runAs(
      database.adminUrl,
      `update public.webhook_events set received_at = '2026-01-02' where workspace_id = $1
         and id in (select id from public.webhook_events where workspace_id = $1 order by id limit 2)`,
      [workspace.workspaceId],
    )
    const span = { from: '2026-01-02T00:00:00Z', to: '2026-01-02T00:00:01Z' }
    expect((await replay(span, 'check')).events.selected).toBe(2)
    expect((await replay({ from: span.to, to: span.from }, 'check')).events.selected).toBe(0)
  })

  test('is never of another workspace', async () => {
    await liveThrough()
    const ids = await eventIds()
    workspace = await makeWorkspace(database.adminUrl)
    expect((await replay({ eventIds: ids }, 'apply')).events).toEqual(emptyEvents)
  })

  test('leaves out what cannot be read any more, and what is still to be applied', async () => {
    await deliver('received', received('wamid.1'))
    await deliver('received', 'no json')
    await pipeline.applyAll(workspace)
    await runAs(
      database.adminUrl,
      'update public.webhook_deliveries set body = null where workspace_id = $1',
      [workspace.workspaceId],
    )
    await deliver('received', received('wamid.2', { at: 1_760_000_001 }))
    expect((await replay(always, 'apply')).events).toEqual({
      ...emptyEvents,
      selected: 3,
      pending: 1,
      unreadable: 1,
      withoutBody: 1,
    })
  })
})

describe('a replay from the page', () => {
  let admin: Claims
  let agent: Claims
  let stranger: Claims

  beforeEach(async () => {
    admin = await addMember(database.adminUrl, workspace.workspaceId, 'admin')
    agent = await addMember(database.adminUrl, workspace.workspaceId, 'agent')
    stranger = { sub: (await makeWorkspace(database.adminUrl)).ownerId, exp: 0 }
  })

  const run = (replayId: string, signal?: AbortSignal) =>
    runReplay(
      { asSystem: pipeline.asSystem, log: silentLog },
      { workspaceId: workspace.workspaceId, replayId },
      signal,
    )
  const request = (claims: Claims) =>
    asMember(claims, (db) => requestReplay(db, workspace.workspaceId, always))
  const find = (claims: Claims, replayId: string) =>
    asMember(claims, (db) => findReplay(db, workspace.workspaceId, replayId))
  const apply = (claims: Claims, replayId: string) =>
    asMember(claims, (db) => applyReplay(db, workspace.workspaceId, replayId))

  test('is checked, seen and then applied, each once', async () => {
    await liveThrough()
    await addChannel()
    const id = await request(admin)
    expect(await find(admin, id)).toMatchObject({ state: 'checking', report: null })
    expect(await apply(admin, id)).toBe(false)

    await run(id)
    const checked = await find(admin, id)
    expect(checked).toMatchObject({ state: 'checked', doneEvents: 9, totalEvents: 9 })
    expect(checked?.report?.events.recovered).toBe(1)
    await run(id)
    expect((await replay(always, 'check')).events.recovered).toBe(1)

    expect(await apply(admin, id)).toBe(true)
    expect(await apply(admin, id)).toBe(false)
    await run(id)
    expect(await find(admin, id)).toMatchObject({ state: 'applied', report: { events: { recovered: 1 } } })
    expect(changesNothing(await replay(always, 'check'))).toBe(true)
  })

  test('is one at a time in a workspace, unless the other has been going for hours', async () => {
    const id = await request(admin)
    await expect(request(admin)).rejects.toBeInstanceOf(ReplayUnderWay)
    await run(id)
    const second = await request(admin)
    await runAs(
      database.adminUrl,
      `update public.replays set created_at = now() - interval '5 hours' where id = $1`,
      [second],
    )
    await request(admin)
  })

  test('of too many events says so', async () => {
    await deliver('received', received('wamid.1'))
    await runAs(
      database.adminUrl,
      `insert into public.webhook_events (workspace_id, delivery_id, item_index, event_id, name, subject_key, status)
       select workspace_id, delivery_id, n, event_id || n, name, subject_key, 'processed'
       from public.webhook_events cross join generate_series(1, ${String(mostReplayedEvents)}) n where workspace_id = $1`,
      [workspace.workspaceId],
    )
    const id = await request(admin)
    await run(id)
    expect(await find(admin, id)).toMatchObject({ state: 'failed', failure: 'too_many_events', report: null })
    const [first] = await eventIds()
    expect((await replay({ eventIds: [first ?? 0] }, 'check')).events.selected).toBe(1)
  })

  test('stops between two batches when its job is to end, and waits to be tried again', async () => {
    await liveThrough()
    const id = await request(admin)
    const ended = AbortSignal.abort(new Error('the job ends'))
    await expect(run(id, ended)).rejects.toThrow('the job ends')
    expect(await find(admin, id)).toMatchObject({ state: 'checking', failure: null })
    await run(id)
    expect(await find(admin, id)).toMatchObject({ state: 'checked' })
  })

  test('is an act of owners and admins alone', async () => {
    const id = await request(admin)
    await run(id)
    for (const claims of [agent, stranger]) {
      await expect(request(claims)).rejects.toMatchObject({ code: '42501' })
      expect(await find(claims, id)).toBeUndefined()
      expect(await apply(claims, id)).toBe(false)
    }
    expect(await find(admin, id)).toMatchObject({ state: 'checked' })
  })
})
