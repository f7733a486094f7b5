import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.ts'
import type { Customer } from '../../src/simulator/world.ts'
import {
  call,
  collectClosers,
  phoneNumberId,
  type Receiver,
  register,
  sendText,
  startFastSimulator,
  startReceiver,
} from '../support/simulator-client.ts'

const closers = collectClosers()

afterEach(() => closers.closeAll())

interface Parts {
  simulator: Simulator
  receiver: Receiver
  customer: Customer
}

/** A simulator in which one customer has just written. */
async function start(options: Partial<SimulatorOptions> = {}): Promise<Parts> {
  const receiver = closers.add(await startReceiver())
  const simulator = closers.add(await startFastSimulator(options))
  await register(simulator, receiver.url)
  const customer = simulator.control.addCustomer({ name: 'Budi', kind: 'both' })
  simulator.control.write(customer.id, { text: 'Halo' })
  expect(await simulator.control.settle()).toBe(true)
  receiver.received.length = 0
  return { simulator, receiver, customer }
}

function wamidOf(body: unknown): string {
  return (body as { messages: { id: string }[] }).messages[0]?.id ?? ''
}

interface StatusBody {
  message: { id: string; kapso: { status: string; origin: string; statuses: { status: string }[] } }
}

function outgoing(simulator: Simulator) {
  return [...simulator.control.world.messages.values()].filter((one) => one.author === 'api')
}

describe('a send that is accepted', () => {
  it('leads to sent, delivered and, when the customer looks, read, each with all statuses so far', async () => {
    const { simulator, receiver, customer } = await start()
    const reply = await sendText(simulator, { to: `+${customer.phone}` }, 'Hai')
    expect(reply).toMatchObject({
      status: 200,
      body: {
        messaging_product: 'whatsapp',
        contacts: [{ input: `+${customer.phone}`, wa_id: customer.phone }],
      },
    })
    expect(await simulator.control.settle()).toBe(true)
    expect(simulator.control.read(customer.id)).toBe(1)
    expect(await simulator.control.settle()).toBe(true)
    const told = receiver.received.map((one) => {
      const { message } = JSON.parse(one.raw) as StatusBody
      return [one.event, message.id, message.kapso.statuses.map((status) => status.status)]
    })
    const wamid = wamidOf(reply.body)
    expect(told).toEqual([
      ['whatsapp.message.sent', wamid, ['sent']],
      ['whatsapp.message.delivered', wamid, ['sent', 'delivered']],
      ['whatsapp.message.read', wamid, ['sent', 'delivered', 'read']],
    ])
    expect(new Set(receiver.received.map((one) => one.key)).size).toBe(3)
  })

  it('has a message id whose base64 holds the phone number', async () => {
    const { simulator, customer } = await start()
    const wamid = wamidOf((await sendText(simulator, { to: customer.phone }, 'Hai')).body)
    expect(wamid).toMatch(/^wamid\.[A-Za-z0-9+/]+=*$/)
    expect(Buffer.from(wamid.slice(6), 'base64').toString('latin1')).toContain(customer.phone)
  })

  it('goes to a business-scoped id with `recipient`; `to` wins over it', async () => {
    const { simulator, customer } = await start()
    const other = simulator.control.addCustomer({ name: 'Citra' })
    const byId = await sendText(simulator, { recipient: customer.userId }, 'Hai')
    expect(byId.body).toMatchObject({ contacts: [{ input: customer.userId, user_id: customer.userId }] })
    const both = await sendText(simulator, { to: customer.phone }, 'Hai', { recipient: other.userId })
    expect(both.body).toMatchObject({ contacts: [{ wa_id: customer.phone }] })
    expect(outgoing(simulator).map((one) => one.customerId)).toEqual([customer.id, customer.id])
  })

  it('never arrives when a business-scoped id stands in `to`', async () => {
    const { simulator, receiver, customer } = await start()
    expect((await sendText(simulator, { to: customer.userId }, 'Hai')).status).toBe(200)
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.bodies('whatsapp.message.delivered')).toEqual([])
    expect(receiver.bodies('whatsapp.message.failed')).toMatchObject([
      {
        message: {
          kapso: { statuses: [{ status: 'sent' }, { status: 'failed', errors: [{ code: 131026 }] }] },
        },
      },
    ])
  })

  it('does not give biz_opaque_callback_data back, unless it is told to', async () => {
    const { simulator, receiver, customer } = await start()
    const more = { biz_opaque_callback_data: 'local-uuid' }
    await sendText(simulator, { to: customer.phone }, 'Hai', more)
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.received.some((one) => one.raw.includes('local-uuid'))).toBe(false)
    simulator.control.changeSettings({ returnsOpaqueData: true })
    await sendText(simulator, { to: customer.phone }, 'Hai', more)
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.bodies('whatsapp.message.sent').at(-1)).toMatchObject({
      message: { kapso: { statuses: [{ biz_opaque_callback_data: 'local-uuid' }] } },
    })
  })

  it('is also heard of when a colleague or the bot wrote it', async () => {
    const { simulator, receiver, customer } = await start()
    simulator.control.typeInBusinessApp(customer.id, { text: 'Dari HP' })
    expect(await simulator.control.settle()).toBe(true)
    simulator.control.sayAsBot(customer.id, { text: 'Saya Sarah' })
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.bodies('whatsapp.message.sent')).toMatchObject([
      { message: { text: { body: 'Dari HP' }, kapso: { origin: 'business_app', direction: 'outbound' } } },
      { message: { text: { body: 'Saya Sarah' }, kapso: { origin: 'cloud_api', direction: 'outbound' } } },
    ])
  })
})

describe('echo and answer', () => {
  async function order(echoBeforeAnswer: 'always' | 'never' | 'random', sends: number): Promise<string[]> {
    const { simulator, receiver, customer } = await start({
      settings: { echoBeforeAnswer, sentDelayMs: 600_000, deliversAutomatically: false },
    })
    const first: string[] = []
    for (let place = 0; place < sends; place += 1) {
      const reply = await sendText(simulator, { to: customer.phone }, `Hai ${String(place)}`)
      const isEchoed = receiver.received.some((one) => one.raw.includes(wamidOf(reply.body)))
      first.push(isEchoed ? 'echo' : 'answer')
    }
    return first
  }

  it('the echo can come before the answer', async () => {
    expect(await order('always', 2)).toEqual(['echo', 'echo'])
  })

  it('comes after it by default', async () => {
    expect(await order('never', 2)).toEqual(['answer', 'answer'])
  })

  it('changes by seed', async () => {
    const seen = await order('random', 12)
    expect(new Set(seen)).toEqual(new Set(['echo', 'answer']))
  })
})

describe('a send that is refused', () => {
  it('without the right key: 401', async () => {
    const { simulator, customer } = await start()
    const reply = await sendText(
      simulator,
      { to: customer.phone },
      'Hai',
      {},
      { headers: { 'x-api-key': 'wrong' } },
    )
    expect(reply).toMatchObject({ status: 401, body: { error: expect.any(String) } })
  })

  it('outside the 24 hours: 422 with 131047, but a template goes', async () => {
    const { simulator, customer } = await start()
    const silent = simulator.control.addCustomer({ name: 'Diam' })
    const late = simulator.control.addCustomer({ name: 'Lama' })
    const day = 24 * 60 * 60_000
    simulator.control.write(late.id, { text: 'Halo', at: Date.now() - day })
    for (const one of [silent, late]) {
      expect(await sendText(simulator, { to: one.phone }, 'Hai')).toMatchObject({
        status: 422,
        body: { error: { type: 'MessageError', code: 131047 } },
      })
    }
    const template = { name: 'hello', language: { code: 'id' } }
    const reply = await call(simulator, 'POST', `/meta/whatsapp/v24.0/${phoneNumberId}/messages`, {
      messaging_product: 'whatsapp',
      to: silent.phone,
      type: 'template',
      template,
    })
    expect(reply.status).toBe(200)
    simulator.control.write(late.id, { text: 'Halo', at: Date.now() - day + 60_000 })
    expect((await sendText(simulator, { to: late.phone }, 'Hai')).status).toBe(200)
    expect(customer.lastInboundAt[phoneNumberId]).toBeGreaterThan(Date.now() - day)
  })

  it('while another to the same customer is under way: 409, other customers are free', async () => {
    const { simulator, customer } = await start({ settings: { inFlightHoldMs: 60_000 } })
    const other = simulator.control.addCustomer({ name: 'Citra' })
    simulator.control.write(other.id, { text: 'Halo' })
    expect((await sendText(simulator, { to: customer.phone }, 'satu')).status).toBe(200)
    expect(await sendText(simulator, { recipient: customer.userId }, 'dua')).toMatchObject({
      status: 409,
      body: { error: expect.stringContaining('in-flight') },
    })
    expect((await sendText(simulator, { to: other.phone }, 'tiga')).status).toBe(200)
    expect(outgoing(simulator)).toHaveLength(2)
  })

  it('over the rate limit: 429 with Retry-After', async () => {
    const { simulator, customer } = await start({ clock: () => 1_790_000_000_000 })
    simulator.control.changeSettings({ rateLimitPerMinute: 3 })
    const statuses: number[] = []
    for (let place = 0; place < 3; place += 1) {
      statuses.push((await sendText(simulator, { to: customer.phone }, 'Hai')).status)
    }
    // Registering the webhook was the first call of this minute.
    expect(statuses).toEqual([200, 200, 429])
    const reply = await sendText(simulator, { to: customer.phone }, 'Hai')
    expect(reply.headers.get('retry-after')).toBe('60')
    expect(reply.headers.get('x-ratelimit-remaining')).toBe('0')
    expect(reply.body).toMatchObject({ error: 'Rate limit exceeded', message: expect.any(String) })
  })

  it.each([
    ['no text', { text: {} }, 100],
    ['an empty text', { text: { body: '' } }, 100],
    ['a text that is too long', { text: { body: 'x'.repeat(4097) } }, 100],
    ['another product', { messaging_product: 'sms' }, 100],
    ['no address', { to: undefined }, 131008],
  ])('with %s: 400 in the Graph form', async (_name, more, code) => {
    const { simulator, customer } = await start()
    const reply = await sendText(simulator, { to: customer.phone }, 'Hai', more)
    expect(reply).toMatchObject({ status: 400, body: { error: { type: 'OAuthException', code } } })
    expect(outgoing(simulator)).toEqual([])
  })
})

describe('faults of a send', () => {
  it.each([
    ['in_flight', 409],
    ['rate_limited', 429],
    ['insufficient_credits', 402],
    ['graph_error', 400],
    ['server_error', 500],
    ['timeout', 504],
  ] as const)('%s: answered with %i and not accepted, once', async (kind, status) => {
    const { simulator, customer } = await start()
    simulator.control.addFault({ on: 'send', kind, times: 1 })
    expect((await sendText(simulator, { to: customer.phone }, 'Hai')).status).toBe(status)
    expect(outgoing(simulator)).toEqual([])
    expect((await sendText(simulator, { to: customer.phone }, 'Hai')).status).toBe(200)
  })

  it('timeout_after_accepting: 504, and the customer gets it', async () => {
    const { simulator, receiver, customer } = await start()
    simulator.control.addFault({ on: 'send', kind: 'timeout_after_accepting', times: 1 })
    expect(await sendText(simulator, { to: customer.phone }, 'Hai')).toMatchObject({
      status: 504,
      body: { error: 'Kapso proxy timeout' },
    })
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.bodies('whatsapp.message.delivered')).toHaveLength(1)
  })

  it.each([
    ['reset', 0],
    ['reset_after_accepting', 1],
  ] as const)('%s: the connection breaks; accepted: %i', async (kind, accepted) => {
    const { simulator, customer } = await start()
    simulator.control.addFault({ on: 'send', kind, times: 1 })
    await expect(sendText(simulator, { to: customer.phone }, 'Hai')).rejects.toThrow('fetch failed')
    expect(await simulator.control.settle()).toBe(true)
    expect(outgoing(simulator).map((one) => one.status)).toEqual(accepted ? ['delivered'] : [])
  })

  it.each([
    ['hang', 0],
    ['hang_after_accepting', 1],
  ] as const)('%s: no answer comes; accepted: %i', async (kind, accepted) => {
    const { simulator, customer } = await start()
    const fault = simulator.control.addFault({ on: 'send', kind, times: 1 })
    const patience = new AbortController()
    const sending = sendText(simulator, { to: customer.phone }, 'Hai', {}, { signal: patience.signal })
    const outcome = expect(sending).rejects.toThrow('aborted')
    await vi.waitFor(() => {
      expect(fault.hit).toBe(1)
      expect(outgoing(simulator)).toHaveLength(accepted)
    })
    patience.abort()
    await outcome
    expect(outgoing(simulator)).toHaveLength(accepted)
  })
})

describe('marking as read', () => {
  it('turns that and earlier messages blue, and shows typing', async () => {
    const { simulator, customer } = await start()
    const second = simulator.control.write(customer.id, { text: 'Masih ada?' })
    const path = `/meta/whatsapp/v24.0/${phoneNumberId}/messages`
    const reply = await call(simulator, 'POST', path, {
      messaging_product: 'whatsapp',
      status: 'read',
      message_id: second.id,
      typing_indicator: { type: 'text' },
    })
    expect(reply).toMatchObject({ status: 200, body: { success: true } })
    const inbound = [...simulator.control.world.messages.values()]
    expect(inbound.map((one) => one.readByCompany)).toEqual([true, true])
    const view = await call(simulator, 'GET', `/simulator/view?customer=${customer.id}`)
    expect(view.body).toMatchObject({ isCompanyTyping: true, messages: [{ isRead: true }, { isRead: true }] })
  })

  it('needs a message that was received', async () => {
    const { simulator, customer } = await start()
    const mine = wamidOf((await sendText(simulator, { to: customer.phone }, 'Hai')).body)
    const path = `/meta/whatsapp/v24.0/${phoneNumberId}/messages`
    for (const id of ['wamid.unknown', mine]) {
      const reply = await call(simulator, 'POST', path, {
        messaging_product: 'whatsapp',
        status: 'read',
        message_id: id,
      })
      expect(reply.status).toBe(400)
    }
  })
})
