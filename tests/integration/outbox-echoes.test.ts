import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { createAsMember, createDatabase } from '../../src/lib/server/database/database.ts'
import { findChanges, readCursor } from '../../src/lib/server/database/inbox-changes.ts'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { acceptSend } from '../../src/lib/server/database/send-results.ts'
import { handleRawDelivery } from '../../src/lib/server/ingest/raw-door.ts'
import { workApplyEvents } from '../../src/lib/server/jobs/apply-events.ts'
import { workSendMessage } from '../../src/lib/server/jobs/send-message.ts'
import { sendDueMessages } from '../../src/lib/server/outbox/send-due-messages.ts'
import { createKapsoClient } from '../../src/lib/server/kapso/client.ts'
import { startQueue } from '../../src/lib/server/queue/queue.ts'
import { outboundBody, sign } from '../support/kapso-bodies.ts'
import { silentLog, startPipeline, type Pipeline } from '../support/pipeline.ts'
import { runAs } from '../support/run-as.ts'
import {
  drain,
  findPostgresErrors,
  startBench,
  until,
  type OutboxBench,
  type Thread,
} from './outbox-support.ts'

let bench: OutboxBench
let pipeline: Pipeline
let door: Server

beforeAll(async () => {
  bench = await startBench()
  pipeline = await startPipeline(bench.database)
  door = createServer((request, response) => {
    handleRawDelivery(pipeline.door, () => '127.0.0.1', request, response)
  })
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  const address = door.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const { phoneNumberId, endpointId, secret } = bench.workspace
  const kapso = createKapsoClient({
    apiUrl: bench.simulator.url,
    apiKey: bench.simulator.apiKey,
    timeoutMs: 5_000,
  })
  await kapso.createNumberWebhook({
    phoneNumberId,
    url: `http://127.0.0.1:${address.port}/webhooks/kapso/${endpointId}`,
    secret,
    // Not `received`: the threads are made by hand, and ingest would make the same people at the same time.
    events: ['sent', 'delivered', 'read', 'failed'].map((name) => `whatsapp.message.${name}`),
  })
})

afterAll(async () => {
  await bench.simulator.control.settle()
  door.close()
  await pipeline.close()
  await bench.close()
})

afterEach(() => {
  bench.simulator.control.clearFaults()
  bench.simulator.control.changeSettings({
    echoBeforeAnswer: 'never',
    deliversAutomatically: true,
    returnsOpaqueData: false,
    sentDelayMs: 5,
  })
})

const shortTimes = { requestMs: 1_000, settleMs: 300 }

describe('an echo before the answer', () => {
  test('makes no second bubble, and the ticks of the one there is go on', async () => {
    bench.simulator.control.changeSettings({ echoBeforeAnswer: 'always' })
    const queue = await startQueue({
      connectionString: bench.database.workerUrl,
      runsJobs: true,
      log: silentLog,
    })
    try {
      await workApplyEvents(queue, { asSystem: bench.asSystem, log: silentLog }, new Set())
      await workSendMessage(queue, bench.dependencies())
      const thread = await bench.makeThread()
      for (const text of ['Satu', 'Dua', 'Dua']) await bench.reply(thread, text)
      await until(async () => (await bench.messagesOf(thread)).every((row) => row.status === 'delivered'))
      expect(await bench.messagesOf(thread)).toMatchObject([
        { text: 'Satu', send_state: 'accepted' },
        { text: 'Dua', send_state: 'accepted' },
        { text: 'Dua', send_state: 'accepted' },
      ])
      expect((await bench.messagesOf(thread)).map((row) => row.wamid)).toEqual(
        bench.atKapso(thread).map((message) => message.id),
      )
    } finally {
      await queue.stop()
    }
  })

  test('waits until the send has ended, and is woken by its end', async () => {
    bench.simulator.control.changeSettings({ echoBeforeAnswer: 'always', deliversAutomatically: false })
    const thread = await bench.makeThread()
    const rule = bench.simulator.control.addFault({ on: 'send', kind: 'hang_after_accepting', times: 1 })
    await bench.reply(thread, 'Baik')
    const sending = sendDueMessages(bench.dependencies(shortTimes), thread)
    await until(async () => rule.hit === 1 && (await pendingEchoes()).length === 1)
    await pipeline.applyAll(bench.workspace)
    expect(await bench.messagesOf(thread)).toMatchObject([{ send_state: 'sending', wamid: null }])
    expect(await pendingEchoes()).toHaveLength(1)

    await sending
    await drain(bench, bench.dependencies(shortTimes), thread)
    const [echo] = await pendingEchoes()
    const jobs = await runAs<{ data: { webhookEventIds: number[] } }>(
      bench.database.adminUrl,
      `select data from pgboss.job where name = 'apply-events'`,
    )
    expect(jobs.filter((job) => job.data.webhookEventIds.includes(echo?.id ?? -1)).length).toBeGreaterThan(1)
    await pipeline.applyAll(bench.workspace)
    expect(await pendingEchoes()).toEqual([])
    expect(await bench.messagesOf(thread)).toMatchObject([
      { send_state: 'accepted', wamid: bench.atKapso(thread)[0]?.id, status: 'sent', send_attempts: 1 },
    ])
  })

  test('that names our message settles it although the request is still under way', async () => {
    bench.simulator.control.changeSettings({
      echoBeforeAnswer: 'always',
      returnsOpaqueData: true,
      deliversAutomatically: false,
    })
    const thread = await bench.makeThread()
    const rule = bench.simulator.control.addFault({ on: 'send', kind: 'hang_after_accepting', times: 1 })
    await bench.reply(thread, 'Satu')
    const sending = sendDueMessages(bench.dependencies(shortTimes), thread)
    await until(async () => rule.hit === 1 && (await pendingEchoes()).length === 1)
    await pipeline.applyAll(bench.workspace)
    expect(await bench.messagesOf(thread)).toMatchObject([{ send_state: 'accepted', status: 'sent' }])
    await bench.reply(thread, 'Dua')
    await sending
    await drain(bench, bench.dependencies(), thread)
    expect(bench.atKapso(thread).map((message) => message.content)).toEqual([
      { body: 'Satu' },
      { body: 'Dua' },
    ])
    expect(await bench.messagesOf(thread)).toMatchObject([
      { send_state: 'accepted', send_attempts: 1 },
      { send_state: 'accepted' },
    ])
  })
})

test('the client reads what the API has of a number and a message', async () => {
  const { phoneNumberId } = bench.workspace
  const kapso = createKapsoClient({
    apiUrl: bench.simulator.url,
    apiKey: bench.simulator.apiKey,
    timeoutMs: 5_000,
  })
  expect(await kapso.listPhoneNumbers()).toMatchObject([{ phone_number_id: phoneNumberId }])
  const thread = await bench.makeThread()
  await bench.reply(thread, 'Baik')
  await sendDueMessages(bench.dependencies(), thread)
  const [sent] = await bench.messagesOf(thread)
  expect(await kapso.getMessage(phoneNumberId, sent?.wamid ?? '')).toMatchObject({ text: { body: 'Baik' } })
  expect(await kapso.getMessage(phoneNumberId, 'wamid.unknown')).toBeNull()
})

test('an echo that comes after the outcome was given up for unknown settles it', async () => {
  // Kapso tells of it when the lookups are over.
  bench.simulator.control.changeSettings({ sentDelayMs: 1_500 })
  bench.simulator.control.addFault({ on: 'send', kind: 'timeout_after_accepting', times: 1 })
  bench.simulator.control.addFault({ on: 'read', kind: 'server_error' })
  const thread = await bench.makeThread()
  await bench.reply(thread, 'Baik')
  await drain(bench, bench.dependencies({ requestMs: 300, settleMs: 100 }), thread)
  expect(await bench.messagesOf(thread)).toMatchObject([{ send_state: 'unknown' }])
  await until(async () => {
    await pipeline.applyAll(bench.workspace)
    return (await bench.messagesOf(thread)).every((row) => row.send_state === 'accepted')
  })
  expect(await bench.messagesOf(thread)).toMatchObject([{ wamid: bench.atKapso(thread)[0]?.id }])
})

describe('an answer after its echo has made a bubble of its own', () => {
  /** A reply of unknown outcome, and an echo with other words that nobody took for it. */
  async function makeTwoBubbles(thread: Thread, phone = thread.customer.phone) {
    const messageId = await bench.reply(thread, 'Baik')
    await bench.kysely
      .updateTable('messages')
      .set({ send_state: 'unknown', send_due_at: null })
      .where('id', '=', messageId)
      .execute()
    const wamid = `wamid.echo.${messageId}`
    const facts = {
      wamid,
      phoneNumberId: bench.workspace.phoneNumberId,
      phone,
      text: 'Other words',
      at: Math.floor(Date.now() / 1000) + 2,
    }
    for (const status of ['sent', 'delivered'] as const) {
      const delivery = sign(`whatsapp.message.${status}`, outboundBody(status, facts), bench.workspace.secret)
      expect(await pipeline.deliver(bench.workspace, delivery)).toBe(200)
    }
    await pipeline.applyAll(bench.workspace)
    return { messageId, wamid }
  }

  const accept = (thread: Thread, messageId: string, wamid: string) =>
    bench.asSystem((database) => acceptSend(database, thread.workspaceId, { messageId, ...thread }, wamid))

  const conversationOf = (conversationId: string) =>
    bench.kysely
      .selectFrom('conversations')
      .select(['last_message_id', 'last_activity_at'])
      .where('id', '=', conversationId)
      .executeTakeFirstOrThrow()

  test('leaves one bubble, ours, with everything that was told of the echo', async () => {
    const thread = await bench.makeThread()
    const { messageId, wamid } = await makeTwoBubbles(thread)
    const echo = (await bench.messagesOf(thread)).find((row) => row.id !== messageId)
    const inbox = { workspaceId: thread.workspaceId, userId: bench.workspace.ownerId }
    const cursor = await bench.asSystem(readCursor)

    expect(await accept(thread, messageId, wamid)).toBe('accepted')
    const asMember = createAsMember(createDatabase(pipeline.webPool), () => Promise.resolve())
    const changes = await asMember({ sub: inbox.userId, exp: 0 }, (trx) =>
      findChanges(trx, inbox, cursor, thread.conversationId),
    )
    expect(changes.removedMessageIds).toEqual([echo?.id])
    expect(changes.messages.map((message) => message.id)).toContain(messageId)
    expect(changes.messages.map((message) => message.id)).not.toContain(echo?.id)
    const rows = await bench.messagesOf(thread)
    expect(rows).toMatchObject([
      { id: messageId, wamid, text: 'Baik', send_state: 'accepted', status: 'delivered' },
    ])
    const newest = await bench.kysely
      .selectFrom('messages')
      .select(['id', 'occurred_at'])
      .where('conversation_id', '=', thread.conversationId)
      .orderBy('occurred_at', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow()
    expect(await conversationOf(thread.conversationId)).toEqual({
      last_message_id: newest.id,
      last_activity_at: newest.occurred_at,
    })
    // Said again, nothing changes.
    expect(await accept(thread, messageId, wamid)).toBe('accepted')
    expect(await bench.messagesOf(thread)).toEqual(rows)
  })

  test('counts the statuses that came before it', async () => {
    const thread = await bench.makeThread()
    const messageId = await bench.reply(thread, 'Baik')
    const wamid = `wamid.early.${messageId}`
    const body = outboundBody('delivered', { wamid, phoneNumberId: bench.workspace.phoneNumberId })
    await pipeline.deliver(bench.workspace, sign('whatsapp.message.delivered', body, bench.workspace.secret))
    await pipeline.applyAll(bench.workspace)
    expect(await bench.messagesOf(thread)).toMatchObject([{ status: 'queued' }])
    expect(await accept(thread, messageId, wamid)).toBe('accepted')
    expect(await bench.messagesOf(thread)).toMatchObject([{ status: 'delivered', send_state: 'accepted' }])
  })

  test('takes it out of another thread, too, which may be left empty', async () => {
    const thread = await bench.makeThread()
    const { messageId, wamid } = await makeTwoBubbles(thread, '6281299990001')
    const other = await bench.kysely
      .selectFrom('messages')
      .select('conversation_id')
      .where('wamid', '=', wamid)
      .executeTakeFirstOrThrow()
    expect(other.conversation_id).not.toBe(thread.conversationId)
    expect(await accept(thread, messageId, wamid)).toBe('accepted')
    expect(await bench.messagesOf(thread)).toMatchObject([{ id: messageId, wamid, status: 'delivered' }])
    expect(await conversationOf(other.conversation_id)).toMatchObject({ last_message_id: null })
  })

  test('never takes the id of another message that was sent from here', async () => {
    const thread = await bench.makeThread()
    const first = await bench.reply(thread, 'Satu')
    await sendDueMessages(bench.dependencies(), thread)
    const [sent] = await bench.messagesOf(thread)
    const second = await bench.reply(thread, 'Dua')
    expect(await accept(thread, second, sent?.wamid ?? '')).toBe('taken')
    expect(await bench.messagesOf(thread)).toMatchObject([
      { id: first, wamid: sent?.wamid },
      { id: second, wamid: null, send_state: 'waiting' },
    ])
    await drain(bench, bench.dependencies(), thread)
  })
})

test('none of it made Postgres complain', async () => {
  expect(await findPostgresErrors(bench.database)).toEqual([])
})

async function pendingEchoes() {
  return bench.kysely
    .selectFrom('webhook_events')
    .select('id')
    .where('status', '=', 'pending')
    .where('name', '=', 'whatsapp.message.sent')
    .execute()
}
