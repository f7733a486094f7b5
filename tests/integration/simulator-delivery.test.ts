import { createHmac } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { signBody } from '../../src/simulator/delivery/signature.ts'
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.ts'
import {
  type Answer,
  call,
  collectClosers,
  type Receiver,
  register,
  secret,
  startFastSimulator,
  startReceiver,
} from '../support/simulator-client.ts'

const closers = collectClosers()

afterEach(() => closers.closeAll())

interface Parts {
  simulator: Simulator
  receiver: Receiver
  webhookId: string
  /** Writes as a customer who is made when first named. */
  write: (name: string, text: string) => void
}

async function start(
  answer?: Answer,
  fields: Record<string, unknown> = {},
  options: Partial<SimulatorOptions> = {},
): Promise<Parts> {
  const receiver = closers.add(await startReceiver(answer))
  const simulator = closers.add(await startFastSimulator(options))
  const webhookId = await register(simulator, receiver.url, {
    events: ['whatsapp.message.received', 'whatsapp.message.sent'],
    ...fields,
  })
  const ids = new Map<string, string>()
  return {
    simulator,
    receiver,
    webhookId,
    write(name, text) {
      const id = ids.get(name) ?? simulator.control.addCustomer({ name }).id
      ids.set(name, id)
      simulator.control.write(id, { text })
    },
  }
}

function textOf(raw: string): string {
  return (JSON.parse(raw) as { message: { text: { body: string } } }).message.text.body
}

describe('signature', () => {
  it('is the lower-case hexadecimal HMAC-SHA256 of the body', () => {
    expect(signBody('key', 'hello')).toBe('9307b3b915efb5171ff14d8cb55fbcc798c6c0ef1456d66ded1a6aa723a58b7b')
  })

  it('is made of the raw bytes that arrive, with the webhook’s secret', async () => {
    const { simulator, receiver, write } = await start()
    write('Budi', 'Halo 🪑 “apa kabar” \u2028 é')
    expect(await simulator.control.settle()).toBe(true)
    const [delivery] = receiver.received
    const expected = createHmac('sha256', secret)
      .update(Buffer.from(delivery?.raw ?? '', 'utf8'))
      .digest('hex')
    expect(delivery?.headers['x-webhook-signature']).toBe(expected)
    expect(textOf(delivery?.raw ?? '')).toBe('Halo 🪑 “apa kabar” \u2028 é')
  })
})

describe('headers', () => {
  it('name event, key and version; batch headers are absent; own headers are added', async () => {
    const { simulator, receiver, write } = await start(undefined, { headers: { 'X-Tenant': 'a' } })
    write('Budi', 'Halo')
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.received[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-webhook-event': 'whatsapp.message.received',
      'x-idempotency-key': expect.stringMatching(
        /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      ),
      'x-webhook-payload-version': 'v2',
      'x-tenant': 'a',
    })
    expect(receiver.received[0]?.headers).not.toHaveProperty('x-webhook-batch')
  })
})

describe('retries', () => {
  it('repeat the same bytes under the same key until 200', async () => {
    const answers = [500, 202, 204, 200]
    const { simulator, receiver, write } = await start(() => answers.shift() ?? 500)
    write('Budi', 'Halo')
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.received.map((one) => one.status)).toEqual([500, 202, 204, 200])
    expect(new Set(receiver.received.map((one) => one.key)).size).toBe(1)
    expect(new Set(receiver.received.map((one) => one.raw)).size).toBe(1)
    const reply = await call(simulator, 'GET', '/platform/v1/webhook_deliveries')
    expect((reply.body as { data: unknown[] }).data).toMatchObject([
      { status: 'delivered', attempt_count: 4 },
    ])
  })

  it('end after the last wait: at once and three more', async () => {
    const { simulator, receiver, write } = await start(() => 503)
    write('Budi', 'Halo')
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.received).toHaveLength(4)
    const reply = await call(simulator, 'GET', '/platform/v1/webhook_deliveries?status=failed')
    expect((reply.body as { data: unknown[] }).data).toMatchObject([{ status: 'failed', attempt_count: 4 }])
  })

  it('come when the receiver cannot be reached, and reach it when it is back', async () => {
    const { simulator, receiver, write, webhookId } = await start(() => 200, {}, { retryDelaysMs: [500] })
    const gone = await startReceiver()
    await gone.close()
    const moveTo = (url: string) =>
      call(simulator, 'PATCH', `/platform/v1/whatsapp/webhooks/${webhookId}`, { whatsapp_webhook: { url } })
    await moveTo(gone.url)
    write('Budi', 'Halo')
    const [delivery] = simulator.control.world.deliveries.values()
    await vi.waitFor(() => {
      expect(delivery?.attempts).toMatchObject([{ statusCode: null, error: 'ECONNREFUSED' }])
    })
    await moveTo(receiver.url)
    expect(await simulator.control.settle()).toBe(true)
    expect(delivery?.status).toBe('delivered')
    expect(receiver.received).toHaveLength(1)
  })

  it('come when the answer takes longer than the limit', async () => {
    let isFirst = true
    const never = new Promise<number>(() => undefined)
    const answer: Answer = () => {
      if (!isFirst) return 200
      isFirst = false
      return never
    }
    const { simulator, write } = await start(answer, {}, { deliveryTimeLimitMs: 40 })
    write('Budi', 'Halo')
    expect(await simulator.control.settle()).toBe(true)
    const [delivery] = simulator.control.world.deliveries.values()
    expect(delivery?.attempts.map((one) => one.statusCode)).toEqual([null, 200])
  })

  it('wait 10, 40 and 90 seconds by default', async () => {
    const now = Date.parse('2026-09-20T10:00:00Z')
    const receiver = closers.add(await startReceiver(() => 500))
    const simulator = closers.add(
      await startFastSimulator({ retryDelaysMs: undefined, timeScale: 2000, clock: () => now }),
    )
    await register(simulator, receiver.url, { events: ['whatsapp.message.received'] })
    const waits = new Set<number>()
    simulator.control.onChange(() => {
      for (const delivery of simulator.control.world.deliveries.values()) waits.add(delivery.notBefore - now)
    })
    const customer = simulator.control.addCustomer({ name: 'Budi' })
    simulator.control.write(customer.id, { text: 'Halo' })
    expect(await simulator.control.settle()).toBe(true)
    expect([...waits]).toEqual([0, 10_000, 40_000, 90_000])
    expect(receiver.received).toHaveLength(4)
  })
})

/** Lets tests answer each delivery when they want. */
function createGate() {
  const waiting = new Map<string, (status: number) => void>()
  const answer: Answer = (delivery) =>
    new Promise((resolve) => {
      waiting.set(textOf(delivery.raw), resolve)
    })
  return {
    answer,
    async release(text: string, status = 200) {
      await vi.waitFor(() => {
        expect(waiting.has(text)).toBe(true)
      })
      waiting.get(text)?.(status)
      waiting.delete(text)
    },
  }
}

describe('order', () => {
  it('within a conversation is kept, other conversations go on', async () => {
    const gate = createGate()
    const { simulator, receiver, write } = await start(gate.answer)
    write('Budi', 'satu')
    write('Budi', 'dua')
    write('Citra', 'lain')
    const texts = () => receiver.received.map((one) => textOf(one.raw))
    await vi.waitFor(() => {
      expect(texts().sort()).toEqual(['lain', 'satu'])
    })
    await gate.release('lain')
    await gate.release('satu', 500)
    await gate.release('satu')
    await gate.release('dua')
    expect(await simulator.control.settle()).toBe(true)
    expect(texts().filter((text) => text !== 'lain')).toEqual(['satu', 'satu', 'dua'])
  })

  it('is given up after the longest wait', async () => {
    const { simulator, receiver, write } = await start(
      (delivery) => (textOf(delivery.raw) === 'satu' ? 500 : 200),
      {},
      { retryDelaysMs: [60_000], orderWaitMs: 20 },
    )
    write('Budi', 'satu')
    write('Budi', 'dua')
    await vi.waitFor(() => {
      expect(receiver.received.map((one) => textOf(one.raw))).toEqual(['satu', 'dua'])
    })
    expect(simulator.control.waiting().deliveries).toBe(1)
  })
})

interface Batch {
  batch: boolean
  type: string
  data: { message: { id: string; text: { body: string } } }[]
  batch_info: Record<string, unknown>
}

describe('buffering', () => {
  const buffered = { buffer_enabled: true, buffer_window_seconds: 1, max_buffer_size: 3 }

  it('puts messages of one conversation into one signed envelope, even a single one', async () => {
    const { simulator, receiver, write } = await start(undefined, buffered, { timeScale: 20 })
    write('Budi', 'satu')
    write('Budi', 'dua')
    write('Citra', 'lain')
    expect(await simulator.control.settle()).toBe(true)
    const batches = receiver.received.map((one) => JSON.parse(one.raw) as Batch)
    const texts = batches.map((batch) => batch.data.map((one) => one.message.text.body))
    expect(texts).toEqual(expect.arrayContaining([['satu', 'dua'], ['lain']]))
    expect(texts).toHaveLength(2)
    for (const [place, delivery] of receiver.received.entries()) {
      expect(delivery.headers['x-webhook-batch']).toBe('true')
      expect(delivery.headers['x-batch-size']).toBe(String(batches[place]?.data.length))
      expect(delivery.headers['x-webhook-signature']).toBe(signBody(secret, delivery.raw))
    }
    expect(batches.find((batch) => batch.data.length === 2)?.batch_info).toMatchObject({
      size: 2,
      window_ms: 1000,
      first_sequence: 101,
      last_sequence: 102,
    })
  })

  it('is flushed when full', async () => {
    const { simulator, receiver, write } = await start(undefined, { ...buffered, buffer_window_seconds: 60 })
    for (const text of ['satu', 'dua', 'tiga', 'empat']) write('Budi', text)
    await vi.waitFor(() => {
      expect(receiver.received).toHaveLength(1)
    })
    expect((JSON.parse(receiver.received[0]?.raw ?? '') as Batch).data).toHaveLength(3)
    expect(simulator.control.waiting().timers).toBe(1)
  })

  it('falls back to single deliveries under new keys after the last try', async () => {
    const { simulator, receiver, write } = await start(
      (delivery) => (delivery.headers['x-webhook-batch'] ? 500 : 200),
      buffered,
      { timeScale: 20 },
    )
    for (const text of ['satu', 'dua', 'tiga']) write('Budi', text)
    expect(await simulator.control.settle()).toBe(true)
    const tries = receiver.received.filter((one) => one.headers['x-webhook-batch'])
    const singles = receiver.received.filter((one) => !one.headers['x-webhook-batch'])
    expect(tries).toHaveLength(4)
    expect(new Set(tries.map((one) => one.key)).size).toBe(1)
    expect(singles.map((one) => textOf(one.raw))).toEqual(['satu', 'dua', 'tiga'])
    expect(new Set([...tries, ...singles].map((one) => one.key)).size).toBe(4)
  })
})

describe('automatic pause', () => {
  it('switches a webhook off when nearly all of at least 20 deliveries failed', async () => {
    const { simulator, webhookId, write } = await start(() => 500, {}, { retryDelaysMs: [] })
    for (let place = 0; place < 19; place += 1) write(`Orang ${String(place)}`, 'Halo')
    expect(await simulator.control.settle()).toBe(true)
    const path = `/platform/v1/whatsapp/webhooks/${webhookId}`
    expect((await call(simulator, 'GET', path)).body).toMatchObject({ data: { active: true } })
    write('Yang ke-20', 'Halo')
    expect(await simulator.control.settle()).toBe(true)
    expect((await call(simulator, 'GET', path)).body).toMatchObject({ data: { active: false } })
    write('Terlambat', 'Halo')
    expect(simulator.control.world.deliveries.size).toBe(20)
    await call(simulator, 'PATCH', path, { whatsapp_webhook: { active: true } })
    write('Kembali', 'Halo')
    expect(simulator.control.world.deliveries.size).toBe(21)
  })

  it('does not when enough arrive', async () => {
    let count = 0
    const { simulator, webhookId, write } = await start(
      () => ((count += 1) % 4 === 0 ? 200 : 500),
      {},
      {
        retryDelaysMs: [],
      },
    )
    for (let place = 0; place < 40; place += 1) write(`Orang ${String(place)}`, 'Halo')
    expect(await simulator.control.settle()).toBe(true)
    const reply = await call(simulator, 'GET', `/platform/v1/whatsapp/webhooks/${webhookId}`)
    expect(reply.body).toMatchObject({ data: { active: true } })
  })
})

describe('faults of the network', () => {
  it('duplicate: the same delivery twice, under the same key or another', async () => {
    const { simulator, receiver, write } = await start()
    simulator.control.addFault({ on: 'delivery', kind: 'duplicate', times: 1 })
    write('Budi', 'sama')
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.received).toHaveLength(2)
    expect(new Set(receiver.received.map((one) => one.key)).size).toBe(1)
    simulator.control.addFault({ on: 'delivery', kind: 'duplicate', times: 1, newKey: true })
    write('Budi', 'lain')
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.received).toHaveLength(4)
    expect(new Set(receiver.received.map((one) => one.key)).size).toBe(3)
    expect(new Set(receiver.received.map((one) => one.raw)).size).toBe(2)
  })

  it('reorder: a later message overtakes', async () => {
    const { simulator, receiver, write } = await start()
    simulator.control.addFault({ on: 'delivery', kind: 'reorder', times: 1, delayMs: 300 })
    write('Budi', 'satu')
    write('Budi', 'dua')
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.received.map((one) => textOf(one.raw))).toEqual(['dua', 'satu'])
  })

  it('delay: later ones of the conversation wait with it', async () => {
    const { simulator, receiver, write } = await start()
    simulator.control.addFault({ on: 'delivery', kind: 'delay', times: 1, delayMs: 60 })
    write('Budi', 'satu')
    write('Budi', 'dua')
    write('Citra', 'lain')
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.received.map((one) => textOf(one.raw))).toEqual(['lain', 'satu', 'dua'])
  })

  it('lose: nothing comes, and the message is in the REST list', async () => {
    const { simulator, receiver, write } = await start()
    simulator.control.addFault({ on: 'delivery', kind: 'lose', event: 'whatsapp.message.received' })
    write('Budi', 'hilang')
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.received).toEqual([])
    const reply = await call(simulator, 'GET', '/platform/v1/whatsapp/messages')
    expect((reply.body as { data: unknown[] }).data).toMatchObject([{ text: { body: 'hilang' } }])
  })

  it('malformed and badly signed bodies', async () => {
    const { simulator, receiver, write } = await start()
    simulator.control.addFault({ on: 'delivery', kind: 'malformed', times: 1 })
    write('Budi', 'rusak')
    expect(await simulator.control.settle()).toBe(true)
    const [broken] = receiver.received
    expect(() => JSON.parse(broken?.raw ?? '') as unknown).toThrow(SyntaxError)
    expect(broken?.headers['x-webhook-signature']).toBe(signBody(secret, broken?.raw ?? ''))
    simulator.control.addFault({ on: 'delivery', kind: 'bad_signature', times: 1 })
    write('Budi', 'palsu')
    expect(await simulator.control.settle()).toBe(true)
    const forged = receiver.received.at(-1)
    expect(forged?.headers['x-webhook-signature']).not.toBe(signBody(secret, forged?.raw ?? ''))
  })

  it('happen as often as their probability says, drawn from the seed', async () => {
    const { simulator, receiver, write } = await start()
    simulator.control.addFault({ on: 'delivery', kind: 'lose', probability: 0.5 })
    for (let place = 0; place < 60; place += 1) write(`Orang ${String(place)}`, 'Halo')
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.received.length).toBeGreaterThan(15)
    expect(receiver.received.length).toBeLessThan(45)
  })
})
