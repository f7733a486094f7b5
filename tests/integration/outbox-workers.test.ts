import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createAsSystem, createDatabase } from '../../src/lib/server/database/database.ts'
import { claimOutboxWork, findDueSends } from '../../src/lib/server/database/outbox.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { acceptSend, recordUnaccepted } from '../../src/lib/server/database/send-results.ts'
import { workSendMessage } from '../../src/lib/server/jobs/send-message.ts'
import { sendDueMessages } from '../../src/lib/server/outbox/send-due-messages.ts'
import { startQueue } from '../../src/lib/server/queue/queue.ts'
import { silentLog } from '../support/pipeline.ts'
import { runAs } from '../support/run-as.ts'
import { encryptionKeys } from '../support/workspace.ts'
import {
  drain,
  findPostgresErrors,
  startBench,
  until,
  type OutboxBench,
  type Thread,
} from './outbox-support.ts'
import type { WorkerProcessInput } from './outbox-worker-process.ts'

let bench: OutboxBench

beforeAll(async () => {
  bench = await startBench()
})

afterAll(() => bench.close())

afterEach(() => {
  bench.simulator.control.clearFaults()
  bench.simulator.control.changeSettings({ sendLatencyMs: 5 })
})

const oneToFive = ['Satu', 'Dua', 'Tiga', 'Empat', 'Lima']
const bodies = (texts: string[]) => texts.map((body) => ({ body }))

describe('several workers', () => {
  test('at one thread at the same moment send each message once and in order', async () => {
    const pool = createPool({
      connectionString: bench.database.workerUrl,
      applicationName: 'second worker',
      max: 8,
    })
    const asSystem = createAsSystem(createDatabase(pool), bench.queue.enqueue)
    const workers = [bench.dependencies(), bench.dependencies({}, { asSystem })]
    try {
      const thread = await bench.makeThread()
      for (const text of oneToFive) await bench.reply(thread, text)
      await Promise.all([...workers, ...workers, ...workers].map((worker) => sendDueMessages(worker, thread)))
      await drain(bench, bench.dependencies(), thread)
      expect(bench.atKapso(thread).map((message) => message.content)).toEqual(bodies(oneToFive))
      expect((await bench.messagesOf(thread)).map((row) => row.send_attempts)).toEqual([1, 1, 1, 1, 1])
    } finally {
      await pool.end()
    }
  })

  test('with real queues serve many threads, each message once and in order', async () => {
    const start = () =>
      startQueue({ connectionString: bench.database.workerUrl, runsJobs: true, log: silentLog })
    const queues = await Promise.all([start(), start()])
    try {
      for (const queue of queues) await workSendMessage(queue, bench.dependencies(), 4)
      const threads = await Promise.all(Array.from({ length: 8 }, () => bench.makeThread()))
      for (const text of oneToFive) await Promise.all(threads.map((thread) => bench.reply(thread, text)))
      for (const thread of threads) {
        await until(async () =>
          (await bench.messagesOf(thread)).every((row) => row.send_state === 'accepted'),
        )
        expect(bench.atKapso(thread).map((message) => message.content)).toEqual(bodies(oneToFive))
      }
    } finally {
      await Promise.all(queues.map((queue) => queue.stop()))
    }
  })

  test('lose no message that is queued while another one is on its way', async () => {
    bench.simulator.control.changeSettings({ sendLatencyMs: 300 })
    const thread = await bench.makeThread()
    await bench.reply(thread, 'Satu')
    const first = sendDueMessages(bench.dependencies(), thread)
    await until(() => bench.simulator.control.world.messages.size > 0 && isInFlight(thread))
    await bench.reply(thread, 'Dua')
    // Its own job finds the thread busy and ends.
    await sendDueMessages(bench.dependencies({ patienceMs: 0 }), thread)
    expect(bench.atKapso(thread)).toEqual([])
    await first
    expect(bench.atKapso(thread).map((message) => message.content)).toEqual(bodies(['Satu', 'Dua']))
  })
})

describe('a request under way', () => {
  test('holds neither a transaction nor a connection', async () => {
    const thread = await bench.makeThread()
    const pool = createPool({
      connectionString: bench.database.workerUrl,
      applicationName: 'watched',
      max: 4,
    })
    const asSystem = createAsSystem(createDatabase(pool), bench.queue.enqueue)
    let seen: { total: number; idle: number; inTransaction: number } | undefined
    const kapso = await serve(async () => {
      const { rows } = await sql<{ count: number }>`
        select count(*)::int as count from pg_stat_activity
        where datname = current_database() and application_name = 'watched' and state <> 'idle'
      `.execute(bench.kysely)
      seen = { total: pool.totalCount, idle: pool.idleCount, inTransaction: rows[0]?.count ?? -1 }
      return { messages: [{ id: `wamid.${thread.conversationId}` }] }
    })
    try {
      await bench.reply(thread, 'Halo')
      await sendDueMessages(bench.dependencies({}, { asSystem, kapsoApiUrl: kapso.url }), thread)
      expect(await bench.messagesOf(thread)).toMatchObject([{ send_state: 'accepted' }])
      expect(seen?.inTransaction).toBe(0)
      expect(seen?.idle).toBe(seen?.total)
    } finally {
      kapso.close()
      await pool.end()
    }
  })

  test('does not outlive its worker: what Kapso took is found, not sent again', async () => {
    const thread = await bench.makeThread()
    const [rule] = [bench.simulator.control.addFault({ on: 'send', kind: 'hang_after_accepting', times: 1 })]
    const messageId = await bench.reply(thread, 'Baik')
    await killDuringRequest(thread, () => rule.hit === 1 && bench.atKapso(thread).length === 1)

    expect(await bench.messagesOf(thread)).toMatchObject([{ send_state: 'sending', wamid: null }])
    await drain(bench, bench.dependencies({ requestMs: 600, settleMs: 100 }), thread)
    const [taken, ...others] = bench.atKapso(thread)
    expect(others).toEqual([])
    expect(await bench.messagesOf(thread)).toMatchObject([
      { id: messageId, send_state: 'accepted', wamid: taken?.id, send_attempts: 1 },
    ])
  })

  test('does not outlive its worker: what Kapso did not take is sent again, once', async () => {
    const thread = await bench.makeThread()
    const rule = bench.simulator.control.addFault({ on: 'send', kind: 'hang', times: 1 })
    await bench.reply(thread, 'Baik')
    await killDuringRequest(thread, () => rule.hit === 1)
    await drain(bench, bench.dependencies({ requestMs: 600, settleMs: 100 }), thread)
    expect(bench.atKapso(thread).map((message) => message.content)).toEqual(bodies(['Baik']))
    expect(await bench.messagesOf(thread)).toMatchObject([{ send_state: 'accepted', send_attempts: 2 }])
  })

  test('is not repeated by a job that comes again while it lasts', async () => {
    const thread = await bench.makeThread()
    const rule = bench.simulator.control.addFault({ on: 'send', kind: 'hang_after_accepting', times: 1 })
    await bench.reply(thread, 'Baik')
    const dependencies = bench.dependencies({ requestMs: 1_500, settleMs: 100 })
    const first = sendDueMessages(dependencies, thread)
    await until(() => rule.hit === 1)
    for (let i = 0; i < 5; i += 1) await sendDueMessages(bench.dependencies({ patienceMs: 0 }), thread)
    expect(await bench.messagesOf(thread)).toMatchObject([{ send_state: 'sending' }])
    await first
    await drain(bench, dependencies, thread)
    expect(bench.atKapso(thread)).toHaveLength(1)
  })
})

describe('the sweep', () => {
  test('finds threads whose worker died, and leaves those alone that are being worked on', async () => {
    const [abandoned, busy, fresh] = await Promise.all([1, 2, 3].map(() => bench.makeThread()))
    if (!abandoned || !busy || !fresh) throw new Error('no threads')
    for (const thread of [abandoned, busy, fresh]) await bench.reply(thread, 'Satu')
    for (const thread of [abandoned, busy]) await bench.reply(thread, 'Dua')
    await bench.asSystem((database) =>
      claimOutboxWork(database, abandoned, { sendLeaseMs: -60_000, lookupLeaseMs: 0, fileLeaseMs: 60_000 }),
    )
    await bench.asSystem((database) =>
      claimOutboxWork(database, busy, { sendLeaseMs: 60_000, lookupLeaseMs: 0, fileLeaseMs: 60_000 }),
    )

    const overdue = async (milliseconds: number) => {
      const jobs = await bench.asSystem((database) => findDueSends(database, milliseconds))
      const due = new Set(jobs.map((job) => (job.data as { conversationId: string }).conversationId))
      return [abandoned, busy, fresh].map((thread) => due.has(thread.conversationId))
    }
    expect(await overdue(30_000)).toEqual([true, false, false])
    expect(await overdue(0)).toEqual([true, false, true])
    for (const thread of [abandoned, fresh])
      await drain(bench, bench.dependencies({ requestMs: 300 }), thread)
  })
})

describe('a worker that comes back late', () => {
  /** Its claim has run out, and another one has taken over. */
  async function makeLateWorker() {
    const thread = await bench.makeThread()
    const messageId = await bench.reply(thread, 'Baik')
    const times = { sendLeaseMs: 0, lookupLeaseMs: 0, fileLeaseMs: 60_000 }
    const late = await bench.asSystem((database) => claimOutboxWork(database, thread, times))
    const other = await bench.asSystem((database) => claimOutboxWork(database, thread, times))
    expect([late.kind, other.kind]).toEqual(['send', 'look_up'])
    return { thread, messageId, key: { messageId, attempt: 1 } }
  }

  test.each(['checking', 'unknown', 'failed'] as const)(
    'is believed when it says that WhatsApp took the message, though it is %s by now',
    async (state) => {
      const { thread, messageId, key } = await makeLateWorker()
      if (state === 'unknown')
        await bench.asSystem((database) => recordUnaccepted(database, thread, key, { state }))
      if (state === 'failed') {
        const result = { state, code: 'no_answer' }
        await bench.asSystem((database) => recordUnaccepted(database, thread, key, result))
      }
      const wamid = `wamid.late.${messageId}`
      await bench.asSystem((database) =>
        acceptSend(database, thread.workspaceId, { messageId, ...thread }, wamid),
      )
      expect(await bench.messagesOf(thread)).toMatchObject([
        { send_state: 'accepted', wamid, failed_at: null, failure_code: null, send_due_at: null },
      ])
    },
  )

  test.each(['claimed anew', 'said to have failed'])(
    'does not undo what an echo has settled meanwhile: %s',
    async (event) => {
      const { thread, messageId, key } = await makeLateWorker()
      const wamid = `wamid.adopted.${messageId}`
      await bench.kysely.updateTable('messages').set({ wamid }).where('id', '=', messageId).execute()
      if (event === 'claimed anew') {
        const times = { sendLeaseMs: 0, lookupLeaseMs: 0, fileLeaseMs: 60_000 }
        const work = await bench.asSystem((database) => claimOutboxWork(database, thread, times))
        expect(work).toEqual({ kind: 'settled', messageId, reason: 'accepted' })
      } else {
        const result = { state: 'failed' as const, code: '131026' }
        await bench.asSystem((database) => recordUnaccepted(database, thread, key, result))
      }
      expect(await bench.messagesOf(thread)).toMatchObject([
        { wamid, send_state: 'accepted', failed_at: null, send_due_at: null },
      ])
    },
  )

  test('is not believed when it says that the attempt failed, after the message was sent again', async () => {
    const { thread, key } = await makeLateWorker()
    await bench.asSystem((database) =>
      recordUnaccepted(database, thread, key, { state: 'waiting', delayMs: 0 }),
    )
    const times = { sendLeaseMs: 60_000, lookupLeaseMs: 0, fileLeaseMs: 60_000 }
    await bench.asSystem((database) => claimOutboxWork(database, thread, times))
    const isTaken = await bench.asSystem((database) =>
      recordUnaccepted(database, thread, key, { state: 'failed', code: '131026' }),
    )
    expect(isTaken).toBe(false)
    expect(await bench.messagesOf(thread)).toMatchObject([{ send_state: 'sending', send_attempts: 2 }])
  })
})

test('none of it made Postgres complain', async () => {
  expect(await findPostgresErrors(bench.database)).toEqual([])
})

test('an answer is written down although the database was away when it came', async () => {
  const { name, adminUrl } = bench.database
  const elsewhere = new URL(adminUrl)
  elsewhere.pathname = '/postgres'
  const allow = (isAllowed: boolean) =>
    runAs(elsewhere.href, `alter database ${name} allow_connections ${isAllowed}`)
  const thread = await bench.makeThread()
  const pool = createPool({ connectionString: bench.database.workerUrl, applicationName: 'cut off', max: 2 })
  const asSystem = createAsSystem(createDatabase(pool), bench.queue.enqueue)
  let requests = 0
  const kapso = await serve(async () => {
    requests += 1
    await allow(false)
    await runAs(
      elsewhere.href,
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cut off'`,
    )
    return { messages: [{ id: `wamid.${thread.conversationId}` }] }
  })
  try {
    await bench.reply(thread, 'Halo')
    const dependencies = bench.dependencies({}, { asSystem, kapsoApiUrl: kapso.url })
    const sending = sendDueMessages(dependencies, thread)
    // Its first try to write the answer down fails.
    await until(async () => {
      const log = await findPostgresErrors(bench.database)
      return log.some((line) => line.includes('cut off') || line.includes('not currently accepting'))
    })
    await allow(true)
    await sending
    expect(requests).toBe(1)
    expect(await bench.messagesOf(thread)).toMatchObject([
      { send_state: 'accepted', wamid: `wamid.${thread.conversationId}`, send_attempts: 1 },
    ])
  } finally {
    await allow(true)
    kapso.close()
    await pool.end()
  }
})

/** A Kapso that takes every message, after looking around. */
async function serve(answer: () => Promise<object>) {
  const server = createServer((_request, response) => {
    void answer().then((body) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}`, close: () => server.close() }
}

async function isInFlight(thread: Thread): Promise<boolean> {
  return (await bench.messagesOf(thread)).some((row) => row.send_state === 'sending')
}

async function killDuringRequest(thread: Thread, hasArrived: () => boolean): Promise<void> {
  const input: WorkerProcessInput = {
    databaseUrl: bench.database.workerUrl,
    encryptionKeys,
    kapsoApiUrl: bench.simulator.url,
    kapsoApiKey: bench.simulator.apiKey,
    workspaceId: thread.workspaceId,
    conversationId: thread.conversationId,
    // It must not give up by itself before it is killed.
    requestMs: 60_000,
  }
  const script = fileURLToPath(new URL('outbox-worker-process.ts', import.meta.url))
  const worker = spawn(process.execPath, [script, JSON.stringify(input)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const ended = once(worker, 'exit')
  await until(hasArrived)
  worker.kill('SIGKILL')
  const [code, signal] = (await ended) as [number | null, string | null]
  expect([code, signal]).toEqual([null, 'SIGKILL'])
  // The time that the dead worker had for its request is over.
  await runAs(
    bench.database.adminUrl,
    `update messages set send_due_at = clock_timestamp(), send_started_at = send_started_at - interval '1 minute'
     where conversation_id = $1 and send_state = 'sending'`,
    [thread.conversationId],
  )
}
