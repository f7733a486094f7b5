import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { sql } from 'kysely'
import type { BusinessHours } from '../../src/lib/domain/business-hours.ts'
import type { ConversationOf } from '../../src/lib/server/database/conversation-states.ts'
import { sendAwayMessages } from '../../src/lib/server/jobs/send-away-message.ts'
import type { SendAwayMessageJob } from '../../src/lib/server/queue/queue.ts'
import { samplePhoneNumberId, startApplyBench } from '../support/apply-bench.ts'
import { receivedBody } from '../support/kapso-bodies.ts'
import { drain, startBench } from './outbox-support.ts'
import { startTeamBench, type TeamBench } from '../support/team-bench.ts'
import type { TestWorkspace } from '../support/workspace.ts'
import { zoneWhereItIs } from '../support/time-zones.ts'

let bench: TeamBench
let workspace: TestWorkspace

const hour = 3_600_000
const hoursAgo = (hours: number) => new Date(Date.now() - hours * hour)
const neverOpen: BusinessHours = {}

const noonZone = zoneWhereItIs(12)

function daily(from: string, until: string): BusinessHours {
  const span: [string, string][] = [[from, until]]
  return { mon: span, tue: span, wed: span, thu: span, fri: span, sat: span, sun: span }
}

beforeAll(async () => {
  bench = await startTeamBench()
})

afterAll(() => bench.close())

beforeEach(async () => {
  workspace = await bench.makeWorkspace()
  await setHours(neverOpen)
})

const setHours = (hours: BusinessHours | null, message: string | null = 'Kami tutup. Besok kami balas.') =>
  bench.kysely
    .updateTable('workspaces')
    .set({
      business_hours: hours === null ? null : JSON.stringify(hours),
      away_message: message,
      time_zone: noonZone,
    })
    .where('id', '=', workspace.workspaceId)
    .execute()

const make = (wroteAt?: Date) => bench.makeConversation(workspace, wroteAt)
const send = (at: ConversationOf, now?: Date) =>
  sendAwayMessages(bench.asSystem, { workspaceId: at.workspaceId, conversationIds: [at.conversationId] }, now)
const answer = (at: ConversationOf, origin: 'cloud_api' | 'business_app', occurredAt = new Date()) =>
  sql`
    insert into public.messages (workspace_id, conversation_id, channel_id, wamid, direction, origin, type, text, occurred_at)
    select workspace_id, id, channel_id, gen_random_uuid()::text, 'outbound', ${origin}::public.message_origin, 'text',
      'Baik', ${occurredAt}
    from public.conversations where id = ${at.conversationId}
  `.execute(bench.kysely)

test('goes through the outbox, once, however often it is asked and by however many', async () => {
  const at = await make()
  bench.jobs.length = 0
  const sent = await Promise.all([send(at), send(at), send(at)])
  expect(sent.toSorted()).toEqual([0, 0, 1])
  await bench.write(at)
  expect(await send(at)).toBe(0)
  const messages = await bench.kysely
    .selectFrom('messages')
    .select(['id', 'text', 'origin', 'author_id', 'send_state', 'status'])
    .where('conversation_id', '=', at.conversationId)
    .where('direction', '=', 'outbound')
    .execute()
  expect(messages).toEqual([
    {
      id: expect.any(String),
      text: 'Kami tutup. Besok kami balas.',
      origin: 'my21staff',
      author_id: null,
      send_state: 'waiting',
      status: 'queued',
    },
  ])
  expect(bench.jobs).toEqual([
    {
      queue: 'send-message',
      data: { workspaceId: at.workspaceId, conversationId: at.conversationId },
    },
  ])
  expect(await bench.events(at)).toEqual([
    { kind: 'away_message', actor_id: null, details: { messageId: messages[0]?.id } },
  ])
})

test('comes again when the reply window had closed in between, and not while it goes on', async () => {
  const at = await make(hoursAgo(60))
  await bench.kysely
    .updateTable('conversations')
    .set({ away_sent_at: hoursAgo(59.9) })
    .where('id', '=', at.conversationId)
    .execute()
  await bench.write(at, { occurredAt: hoursAgo(40) })
  await bench.write(at, { occurredAt: hoursAgo(20) })
  await bench.write(at, { occurredAt: hoursAgo(1) })
  expect(await send(at)).toBe(0)

  const later = await make(hoursAgo(60))
  await bench.kysely
    .updateTable('conversations')
    .set({ away_sent_at: hoursAgo(59.9) })
    .where('id', '=', later.conversationId)
    .execute()
  await bench.write(later, { occurredAt: hoursAgo(30) })
  await bench.write(later, { occurredAt: hoursAgo(1) })
  expect(await send(later)).toBe(1)
})

test('is sent where the customer wrote outside of the hours and nobody is there yet', async () => {
  await setHours(daily('14:00', '16:00'))
  expect(await send(await make())).toBe(1)
  // Whoever comes by now will answer.
  expect(await send(await make(), new Date(Date.now() + 2.5 * hour))).toBe(0)
  await setHours(daily('11:00', '14:00'))
  expect(await send(await make())).toBe(0)
  // They wrote while somebody was there, who has left since.
  expect(await send(await make(), new Date(Date.now() + 4 * hour))).toBe(0)
})

test('is not sent without hours, without words, or when the window is closed', async () => {
  await setHours(null)
  expect(await send(await make())).toBe(0)
  await setHours(neverOpen, null)
  expect(await send(await make())).toBe(0)
  await setHours(neverOpen)
  expect(await send(await make(hoursAgo(25)))).toBe(0)
})

test('leaves the word to a person who has answered, and to a bot at work', async () => {
  const answered = await make(hoursAgo(1))
  await answer(answered, 'business_app')
  expect(await send(answered)).toBe(0)

  const served = await make(hoursAgo(1))
  await answer(served, 'cloud_api')
  expect(await send(served)).toBe(0)
  await bench.kysely
    .updateTable('conversations')
    .set({ bot_state: 'handed_over' })
    .where('id', '=', served.conversationId)
    .execute()
  expect(await send(served)).toBe(1)
})

test('is asked for when a message comes in, not for what is imported or known, nor where there is none', async () => {
  const ingest = await startApplyBench()
  try {
    const told = await ingest.makeWorkspace()
    const body = (wamid: string) =>
      receivedBody({
        phoneNumberId: samplePhoneNumberId,
        phone: '6281200001001',
        wamid,
        conversationId: 'session',
      })
    await told.tell('whatsapp.message.received', body('wamid.1'))
    expect(await told.jobs('send-away-message')).toEqual([])
    await ingest.pipeline.kysely
      .updateTable('workspaces')
      .set({ business_hours: '{}', away_message: 'Tutup' })
      .where('id', '=', told.workspaceId)
      .execute()
    await told.tell('whatsapp.message.received', body('wamid.2'))
    await told.tell('whatsapp.message.received', body('wamid.2'))
    const jobs = await told.jobs('send-away-message')
    const { id } = await ingest.pipeline.kysely
      .selectFrom('conversations')
      .select('id')
      .executeTakeFirstOrThrow()
    expect(jobs.map(({ data }) => data)).toEqual([
      { workspaceId: told.workspaceId, conversationIds: [id] } satisfies SendAwayMessageJob,
    ])
  } finally {
    await ingest.close()
  }
})

test('reaches the customer as any other message of ours', async () => {
  const outbox = await startBench()
  try {
    const thread = await outbox.makeThread()
    await outbox.kysely
      .updateTable('workspaces')
      .set({ business_hours: '{}', away_message: 'Kami tutup' })
      .where('id', '=', thread.workspaceId)
      .execute()
    await sendAwayMessages(outbox.asSystem, {
      workspaceId: thread.workspaceId,
      conversationIds: [thread.conversationId],
    })
    await drain(outbox, outbox.dependencies(), thread)
    expect(outbox.atKapso(thread)).toHaveLength(1)
    expect(await outbox.messagesOf(thread)).toMatchObject([{ text: 'Kami tutup', send_state: 'accepted' }])
  } finally {
    await outbox.close()
  }
})
