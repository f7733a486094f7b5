import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { findDueSends } from '../../src/lib/server/database/outbox.ts'
import { sendDueMessages } from '../../src/lib/server/outbox/send-due-messages.ts'
import type { NewFault } from '../../src/simulator/faults.ts'
import { drain, startBench, type OutboxBench, type Thread } from './outbox-support.ts'

let bench: OutboxBench

beforeAll(async () => {
  bench = await startBench()
})

afterAll(() => bench.close())

afterEach(() => {
  bench.simulator.control.clearFaults()
  bench.simulator.control.changeSettings({ returnsOpaqueData: false })
})

/** Short enough for a test that waits for a time-out; the list is believed soon after. */
const shortTimes = { requestMs: 1_000, settleMs: 300 }

function addSendFault(kind: Extract<NewFault, { on: 'send' }>['kind'], times = 1): void {
  bench.simulator.control.addFault({ on: 'send', kind, times })
}

function contentsAtKapso(thread: Thread): unknown[] {
  return bench.atKapso(thread).map((message) => message.content)
}

describe('a send without an answer that Kapso has taken', () => {
  test.each(['timeout_after_accepting', 'reset_after_accepting', 'hang_after_accepting'] as const)(
    'is found in the list and not repeated (%s)',
    async (kind) => {
      const thread = await bench.makeThread()
      addSendFault(kind)
      const messageId = await bench.reply(thread, 'Baik')
      await drain(bench, bench.dependencies(shortTimes), thread)

      const [taken, ...others] = bench.atKapso(thread)
      expect(others).toEqual([])
      expect(await bench.messagesOf(thread)).toMatchObject([
        { id: messageId, send_state: 'accepted', wamid: taken?.id, send_attempts: 1, failure_code: null },
      ])
    },
  )

  test('is found before the list is believed to be complete, and then the next one goes', async () => {
    const thread = await bench.makeThread()
    addSendFault('timeout_after_accepting')
    await bench.reply(thread, 'Satu')
    await bench.reply(thread, 'Dua')
    await drain(bench, bench.dependencies({ settleMs: 600_000 }), thread)
    expect(contentsAtKapso(thread)).toEqual([{ body: 'Satu' }, { body: 'Dua' }])
    expect(await bench.messagesOf(thread)).toMatchObject([
      { send_state: 'accepted' },
      { send_state: 'accepted' },
    ])
  })

  test('is found behind a hundred others', async () => {
    const thread = await bench.makeThread()
    const other = await bench.makeThread()
    addSendFault('timeout_after_accepting')
    await bench.reply(thread, 'Di halaman kedua')
    await sendDueMessages(bench.dependencies({ patienceMs: -1, settleMs: 600_000 }), thread)
    for (let i = 0; i < 120; i += 1) {
      bench.simulator.control.sayAsBot(other.customer.id, {
        text: `Pesan ${i}`,
        phoneNumberId: bench.workspace.phoneNumberId,
      })
    }
    await drain(bench, bench.dependencies({ settleMs: 600_000 }), thread)
    expect(await bench.messagesOf(thread)).toMatchObject([
      { send_state: 'accepted', wamid: bench.atKapso(thread)[0]?.id },
    ])
  })

  test('is told from its twin by our reference where Kapso gives it back', async () => {
    bench.simulator.control.changeSettings({ returnsOpaqueData: true })
    const thread = await bench.makeThread()
    addSendFault('timeout_after_accepting')
    const messageId = await bench.reply(thread, 'Sama')
    const dependencies = bench.dependencies({ patienceMs: -1, settleMs: 600_000 })
    await sendDueMessages(dependencies, thread)
    sayTheSame(thread, 'Sama')
    await bench.simulator.control.settle()
    await drain(bench, bench.dependencies({ settleMs: 600_000 }), thread)
    expect(bench.atKapso(thread)).toMatchObject([{ opaqueData: messageId }])
    expect(await bench.messagesOf(thread)).toMatchObject([
      { send_state: 'accepted', wamid: bench.atKapso(thread)[0]?.id },
    ])
  })
})

describe('a send without an answer that Kapso has not taken', () => {
  test.each(['timeout', 'reset', 'server_error', 'hang'] as const)(
    'is sent again, exactly once (%s)',
    async (kind) => {
      const thread = await bench.makeThread()
      addSendFault(kind)
      await bench.reply(thread, 'Baik')
      await drain(bench, bench.dependencies(shortTimes), thread)
      expect(contentsAtKapso(thread)).toEqual([{ body: 'Baik' }])
      expect(await bench.messagesOf(thread)).toMatchObject([
        { send_state: 'accepted', send_attempts: 2, wamid: bench.atKapso(thread)[0]?.id, failure_code: null },
      ])
    },
  )

  test('is not sent a third time', async () => {
    const thread = await bench.makeThread()
    addSendFault('timeout', 3)
    await bench.reply(thread, 'Baik')
    await drain(bench, bench.dependencies({ requestMs: 300, settleMs: 100 }), thread)
    const [rule] = bench.simulator.control.world.faults
    expect(rule?.hit).toBe(2)
    expect(await bench.messagesOf(thread)).toMatchObject([
      { send_state: 'failed', failure_code: 'no_answer', send_attempts: 2 },
    ])
    expect(bench.atKapso(thread)).toEqual([])
  })

  test('is not sent a third time either when Kapso was busy in between', async () => {
    const thread = await bench.makeThread()
    addSendFault('timeout')
    addSendFault('in_flight')
    addSendFault('timeout', 5)
    await bench.reply(thread, 'Baik')
    await drain(bench, bench.dependencies({ requestMs: 300, settleMs: 100 }), thread)
    expect(bench.simulator.control.world.faults.map((rule) => rule.hit)).toEqual([1, 1, 1])
    expect(await bench.messagesOf(thread)).toMatchObject([
      { send_state: 'failed', failure_code: 'no_answer' },
    ])
  })

  test('is not sent again after its window has closed', async () => {
    const thread = await bench.makeThread()
    addSendFault('timeout')
    await bench.reply(thread, 'Baik')
    const dependencies = bench.dependencies({ requestMs: 300, settleMs: 200, patienceMs: -1 })
    await sendDueMessages(dependencies, thread)
    await bench.kysely
      .updateTable('conversations')
      .set({ last_inbound_at: new Date(Date.now() - 25 * 60 * 60 * 1000) })
      .where('id', '=', thread.conversationId)
      .execute()
    await drain(bench, dependencies, thread)
    expect(await bench.messagesOf(thread)).toMatchObject([
      { send_state: 'failed', failure_code: 'window_closed', send_attempts: 1 },
    ])
    expect(bench.atKapso(thread)).toEqual([])
  })

  test('keeps what was written after it waiting until that is clear', async () => {
    const thread = await bench.makeThread()
    addSendFault('timeout')
    await bench.reply(thread, 'Satu')
    await bench.reply(thread, 'Dua')
    const impatient = bench.dependencies({ settleMs: 600_000, patienceMs: -1 })
    await sendDueMessages(impatient, thread)
    await sendDueMessages(impatient, thread)
    expect(await bench.messagesOf(thread)).toMatchObject([
      { send_state: 'checking' },
      { send_state: 'waiting' },
    ])
    expect(bench.atKapso(thread)).toEqual([])
    await drain(bench, bench.dependencies({ requestMs: 10_000, settleMs: -10_000 }), thread)
    expect(contentsAtKapso(thread)).toEqual([{ body: 'Satu' }, { body: 'Dua' }])
  })
})

describe('an outcome that nobody can tell', () => {
  test('is left alone for ever, and the next message goes out', async () => {
    const thread = await bench.makeThread()
    addSendFault('timeout')
    bench.simulator.control.addFault({ on: 'read', kind: 'server_error' })
    await bench.reply(thread, 'Satu')
    await bench.reply(thread, 'Dua')
    const dependencies = bench.dependencies({ requestMs: 300, settleMs: 100 })
    await drain(bench, dependencies, thread)
    expect(await bench.messagesOf(thread)).toMatchObject([
      { text: 'Satu', send_state: 'unknown', send_due_at: null, failed_at: null, failure_code: null },
      { text: 'Dua', send_state: 'accepted' },
    ])

    bench.simulator.control.clearFaults()
    await sendDueMessages(dependencies, thread)
    const due = await bench.asSystem((database) => findDueSends(database, 0))
    expect(
      due.filter((job) => 'conversationId' in job.data && job.data.conversationId === thread.conversationId),
    ).toEqual([])
    expect(contentsAtKapso(thread)).toEqual([{ body: 'Dua' }])
  })

  test('includes a list that holds two of them', async () => {
    const thread = await bench.makeThread()
    addSendFault('timeout_after_accepting')
    await bench.reply(thread, 'Sama')
    const dependencies = bench.dependencies({ ...shortTimes, patienceMs: -1 })
    await sendDueMessages(dependencies, thread)
    // Before the first lookup somebody else says the same.
    expect(await bench.messagesOf(thread)).toMatchObject([{ send_state: 'checking' }])
    sayTheSame(thread, 'Sama')
    await drain(bench, dependencies, thread)
    expect(await bench.messagesOf(thread)).toMatchObject([{ send_state: 'unknown', send_attempts: 1 }])
    expect(bench.atKapso(thread)).toHaveLength(1)
  })

  test('includes a key that does not open the list', async () => {
    const thread = await bench.makeThread()
    addSendFault('timeout')
    await bench.reply(thread, 'Baik')
    await sendDueMessages(bench.dependencies({ requestMs: 300, settleMs: 100, patienceMs: -1 }), thread)
    const wrong = bench.dependencies({ requestMs: 300, settleMs: 100 }, { kapsoApiKey: 'wrong' })
    await drain(bench, wrong, thread)
    expect(await bench.messagesOf(thread)).toMatchObject([{ send_state: 'unknown' }])
    expect(bench.atKapso(thread)).toEqual([])
  })
})

function sayTheSame(thread: Thread, text: string): void {
  bench.simulator.control.sayAsBot(thread.customer.id, { text, phoneNumberId: bench.workspace.phoneNumberId })
}
