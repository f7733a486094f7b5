import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { runAs } from '../support/run-as.ts'
import { outboundBody, receivedBody, sign } from '../support/kapso-bodies.ts'
import { startPipeline, type Pipeline } from '../support/pipeline.ts'
import { makeWorkspace, type TestWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let pipeline: Pipeline
let workspace: TestWorkspace

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
  workspace = await makeWorkspace(database.adminUrl)
})

afterAll(async () => {
  await pipeline.close()
  await database.drop()
})

async function deliver(event: string, body: object): Promise<void> {
  expect(await pipeline.deliver(workspace, sign(`whatsapp.message.${event}`, body, workspace.secret))).toBe(
    200,
  )
}

async function threadOf(phone: string) {
  return pipeline.kysely
    .selectFrom('messages as m')
    .innerJoin('conversations as c', 'c.id', 'm.conversation_id')
    .innerJoin('contact_identities as i', 'i.id', 'c.identity_id')
    .innerJoin('contacts as p', 'p.id', 'i.contact_id')
    .select([
      'm.id',
      'm.text',
      'm.direction',
      'm.status',
      'm.failed_at',
      'm.failure_code',
      'c.inbound_count',
      'p.name',
    ])
    .select(['c.id as conversation_id', 'i.id as identity_id', 'm.origin', 'm.wamid'])
    .where('i.phone_normalized', '=', phone)
    .orderBy('m.occurred_at')
    .execute()
}

describe('a text message', () => {
  test('becomes a contact, a thread and a message, once, however often it is delivered', async () => {
    const body = receivedBody({
      wamid: 'wamid.a1',
      phoneNumberId: workspace.phoneNumberId,
      phone: '6281200000001',
      text: 'Halo, sofa masih ada?',
      contactName: 'Budi',
    })
    for (let i = 0; i < 3; i++) await deliver('received', body)
    await pipeline.applyAll(workspace)
    await deliver('received', body)
    await pipeline.applyAll(workspace)

    expect(await threadOf('+6281200000001')).toMatchObject([
      { text: 'Halo, sofa masih ada?', direction: 'inbound', inbound_count: 1, name: 'Budi' },
    ])
  })

  test('is the same person with and without the plus sign', async () => {
    await deliver(
      'received',
      receivedBody({
        wamid: 'wamid.b1',
        phoneNumberId: workspace.phoneNumberId,
        phone: '+6281200000002',
        at: 1_760_000_001,
      }),
    )
    await deliver(
      'received',
      receivedBody({
        wamid: 'wamid.b2',
        phoneNumberId: workspace.phoneNumberId,
        phone: '6281200000002',
        at: 1_760_000_002,
      }),
    )
    await pipeline.applyAll(workspace)

    const thread = await threadOf('+6281200000002')
    expect(thread).toHaveLength(2)
    expect(new Set(thread.map((message) => message.conversation_id)).size).toBe(1)
  })

  test('continues the thread when Kapso starts a new conversation', async () => {
    await deliver(
      'received',
      receivedBody({
        wamid: 'wamid.c1',
        phoneNumberId: workspace.phoneNumberId,
        phone: '6281200000003',
        conversationId: 'kc-1',
        at: 1_760_000_001,
      }),
    )
    await deliver(
      'received',
      receivedBody({
        wamid: 'wamid.c2',
        phoneNumberId: workspace.phoneNumberId,
        phone: '6281200000003',
        conversationId: 'kc-2',
        at: 1_760_000_002,
      }),
    )
    await pipeline.applyAll(workspace)

    const thread = await threadOf('+6281200000003')
    expect(new Set(thread.map((message) => message.conversation_id)).size).toBe(1)
    const sessions = await pipeline.kysely
      .selectFrom('kapso_conversations')
      .select('kapso_conversation_id')
      .where('conversation_id', '=', thread[0]?.conversation_id ?? '')
      .orderBy('kapso_conversation_id')
      .execute()
    expect(sessions.map((row) => row.kapso_conversation_id)).toEqual(['kc-1', 'kc-2'])
  })

  test('without a number is known by its business-scoped id, and takes the number when it comes', async () => {
    await deliver(
      'received',
      receivedBody({
        wamid: 'wamid.d1',
        phoneNumberId: workspace.phoneNumberId,
        businessScopedId: 'ID.111',
        at: 1_760_000_001,
      }),
    )
    await pipeline.applyAll(workspace)
    await deliver(
      'received',
      receivedBody({
        wamid: 'wamid.d2',
        phoneNumberId: workspace.phoneNumberId,
        businessScopedId: 'ID.111',
        phone: '6281200000004',
        at: 1_760_000_002,
      }),
    )
    await pipeline.applyAll(workspace)

    const thread = await threadOf('+6281200000004')
    expect(thread.map((message) => message.wamid)).toEqual(['wamid.d1', 'wamid.d2'])
  })

  test('from a number with a new owner starts a new thread and leaves the old one where it was', async () => {
    await deliver(
      'received',
      receivedBody({
        wamid: 'wamid.e1',
        phoneNumberId: workspace.phoneNumberId,
        businessScopedId: 'ID.201',
        phone: '6281200000005',
        conversationId: 'kc-old',
        at: 1_760_000_001,
      }),
    )
    await pipeline.applyAll(workspace)
    await deliver(
      'received',
      receivedBody({
        wamid: 'wamid.e2',
        phoneNumberId: workspace.phoneNumberId,
        businessScopedId: 'ID.202',
        phone: '6281200000005',
        conversationId: 'kc-new',
        at: 1_760_000_002,
      }),
    )
    await pipeline.applyAll(workspace)

    expect((await threadOf('+6281200000005')).map((message) => message.wamid)).toEqual(['wamid.e2'])
    const findings = await pipeline.kysely.selectFrom('sync_health').select('kind').execute()
    expect(findings).toContainEqual({ kind: 'recycled_number' })
  })

  test('twenty deliveries of a new person at the same instant make one contact and one thread', async () => {
    const bodies = Array.from({ length: 20 }, (_, index) =>
      receivedBody({
        wamid: `wamid.f${String(index)}`,
        phoneNumberId: workspace.phoneNumberId,
        phone: '6281200000006',
        at: 1_760_000_000 + index,
      }),
    )
    await Promise.all(bodies.map((body) => deliver('received', body)))
    await Promise.all(Array.from({ length: 4 }, () => pipeline.applyAll(workspace)))

    const thread = await threadOf('+6281200000006')
    expect(thread).toHaveLength(20)
    expect(new Set(thread.map((message) => message.conversation_id)).size).toBe(1)
    expect(thread[0]?.inbound_count).toBe(20)
  })
})

describe('statuses', () => {
  test('move forward only, in whatever order they come, also before their message', async () => {
    const facts = { phoneNumberId: workspace.phoneNumberId, phone: '6281200000007' }
    await deliver('read', outboundBody('read', { ...facts, wamid: 'wamid.g1', at: 1_760_000_003 }))
    await pipeline.applyAll(workspace)
    await deliver('sent', outboundBody('sent', { ...facts, wamid: 'wamid.g1', at: 1_760_000_001 }))
    await pipeline.applyAll(workspace)
    expect(await threadOf('+6281200000007')).toMatchObject([{ direction: 'outbound', status: 'read' }])

    await deliver('delivered', outboundBody('delivered', { ...facts, wamid: 'wamid.g1', at: 1_760_000_002 }))
    await pipeline.applyAll(workspace)
    expect(await threadOf('+6281200000007')).toMatchObject([{ status: 'read' }])
    const raw = await pipeline.kysely
      .selectFrom('message_statuses')
      .select('status')
      .where('wamid', '=', 'wamid.g1')
      .execute()
    expect(raw.map((row) => row.status).sort()).toEqual(['delivered', 'read', 'sent'])
  })

  test('a failure keeps its code, and an older arrival does not hide it', async () => {
    const facts = { phoneNumberId: workspace.phoneNumberId, phone: '6281200000008', wamid: 'wamid.h1' }
    await deliver('sent', outboundBody('sent', { ...facts, at: 1_760_000_001 }))
    await deliver('failed', outboundBody('failed', { ...facts, at: 1_760_000_005, errorCode: 131047 }))
    await pipeline.applyAll(workspace)
    expect(await threadOf('+6281200000008')).toMatchObject([{ status: 'sent', failure_code: '131047' }])

    await deliver('delivered', outboundBody('delivered', { ...facts, at: 1_760_000_009 }))
    await pipeline.applyAll(workspace)
    expect(await threadOf('+6281200000008')).toMatchObject([{ status: 'delivered', failed_at: null }])
  })
})

describe('what does not fit', () => {
  test('waits with a reason and does not stop the others', async () => {
    await deliver(
      'received',
      receivedBody({ wamid: 'wamid.i1', phoneNumberId: '999', phone: '6281200000009' }),
    )
    await deliver('received', { message: { type: 'text' }, phone_number_id: workspace.phoneNumberId })
    await deliver(
      'received',
      receivedBody({
        wamid: 'wamid.i2',
        phoneNumberId: workspace.phoneNumberId,
        phone: '6281200000009',
        text: 'nul \u0000 and \ud800',
      }),
    )
    await pipeline.applyAll(workspace)

    expect((await threadOf('+6281200000009')).map((message) => message.text)).toEqual([
      'nul \ufffd and \ufffd',
    ])
    const quarantined = await pipeline.kysely
      .selectFrom('webhook_events')
      .select('reason')
      .where('status', '=', 'quarantined')
      .orderBy('reason')
      .execute()
    expect(quarantined.map((row) => row.reason)).toEqual(['message_id_missing', 'unknown_phone_number'])
  })

  test('of a kind that is of no use here is kept as ignored', async () => {
    const body = { event: 'project.event', id: 'pe-1', name: 'anything', project_id: 'p-1', properties: {} }
    expect(await pipeline.deliver(workspace, sign('project.event', body, workspace.secret))).toBe(200)
    await pipeline.applyAll(workspace)
    const rows = await pipeline.kysely
      .selectFrom('webhook_events')
      .select('reason')
      .where('status', '=', 'ignored')
      .execute()
    expect(rows).toEqual([{ reason: 'event_not_used' }])
  })
})

test('a row that Postgres refuses is tried alone and becomes a dead letter, and its neighbours go through', async () => {
  const other = await makeWorkspace(database.adminUrl)
  await runAs(
    database.adminUrl,
    `create function public.refuse_poison() returns trigger language plpgsql as
       $$ begin if new.text = 'poison' then raise 'no' using errcode = '22000'; end if; return new; end $$;
     create trigger refuse_poison before insert on public.messages for each row execute function public.refuse_poison()`,
  )
  const facts = { phoneNumberId: other.phoneNumberId, phone: '6281200000011' }
  for (const [wamid, text] of [
    ['wamid.k1', 'before'],
    ['wamid.k2', 'poison'],
    ['wamid.k3', 'after'],
  ] as const) {
    const body = receivedBody({ ...facts, wamid, text })
    expect(await pipeline.deliver(other, sign('whatsapp.message.received', body, other.secret))).toBe(200)
  }
  for (let attempt = 0; attempt < 5; attempt++) {
    // As if its time had come.
    await runAs(database.adminUrl, 'update public.webhook_events set next_attempt_at = null')
    await pipeline.applyAll(other)
  }

  expect((await threadOf('+6281200000011')).map((message) => message.text).sort()).toEqual([
    'after',
    'before',
  ])
  const failures = await pipeline.kysely
    .selectFrom('sync_failures')
    .select(['cause', 'attempts'])
    .where('workspace_id', '=', other.workspaceId)
    .execute()
  expect(failures).toEqual([{ cause: 'error 22000', attempts: 5 }])
})
