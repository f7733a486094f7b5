import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  sample,
  samplePhoneNumberId,
  startApplyBench,
  type ApplyBench,
  type ToldWorkspace,
} from '../support/apply-bench.ts'
import { receivedBody } from '../support/kapso-bodies.ts'

let bench: ApplyBench

beforeAll(async () => {
  bench = await startApplyBench()
})

afterAll(() => bench.close())

async function statusesOf(workspace: ToldWorkspace) {
  const rows = await bench.pipeline.kysely
    .selectFrom('webhook_events')
    .select(['name', 'status', 'reason'])
    .where('workspace_id', '=', workspace.workspaceId)
    .orderBy('id')
    .execute()
  return rows.map(({ status, reason }) => reason ?? status)
}

async function channelEventsOf(workspace: ToldWorkspace) {
  return bench.pipeline.kysely
    .selectFrom('channel_events')
    .select(['channel_id', 'name', 'details'])
    .where('workspace_id', '=', workspace.workspaceId)
    .orderBy('occurred_at')
    .execute()
}

test('what happens to a number is kept once, with the channel', async () => {
  const workspace = await bench.makeWorkspace()
  const body = sample('kapso-v2-project-phone-number-reconnected', { phone_number_id: samplePhoneNumberId })
  await workspace.tell('whatsapp.phone_number.reconnected', body)
  await workspace.tell('whatsapp.phone_number.reconnected', body)
  expect(await channelEventsOf(workspace)).toMatchObject([
    { channel_id: workspace.channelId, name: expect.stringContaining('reconnected') as string },
  ])
  expect(await statusesOf(workspace)).toEqual(['processed'])
})

test('what happens to an account is kept for each of its numbers that is ours', async () => {
  const workspace = await bench.makeWorkspace()
  const body = sample('kapso-v2-project-account-restricted', {
    phone_numbers: [{ id: samplePhoneNumberId }, { id: '999' }],
  })
  await workspace.tell('whatsapp.account.restricted', body)
  expect(await channelEventsOf(workspace)).toMatchObject([{ channel_id: workspace.channelId }])
  await workspace.tell('whatsapp.account.restricted', { ...body, id: 'wae_2', phone_numbers: [] })
  expect(await channelEventsOf(workspace)).toMatchObject([
    { channel_id: workspace.channelId },
    { channel_id: null },
  ])
})

test('a number that is not ours yet waits in quarantine', async () => {
  const workspace = await bench.makeWorkspace()
  await workspace.tell(
    'whatsapp.phone_number.created',
    sample('kapso-v2-project-phone-number-created', { phone_number_id: '999' }),
  )
  expect(await statusesOf(workspace)).toEqual(['unknown_phone_number'])
  expect(await channelEventsOf(workspace)).toEqual([])
})

test('of preferences for marketing the highest sequence counts, whichever comes last', async () => {
  const workspace = await bench.makeWorkspace()
  const tell = (sequence: number, status: string) =>
    workspace.tell('whatsapp.contact.marketing_preference_changed', {
      contact: { id: 'contact-1', wa_id: '6281200000031', business_scoped_user_id: null },
      marketing_preference: { status, sequence, occurred_at: '2026-08-16T12:00:00Z' },
      phone_number_id: samplePhoneNumberId,
    })
  await tell(3, 'stopped')
  await tell(2, 'resumed')
  const read = () =>
    bench.pipeline.kysely
      .selectFrom('marketing_preferences as p')
      .innerJoin('contact_identities as i', 'i.id', 'p.identity_id')
      .select(['p.status', 'p.sequence', 'i.phone_normalized'])
      .where('p.workspace_id', '=', workspace.workspaceId)
      .execute()
  expect(await read()).toEqual([{ status: 'stopped', sequence: 3, phone_normalized: '+6281200000031' }])
  await tell(4, 'resumed')
  expect(await read()).toMatchObject([{ status: 'resumed', sequence: 4 }])
})

test('a person with a new business-scoped id is the same person', async () => {
  const workspace = await bench.makeWorkspace()
  const write = (wamid: string, businessScopedId: string, at: number) =>
    workspace.tell(
      'whatsapp.message.received',
      receivedBody({
        wamid,
        phoneNumberId: samplePhoneNumberId,
        businessScopedId,
        conversationId: wamid,
        at,
      }),
    )
  await write('wamid.i1', 'US.13491208655302741918', 1_786_000_000)
  await workspace.tell('whatsapp.contact.identity_changed', sample('kapso-v2-contact-identity-changed'))
  await write('wamid.i2', 'US.22222222222222222222', 1_787_000_000)
  const threads = await bench.pipeline.kysely
    .selectFrom('messages as m')
    .innerJoin('conversations as c', 'c.id', 'm.conversation_id')
    .select('c.root_id')
    .where('m.workspace_id', '=', workspace.workspaceId)
    .execute()
  expect(threads).toHaveLength(2)
  expect(new Set(threads.map((row) => row.root_id)).size).toBe(1)
})

test('a status of a message that never came is kept for it and makes nobody known', async () => {
  const workspace = await bench.makeWorkspace()
  await workspace.tell('whatsapp.message.delivered', sample('kapso-v2-message-delivered'))
  const count = async (table: 'contacts' | 'conversations' | 'message_statuses') =>
    (
      await bench.pipeline.kysely
        .selectFrom(table)
        .select('workspace_id')
        .where('workspace_id', '=', workspace.workspaceId)
        .execute()
    ).length
  expect(await count('contacts')).toBe(0)
  expect(await count('conversations')).toBe(0)
  expect(await count('message_statuses')).toBeGreaterThan(0)
})
