import { afterEach, describe, expect, it, vi } from 'vitest'
import { signBody } from '../../src/simulator/delivery/signature.ts'
import type { NewFault } from '../../src/simulator/faults.ts'
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.ts'
import {
  act,
  type Answer,
  call,
  collectClosers,
  type Received,
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
  options: Partial<SimulatorOptions> = {},
  fields: Record<string, unknown> = {},
  answer?: Answer,
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

function isSigned(delivery: Received, key = secret): boolean {
  return delivery.headers['x-webhook-signature'] === signBody(key, delivery.bytes)
}

async function settle({ simulator }: Parts): Promise<void> {
  expect(await simulator.control.settle()).toBe(true)
}

describe('duplicates', () => {
  it('come as often as is said, spread, under one key or many', async () => {
    const parts = await start({ timeScale: 100 })
    await act(parts.simulator, 'faults', {
      on: 'delivery',
      kind: 'duplicate',
      copies: 19,
      spreadMs: 5000,
      times: 1,
    })
    parts.write('Budi', 'dua puluh')
    await settle(parts)
    expect(parts.receiver.received).toHaveLength(20)
    expect(new Set(parts.receiver.received.map((one) => one.key)).size).toBe(1)
    expect(new Set(parts.receiver.received.map((one) => one.raw)).size).toBe(1)
    parts.simulator.control.addFault({ on: 'delivery', kind: 'duplicate', copies: 4, newKey: true })
    parts.write('Budi', 'lima')
    await settle(parts)
    expect(new Set(parts.receiver.received.slice(20).map((one) => one.key)).size).toBe(5)
  })

  it('a lost answer brings the same delivery again, though it was taken', async () => {
    const parts = await start()
    parts.simulator.control.addFault({ on: 'delivery', kind: 'lost_answer', tries: 2 })
    parts.write('Budi', 'lagi')
    await settle(parts)
    expect(parts.receiver.received.map((one) => one.status)).toEqual([200, 200, 200])
    expect(new Set(parts.receiver.received.map((one) => one.key)).size).toBe(1)
    const [delivery] = parts.simulator.control.world.deliveries.values()
    expect(delivery).toMatchObject({ status: 'delivered', attempts: { length: 3 } })
  })

  it('a batch whose answers are lost comes message by message, too, under other keys', async () => {
    const parts = await start({ timeScale: 20 }, { buffer_enabled: true, buffer_window_seconds: 1 })
    parts.simulator.control.addFault({ on: 'delivery', kind: 'lost_answer', tries: 4, onlyBatches: true })
    for (const text of ['satu', 'dua', 'tiga']) parts.write('Budi', text)
    await settle(parts)
    const batches = parts.receiver.received.filter((one) => one.headers['x-webhook-batch'])
    const singles = parts.receiver.received.filter((one) => !one.headers['x-webhook-batch'])
    expect(batches.map((one) => one.status)).toEqual([200, 200, 200, 200])
    expect(singles.map((one) => [textOf(one.raw), one.status])).toEqual([
      ['satu', 200],
      ['dua', 200],
      ['tiga', 200],
    ])
    expect(new Set(parts.receiver.received.map((one) => one.key)).size).toBe(4)
  })
})

describe('order', () => {
  async function liveThrough(seed: number): Promise<{ places: number[]; told: string[][] }> {
    const parts = await start({
      seed,
      clock: () => Date.parse('2026-09-20T10:00:00Z'),
      settings: { parallelDeliveries: 1 },
    })
    parts.simulator.control.addFault({ on: 'delivery', kind: 'shuffle', size: 40, delayMs: 200 })
    parts.simulator.control.addFault({ on: 'delivery', kind: 'duplicate', probability: 0.3 })
    parts.simulator.control.addFault({ on: 'delivery', kind: 'malformed', form: 'random', probability: 0.2 })
    const written = parts.simulator.control.burst({ customers: 8, messages: 5 }).map((one) => one.id)
    await vi.waitFor(() => {
      expect(parts.receiver.received.length).toBeGreaterThanOrEqual(40)
    })
    await settle(parts)
    const deliveries = [...parts.simulator.control.world.deliveries.values()]
    const places = parts.receiver.received.map(({ key }) => {
      const wamid = deliveries.find((one) => one.idempotencyKey === key)?.messageIds[0] ?? ''
      return written.indexOf(wamid)
    })
    return { places, told: parts.receiver.received.map((one) => [one.key, one.raw]) }
  }

  it('is shuffled by the seed: the same one gives the same bodies, ids and order', async () => {
    const [first, again, other] = [await liveThrough(7), await liveThrough(7), await liveThrough(8)]
    expect(again.told).toEqual(first.told)
    expect(again.places).toEqual(first.places)
    expect(first.places).not.toEqual(first.places.toSorted((a, b) => a - b))
    expect(other.places).not.toEqual(first.places)
    expect(new Set(first.places).size).toBe(40)
  })

  it('of an album is nobody’s: ten images leave without waiting for each other', async () => {
    let open = (_: number) => undefined as void
    const held = new Promise<number>((resolve) => (open = resolve))
    const parts = await start({}, {}, () => held)
    const customer = parts.simulator.control.addCustomer({ name: 'Budi' })
    await act(parts.simulator, `customers/${customer.id}/album`, { count: 10 })
    await vi.waitFor(() => {
      expect(parts.receiver.received).toHaveLength(10)
    })
    open(200)
    await settle(parts)
    const images = parts.receiver.bodies('whatsapp.message.received') as {
      message: { image: { id: string } }
    }[]
    expect(new Set(images.map((one) => one.message.image.id)).size).toBe(10)
  })
})

describe('a malformed body', () => {
  const valid = ['deep_nesting', 'huge_number', 'huge_text', 'lone_surrogate', 'nul', 'nulls']
  const strange = ['numbers_as_strings', 'right_to_left', 'strings_as_numbers', 'wrong_types']
  const broken = ['empty', 'invalid_utf8', 'not_json', 'truncated']

  it.each([...valid, ...strange, ...broken])('%s is signed as it is sent', async (form) => {
    const parts = await start({ settings: { bodyForms: 'current' } })
    const fault = { on: 'delivery', kind: 'malformed', form } as NewFault
    parts.simulator.control.addFault(fault)
    parts.write('Budi', '12')
    await settle(parts)
    const [delivery] = parts.receiver.received
    if (!delivery) throw new Error('nothing came')
    expect(isSigned(delivery)).toBe(true)
    const isJson = ((): boolean => {
      try {
        JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(delivery.bytes))
        return true
      } catch {
        return false
      }
    })()
    expect(isJson).toBe(!broken.includes(form))
    const shows: Record<string, RegExp> = {
      deep_nesting: /\[{20000}/,
      huge_number: /1e400000/,
      huge_text: /"body":"(kayu jati ){6500}/,
      lone_surrogate: /12\\ud83d after/,
      nul: /12\\u0000 after/,
      nulls: /"id":null/,
      numbers_as_strings: /"is_new_conversation":"true"/,
      right_to_left: /\u202e12\u202c/,
      strings_as_numbers: /"timestamp":\d/,
      wrong_types: /"id":\[/,
    }
    expect(delivery.raw).toMatch(shows[form] ?? /^/)
  })
})

describe('signatures and headers', () => {
  it.each([
    ['wrong', (one: Received) => /^[0-9a-f]{64}$/.test(signatureOf(one) ?? '') && !isSigned(one)],
    ['missing', (one: Received) => signatureOf(one) === undefined],
    ['malformed', (one: Received) => !/^(sha256=)?[0-9a-f]+$/i.test(signatureOf(one) ?? '')],
    ['upper_case', (one: Received) => signatureOf(one) === signBody(secret, one.bytes).toUpperCase()],
    ['prefixed', (one: Received) => signatureOf(one) === `sha256=${signBody(secret, one.bytes)}`],
  ] as const)('signature %s', async (signature, isRight) => {
    const parts = await start()
    parts.simulator.control.addFault({ on: 'delivery', kind: 'bad_signature', signature })
    parts.write('Budi', 'Halo')
    await settle(parts)
    expect(parts.receiver.received.map(isRight)).toEqual([true])
  })

  function signatureOf(delivery: Received): string | undefined {
    return delivery.headers['x-webhook-signature'] as string | undefined
  }

  it('headers can be left out or changed', async () => {
    const parts = await start()
    const headers = { 'X-Webhook-Payload-Version': 'v1', 'X-Idempotency-Key': null }
    parts.simulator.control.addFault({ on: 'delivery', kind: 'headers', headers })
    parts.write('Budi', 'Halo')
    await settle(parts)
    expect(parts.receiver.received[0]?.headers).toMatchObject({ 'x-webhook-payload-version': 'v1' })
    expect(parts.receiver.received[0]?.headers).not.toHaveProperty('x-idempotency-key')
  })

  it('a secret is changed: old, then both, then new', async () => {
    const parts = await start()
    const rotate = (body: unknown) => act(parts.simulator, `webhooks/${parts.webhookId}/rotate-secret`, body)
    const next = 'another-secret-of-32-bytes-or-more'
    const signedWith = async () => {
      const begin = parts.receiver.received.length
      for (let place = 0; place < 24; place += 1) parts.write(`Orang ${String(place)}`, 'Halo')
      await settle(parts)
      const fresh = parts.receiver.received.slice(begin)
      return [fresh.filter((one) => isSigned(one)).length, fresh.filter((one) => isSigned(one, next)).length]
    }
    await rotate({ secret: next, phase: 'old' })
    expect(await signedWith()).toEqual([24, 0])
    await rotate({ phase: 'both' })
    const [old = 0, fresh = 0] = await signedWith()
    expect([old + fresh, old > 3, fresh > 3]).toEqual([24, true, true])
    await rotate({ phase: 'new' })
    expect(await signedWith()).toEqual([0, 24])
    const reply = await call(parts.simulator, 'GET', `/platform/v1/whatsapp/webhooks/${parts.webhookId}`)
    expect(reply.body).toMatchObject({ data: { secret_key: next } })
  })
})

describe('the connection', () => {
  it('breaks in the middle of a body, and the next try brings all of it', async () => {
    const parts = await start()
    parts.simulator.control.addFault({ on: 'delivery', kind: 'cut_off' })
    parts.write('Budi', 'Halo')
    await settle(parts)
    expect(parts.receiver.received.map((one) => textOf(one.raw))).toEqual(['Halo'])
    const [delivery] = parts.simulator.control.world.deliveries.values()
    expect(delivery?.attempts.map((one) => one.statusCode)).toEqual([null, 200])
  })

  it('finds nobody for some tries', async () => {
    const parts = await start()
    parts.simulator.control.addFault({ on: 'delivery', kind: 'unreachable', tries: 2 })
    parts.write('Budi', 'Halo')
    await settle(parts)
    const [delivery] = parts.simulator.control.world.deliveries.values()
    expect(delivery?.attempts.map((one) => one.error)).toEqual(['EHOSTUNREACH', 'EHOSTUNREACH', null])
    expect(parts.receiver.received).toHaveLength(1)
  })
})

describe('an outage', () => {
  // A fiftieth of the real waits: 0.2, 0.8 and 1.8 s between the tries.
  const options = { timeScale: 50, retryDelaysMs: [10_000, 40_000, 90_000] }

  it('of 60 seconds loses nothing while the last try comes after it', async () => {
    const parts = await start(options)
    parts.simulator.control.startOutage({ seconds: 60 })
    for (let place = 0; place < 30; place += 1) parts.write(`Orang ${String(place)}`, 'Halo')
    await settle(parts)
    expect(parts.receiver.received).toHaveLength(30)
    const [delivery] = parts.simulator.control.world.deliveries.values()
    expect(delivery?.attempts.map((one) => one.error).slice(0, 2)).toEqual(['ENETUNREACH', 'ENETUNREACH'])
  })

  it('of 60 seconds loses all with the shorter schedule, and switches the webhook off', async () => {
    const parts = await start({ ...options, retryDelaysMs: [10_000, 40_000] })
    parts.simulator.control.startOutage({ seconds: 60 })
    for (let place = 0; place < 30; place += 1) parts.write(`Orang ${String(place)}`, 'Halo')
    await settle(parts)
    expect(parts.receiver.received).toHaveLength(0)
    const [webhook] = parts.simulator.control.world.webhooks.values()
    expect(webhook?.active).toBe(false)
  })

  it('of 10 minutes loses what came, and what comes after it once the webhook is paused', async () => {
    const parts = await start({ ...options, timeScale: 1000 })
    await act(parts.simulator, 'outage', { seconds: 600, kind: 'silent' })
    for (let place = 0; place < 25; place += 1) parts.write(`Orang ${String(place)}`, 'Halo')
    await settle(parts)
    parts.write('Sesudahnya', 'Halo')
    await settle(parts)
    expect(parts.receiver.received).toHaveLength(0)
    await act(parts.simulator, `webhooks/${parts.webhookId}`, { active: true }, 'PATCH')
    parts.write('Lagi', 'Halo')
    await settle(parts)
    expect(parts.receiver.received.map((one) => textOf(one.raw))).toEqual(['Halo'])
    const listed = await call(parts.simulator, 'GET', '/platform/v1/whatsapp/messages?limit=100')
    expect((listed.body as { data: unknown[] }).data).toHaveLength(27)
  })

  it('can be ended before its time', async () => {
    const parts = await start()
    await act(parts.simulator, 'outage', { seconds: 600 })
    await act(parts.simulator, 'outage', undefined, 'DELETE')
    parts.write('Budi', 'Halo')
    await settle(parts)
    expect(parts.receiver.received).toHaveLength(1)
  })
})

describe('a fault', () => {
  it('is told by its name and removed alone', async () => {
    const parts = await start()
    const lose = (await act(parts.simulator, 'faults', { on: 'delivery', kind: 'lose', name: 'lose' })) as {
      id: string
    }
    await act(parts.simulator, 'faults', { on: 'delivery', kind: 'duplicate' })
    await act(parts.simulator, `faults/${lose.id}`, undefined, 'DELETE')
    parts.write('Budi', 'Halo')
    await settle(parts)
    expect(parts.receiver.received).toHaveLength(2)
    expect(await act(parts.simulator, 'faults', undefined, 'GET')).toMatchObject([{ kind: 'duplicate' }])
  })
})
