import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { workSendMessage } from '../../src/lib/server/jobs/send-message.ts'
import { sendDueMessages } from '../../src/lib/server/outbox/send-due-messages.ts'
import { startQueue } from '../../src/lib/server/queue/queue.ts'
import { channelApiKeyContext, createSealer } from '../../src/lib/server/secrets/sealing.ts'
import { findFreePort } from '../support/free-port.ts'
import { silentLog } from '../support/pipeline.ts'
import { runAs } from '../support/run-as.ts'
import { encryptionKeys } from '../support/workspace.ts'
import { drain, startBench, until, type OutboxBench } from './outbox-support.ts'

let bench: OutboxBench

beforeAll(async () => {
  bench = await startBench()
})

afterAll(() => bench.close())

afterEach(() => {
  bench.simulator.control.clearFaults()
  bench.simulator.control.changeSettings({ inFlightHoldMs: 0 })
})

describe('a reply', () => {
  test('goes out once, under its own reference, and carries the id that WhatsApp gave', async () => {
    const thread = await bench.makeThread()
    const messageId = await bench.reply(thread, 'Baik, kami kirim besok')
    await sendDueMessages(bench.dependencies(), thread)

    const [sent, ...others] = bench.atKapso(thread)
    expect(others).toEqual([])
    expect(sent).toMatchObject({ opaqueData: messageId, content: { body: 'Baik, kami kirim besok' } })
    expect(sent).toMatchObject({ sentToUserId: false })
    expect(await bench.messagesOf(thread)).toMatchObject([
      {
        id: messageId,
        wamid: sent?.id,
        send_state: 'accepted',
        send_attempts: 1,
        send_due_at: null,
        failed_at: null,
      },
    ])
  })

  test('is taken from the queue by a worker that listens', async () => {
    const queue = await startQueue({
      connectionString: bench.database.workerUrl,
      runsJobs: true,
      log: silentLog,
    })
    try {
      await workSendMessage(queue, bench.dependencies())
      const thread = await bench.makeThread()
      await bench.reply(thread, 'Satu')
      await bench.reply(thread, 'Dua')
      await until(async () => (await bench.messagesOf(thread)).every((row) => row.send_state === 'accepted'))
      expect(bench.atKapso(thread).map((message) => message.content)).toEqual([
        { body: 'Satu' },
        { body: 'Dua' },
      ])
    } finally {
      await queue.stop()
    }
  })

  test('is one message however often the button was pressed', async () => {
    const thread = await bench.makeThread()
    const reference = randomUUID()
    const ids = await Promise.all([1, 2, 3].map(() => bench.reply(thread, 'Sekali saja', reference)))
    await Promise.all([1, 2, 3].map(() => sendDueMessages(bench.dependencies(), thread)))
    await drain(bench, bench.dependencies(), thread)

    expect(new Set(ids).size).toBe(1)
    expect(bench.atKapso(thread)).toHaveLength(1)
    expect(await bench.messagesOf(thread)).toHaveLength(1)
  })

  test('keeps its place among others, also where Kapso is busy in between', async () => {
    bench.simulator.control.changeSettings({ inFlightHoldMs: 60 })
    const thread = await bench.makeThread()
    for (const text of ['Satu', 'Dua', 'Tiga']) await bench.reply(thread, text)
    await drain(bench, bench.dependencies(), thread)
    expect(bench.atKapso(thread).map((message) => message.content)).toEqual([
      { body: 'Satu' },
      { body: 'Dua' },
      { body: 'Tiga' },
    ])
  })

  test('goes to the newest business-scoped id where WhatsApp hides the number', async () => {
    const thread = await bench.makeThread({ isHidden: true })
    await bench.reply(thread, 'Halo')
    await sendDueMessages(bench.dependencies(), thread)
    expect(bench.atKapso(thread)).toMatchObject([{ sentToUserId: true, isUndeliverable: false }])
    expect(await bench.messagesOf(thread)).toMatchObject([{ send_state: 'accepted' }])
  })

  test('has no address when neither number nor id is known', async () => {
    const thread = await bench.makeThread({ isHidden: true })
    await bench.kysely
      .deleteFrom('business_scoped_ids')
      .where('identity_id', '=', thread.identityId)
      .execute()
    await bench.reply(thread, 'Halo')
    await sendDueMessages(bench.dependencies(), thread)
    expect(await bench.messagesOf(thread)).toMatchObject([
      { send_state: 'failed', failure_code: 'no_address' },
    ])
  })

  test('does not go out when the window has closed since it was written', async () => {
    const thread = await bench.makeThread()
    await bench.reply(thread, 'Terlambat')
    await bench.kysely
      .updateTable('conversations')
      .set({ last_inbound_at: new Date(Date.now() - 24 * 60 * 60 * 1000 - 1000) })
      .where('id', '=', thread.conversationId)
      .execute()
    await sendDueMessages(bench.dependencies(), thread)
    expect(bench.atKapso(thread)).toEqual([])
    const [row] = await bench.messagesOf(thread)
    expect(row).toMatchObject({ send_state: 'failed', failure_code: 'window_closed', send_attempts: 0 })
    expect(row?.failed_at).not.toBeNull()
  })
})

describe('the key', () => {
  test('is the one stored for the channel, sealed for it alone', async () => {
    const { workspace, simulator, kysely } = bench
    const thread = await bench.makeThread()
    const own = bench.dependencies({}, { kapsoApiKey: undefined })
    await bench.reply(thread, 'Tanpa kunci')
    await sendDueMessages(own, thread)
    expect(await bench.messagesOf(thread)).toMatchObject([
      { send_state: 'failed', failure_code: 'no_api_key' },
    ])

    const sealer = createSealer(encryptionKeys)
    const { workspaceId, channelId } = workspace
    await kysely
      .insertInto('private.channel_api_keys')
      .values({
        workspace_id: workspaceId,
        channel_id: channelId,
        sealed: sealer.seal(simulator.apiKey, channelApiKeyContext(workspaceId, channelId)),
      })
      .execute()
    await bench.reply(thread, 'Dengan kunci')
    await sendDueMessages(own, thread)
    expect(bench.atKapso(thread).map((message) => message.content)).toEqual([{ body: 'Dengan kunci' }])

    // Sealed for another channel: it does not open here.
    await kysely
      .updateTable('private.channel_api_keys')
      .set({ sealed: sealer.seal(simulator.apiKey, channelApiKeyContext(workspaceId, randomUUID())) })
      .execute()
    await bench.reply(thread, 'Kunci lain')
    await sendDueMessages(own, thread)
    expect((await bench.messagesOf(thread)).at(-1)).toMatchObject({ failure_code: 'no_api_key' })
    await kysely.deleteFrom('private.channel_api_keys').execute()
  })
})

describe('a refusal', () => {
  test.each([
    [{ kind: 'graph_error', code: 131026 } as const, '131026'],
    [{ kind: 'insufficient_credits' } as const, 'insufficient_credits'],
  ])('%j ends this message, and the next one still goes out', async (fault, code) => {
    const thread = await bench.makeThread()
    bench.simulator.control.addFault({ on: 'send', times: 1, ...fault })
    await bench.reply(thread, 'Ditolak')
    await bench.reply(thread, 'Diterima')
    await sendDueMessages(bench.dependencies(), thread)
    expect(await bench.messagesOf(thread)).toMatchObject([
      { text: 'Ditolak', send_state: 'failed', failure_code: code, wamid: null },
      { text: 'Diterima', send_state: 'accepted', failure_code: null },
    ])
    expect(bench.atKapso(thread)).toHaveLength(1)
  })

  test('by a closed window at Kapso is told as such', async () => {
    const thread = await bench.makeThread()
    thread.customer.lastInboundAt = {}
    await bench.reply(thread, 'Terlambat')
    await sendDueMessages(bench.dependencies(), thread)
    expect(await bench.messagesOf(thread)).toMatchObject([{ send_state: 'failed', failure_code: '131047' }])
  })

  test('of the key needs a person', async () => {
    const thread = await bench.makeThread()
    await bench.reply(thread, 'Halo')
    await sendDueMessages(bench.dependencies({}, { kapsoApiKey: 'wrong' }), thread)
    expect(await bench.messagesOf(thread)).toMatchObject([
      { send_state: 'failed', failure_code: 'unauthorized' },
    ])
  })
})

describe('"not now"', () => {
  test.each([
    { kind: 'in_flight' as const },
    { kind: 'rate_limited' as const, retryAfterSeconds: 0 },
    { kind: 'graph_error' as const, code: 131016 },
  ])('%j is waited for, and the message goes out once', async (fault) => {
    const thread = await bench.makeThread()
    bench.simulator.control.addFault({ on: 'send', times: 3, ...fault })
    await bench.reply(thread, 'Satu')
    await bench.reply(thread, 'Dua')
    await drain(bench, bench.dependencies(), thread)
    expect(await bench.messagesOf(thread)).toMatchObject([
      { text: 'Satu', send_state: 'accepted', send_attempts: 4 },
      { text: 'Dua', send_state: 'accepted', send_attempts: 1 },
    ])
    expect(bench.atKapso(thread).map((message) => message.content)).toEqual([
      { body: 'Satu' },
      { body: 'Dua' },
    ])
  })

  test('for long becomes a job for later, before which nothing overtakes', async () => {
    const thread = await bench.makeThread()
    bench.simulator.control.addFault({ on: 'send', kind: 'rate_limited', retryAfterSeconds: 60, times: 1 })
    await bench.reply(thread, 'Satu')
    await bench.reply(thread, 'Dua')
    await sendDueMessages(bench.dependencies(), thread)
    await sendDueMessages(bench.dependencies(), thread)

    expect(bench.atKapso(thread)).toEqual([])
    const [first, second] = await bench.messagesOf(thread)
    expect(first).toMatchObject({ send_state: 'waiting', send_attempts: 1 })
    expect(second).toMatchObject({ send_state: 'waiting', send_attempts: 0 })
    expect(first?.send_due_at?.getTime()).toBeGreaterThan(Date.now() + 50_000)
    const jobs = await runAs<{ start_after: Date }>(
      bench.database.adminUrl,
      `select start_after from pgboss.job where name = 'send-message' and data ->> 'conversationId' = $1`,
      [thread.conversationId],
    )
    expect(jobs.filter((job) => job.start_after.getTime() > Date.now() + 50_000)).toHaveLength(1)
  })

  test('does not last for ever', async () => {
    const thread = await bench.makeThread()
    bench.simulator.control.addFault({ on: 'send', kind: 'in_flight' })
    await bench.reply(thread, 'Halo')
    const dependencies = bench.dependencies(
      {},
      { retries: { maxAttempts: 3, firstDelayMs: 1, longestDelayMs: 5 } },
    )
    await drain(bench, dependencies, thread)
    expect(await bench.messagesOf(thread)).toMatchObject([
      { send_state: 'failed', failure_code: 'conversation_busy', send_attempts: 3 },
    ])
  })
})

describe('a Kapso that cannot be reached', () => {
  test('gets the message when it is back, once', async () => {
    const thread = await bench.makeThread()
    await bench.reply(thread, 'Halo')
    const gone = bench.dependencies(
      { patienceMs: 0 },
      { kapsoApiUrl: `http://127.0.0.1:${await findFreePort()}` },
    )
    await sendDueMessages(gone, thread)
    expect(await bench.messagesOf(thread)).toMatchObject([{ send_state: 'waiting', send_attempts: 1 }])
    await drain(bench, bench.dependencies(), thread)
    expect(await bench.messagesOf(thread)).toMatchObject([{ send_state: 'accepted', send_attempts: 2 }])
    expect(bench.atKapso(thread)).toHaveLength(1)
  })

  test('is looked for at the channel’s own address', async () => {
    const thread = await bench.makeThread()
    const setUrl = (url: string | null) =>
      bench.kysely
        .updateTable('channels')
        .set({ kapso_api_url: url })
        .where('id', '=', thread.channelId)
        .execute()
    await setUrl(bench.simulator.url)
    await bench.reply(thread, 'Halo')
    const other = bench.dependencies({}, { kapsoApiUrl: `http://127.0.0.1:${await findFreePort()}` })
    await sendDueMessages(other, thread)
    await setUrl(null)
    expect(await bench.messagesOf(thread)).toMatchObject([{ send_state: 'accepted' }])
  })
})
