import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Simulator } from '../../src/simulator/simulator.ts'
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
const now = Date.parse('2026-09-20T10:00:00Z')
const hour = 60 * 60_000

afterEach(() => closers.closeAll())

describe('seed', () => {
  async function live(seed: number): Promise<string[]> {
    const receiver = closers.add(await startReceiver())
    const simulator = closers.add(await startFastSimulator({ seed, clock: () => now }))
    await register(simulator, receiver.url)
    for (const kind of ['phone', 'username', 'both'] as const) {
      const customer = simulator.control.addCustomer({ name: `Budi ${kind}`, kind })
      simulator.control.write(customer.id, { text: 'Halo' })
      await sendText(simulator, { recipient: customer.userId }, 'Hai')
    }
    expect(await simulator.control.settle()).toBe(true)
    return receiver.received.map((one) => `${one.event} ${one.key} ${one.raw}`).sort()
  }

  it('decides every id, key and body', async () => {
    const [first, second, other] = [await live(7), await live(7), await live(8)]
    expect(first).toHaveLength(12)
    expect(second).toEqual(first)
    expect(other.filter((one) => first.includes(one))).toEqual([])
  })

  it('gives other ids after a reset', async () => {
    const simulator = closers.add(await startFastSimulator({ seed: 7 }))
    const write = () => {
      const customer = simulator.control.addCustomer({ name: 'Budi' })
      return simulator.control.write(customer.id, { text: 'Halo' })
    }
    const before = write()
    expect((await call(simulator, 'POST', '/simulator/reset', {})).status).toBe(200)
    expect(simulator.control.world.messages.size).toBe(0)
    const after = write()
    expect(after.id).not.toBe(before.id)
    expect(after.conversationId).not.toBe(before.conversationId)
    expect(after.customerId).not.toBe(before.customerId)
  })
})

describe('conversations', () => {
  it('end after 24 silent hours; the next message opens another', async () => {
    let time = now
    const receiver = closers.add(await startReceiver())
    const simulator = closers.add(await startFastSimulator({ clock: () => time }))
    await register(simulator, receiver.url)
    const customer = simulator.control.addCustomer({ name: 'Budi' })
    const first = simulator.control.write(customer.id, { text: 'Halo' })
    time += 25 * hour
    const second = simulator.control.write(customer.id, { text: 'Lagi' })
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.bodies('whatsapp.conversation.ended')).toMatchObject([
      { conversation: { id: first.conversationId, status: 'ended' } },
    ])
    expect(receiver.bodies('whatsapp.conversation.created')).toHaveLength(2)
    expect(second.conversationId).not.toBe(first.conversationId)
    expect(receiver.bodies('whatsapp.message.received')).toMatchObject([
      { is_new_conversation: true },
      { is_new_conversation: true },
    ])
  })

  it('tell of inactivity once per threshold and message', async () => {
    let time = now
    const receiver = closers.add(await startReceiver())
    const simulator = closers.add(await startFastSimulator({ clock: () => time }))
    await register(simulator, receiver.url, { inactivity_minutes: 30 })
    const customer = simulator.control.addCustomer({ name: 'Budi' })
    const message = simulator.control.write(customer.id, { text: 'Halo' })
    time += hour / 2
    simulator.control.sweep()
    simulator.control.sweep()
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.bodies('whatsapp.conversation.inactive')).toMatchObject([
      {
        since_message: { whatsapp_message_id: message.id, direction: 'inbound' },
        inactivity: { minutes: 30 },
      },
    ])
  })
})

describe('customers', () => {
  it('may change their business-scoped id, and reveal their number', async () => {
    const receiver = closers.add(await startReceiver())
    const simulator = closers.add(await startFastSimulator())
    await register(simulator, receiver.url)
    const customer = simulator.control.addCustomer({ name: 'Budi', kind: 'username' })
    simulator.control.write(customer.id, { text: 'Halo' })
    const before = customer.userId
    await call(simulator, 'POST', `/simulator/customers/${customer.id}/change-identity`, {
      phone: '0812 0000 9911',
    })
    await call(simulator, 'POST', `/simulator/customers/${customer.id}/reveal-phone`, {})
    simulator.control.write(customer.id, { text: 'Ini nomor saya' })
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.bodies('whatsapp.contact.identity_changed')).toMatchObject([
      {
        contact: { business_scoped_user_id: customer.userId },
        previous: { business_scoped_user_id: before },
      },
    ])
    expect(customer.userId).not.toBe(before)
    const reply = await call(simulator, 'GET', `/meta/whatsapp/v24.0/${phoneNumberId}/messages?limit=1`)
    expect(reply.body).toMatchObject({ data: [{ from: '6281200009911', from_user_id: customer.userId }] })
  })

  it.each([
    ['a number that is taken', { name: 'Dua', phone: '+62 812 0000 5555' }, 409],
    ['an impossible number', { name: 'Dua', phone: '12' }, 422],
    ['an impossible username', { name: 'Dua', kind: 'username', username: 'a b' }, 422],
    ['no name', { name: ' ' }, 422],
  ])('are refused with %s', async (_name, input, status) => {
    const simulator = closers.add(await startFastSimulator())
    simulator.control.addCustomer({ name: 'Satu', phone: '0812-0000-5555' })
    expect((await call(simulator, 'POST', '/simulator/customers', input)).status).toBe(status)
    expect(simulator.control.world.customers.size).toBe(1)
  })
})

describe('state file', () => {
  async function startTwice(): Promise<{
    receiver: Receiver
    start: () => Promise<Simulator>
    file: string
  }> {
    const folder = await mkdtemp(join(tmpdir(), 'simulator-'))
    closers.add({ close: () => rm(folder, { recursive: true, force: true }) })
    const receiver = closers.add(await startReceiver())
    const file = join(folder, 'deep', 'simulator.json')
    return { receiver, file, start: () => startFastSimulator({ stateFile: file, seed: 5 }) }
  }

  it('keeps customers, messages, webhooks and settings, readable for its owner only', async () => {
    const { receiver, start, file } = await startTwice()
    const first = await start()
    await register(first, receiver.url)
    const customer = first.control.addCustomer({ name: 'Budi' })
    const message = first.control.write(customer.id, { text: 'Halo' })
    first.control.changeSettings({ returnsOpaqueData: true })
    expect(await first.control.settle()).toBe(true)
    await first.close()
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const second = closers.add(await start())
    expect(second.control.world.messages.get(message.id)).toMatchObject({ content: { body: 'Halo' } })
    expect(second.control.world.settings.returnsOpaqueData).toBe(true)
    expect(second.control.world.phoneNumbers.size).toBe(1)
    const next = second.control.write(customer.id, { text: 'Lagi' })
    expect(next.conversationId).toBe(message.conversationId)
    expect(await second.control.settle()).toBe(true)
    expect(receiver.bodies('whatsapp.message.received')).toHaveLength(2)
  })

  it('takes up deliveries and statuses that were under way', async () => {
    const { receiver, start } = await startTwice()
    const first = await start()
    const id = await register(first, receiver.url)
    const customer = first.control.addCustomer({ name: 'Budi' })
    first.control.write(customer.id, { text: 'Halo' })
    expect(await first.control.settle()).toBe(true)
    first.control.changeSettings({ sentDelayMs: 3_000_000 })
    await sendText(first, { to: customer.phone }, 'Hai')
    first.control.addFault({ on: 'delivery', kind: 'delay', times: 1, delayMs: 300 })
    first.control.write(customer.id, { text: 'Tertunda' })
    await first.close()
    expect(receiver.bodies('whatsapp.message.received')).toHaveLength(1)
    const second = closers.add(await start())
    second.control.changeSettings({ sentDelayMs: 1 })
    await vi.waitFor(() => {
      expect(receiver.bodies('whatsapp.message.received')).toHaveLength(2)
    })
    expect(second.control.world.webhooks.has(id)).toBe(true)
    const [, outgoing] = second.control.world.messages.values()
    expect(outgoing?.status).toBe('pending')
  })

  it('that cannot be read is replaced', async () => {
    const { start, file } = await startTwice()
    const first = await start()
    await first.close()
    await import('node:fs/promises').then(({ writeFile }) => writeFile(file, '{"half": '))
    const second = await start()
    await second.close()
    expect(JSON.parse(await readFile(file, 'utf8'))).toHaveProperty('version')
  })
})

describe('demo', () => {
  it('is sent through the webhook in order, once', async () => {
    const receiver = closers.add(await startReceiver())
    const simulator = closers.add(await startFastSimulator())
    expect((await call(simulator, 'POST', '/simulator/demo', {})).status).toBe(409)
    await register(simulator, receiver.url)
    const first = await call(simulator, 'POST', '/simulator/demo', {})
    expect(first).toMatchObject({ status: 200, body: { data: { isNew: true, customers: 8 } } })
    expect((await call(simulator, 'POST', '/simulator/demo', {})).body).toMatchObject({
      data: { isNew: false },
    })
    const settled = await call(simulator, 'POST', '/simulator/settle', { timeoutMs: 10_000 })
    expect(settled.body).toMatchObject({ data: { settled: true } })
    interface Body {
      message: { timestamp: string }
      conversation: { id: string }
    }
    const threads = new Map<string, number[]>()
    for (const one of receiver.received) {
      if (!/received|sent/.test(one.event)) continue
      const { message, conversation } = JSON.parse(one.raw) as Body
      const times = threads.get(conversation.id) ?? []
      threads.set(conversation.id, [...times, Number(message.timestamp)])
    }
    expect(threads.size).toBe(8)
    for (const times of threads.values()) {
      expect(times).toEqual([...times].sort((a, b) => a - b))
      expect(times[0]).toBeGreaterThan(Date.now() / 1000 - 48 * 3600)
      expect(times.at(-1)).toBeLessThan(Date.now() / 1000)
    }
    expect(receiver.bodies('whatsapp.conversation.ended')).toHaveLength(1)
    expect(receiver.bodies('whatsapp.message.read').length).toBeGreaterThan(10)
  })

  it('has one window that closes soon, one that is closed, and one hidden number', async () => {
    const receiver = closers.add(await startReceiver())
    const simulator = closers.add(await startFastSimulator())
    await register(simulator, receiver.url)
    simulator.control.loadDemo()
    expect(await simulator.control.settle()).toBe(true)
    const customers = [...simulator.control.world.customers.values()]
    const left = customers.map((one) => (one.lastInboundAt[phoneNumberId] ?? 0) + 24 * hour - Date.now())
    expect(left.filter((span) => span < 0)).toHaveLength(1)
    expect(left.filter((span) => span > 0 && span < hour)).toHaveLength(1)
    expect(customers.filter((one) => !one.sharesPhone)).toHaveLength(1)
    expect(customers.some((one) => one.name.length >= 80)).toBe(true)
    expect(customers.some((one) => /\p{Script=Arabic}/u.test(one.name))).toBe(true)
  })
})

describe('raw events', () => {
  it('carry any body, signed like the others', async () => {
    const receiver = closers.add(await startReceiver())
    const simulator = closers.add(await startFastSimulator())
    await call(simulator, 'POST', '/platform/v1/whatsapp/webhooks', {
      whatsapp_webhook: { url: receiver.url, secret_key: 's', events: ['workflow.execution.handoff'] },
    })
    const body = { event: 'workflow.execution.handoff', status: 'handoff' }
    const reply = await call(simulator, 'POST', '/simulator/events', { event: body.event, body })
    expect(reply.status).toBe(201)
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.bodies('workflow.execution.handoff')).toEqual([body])
  })
})

describe('as a process', () => {
  it('takes its configuration from the environment and ends when told to', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'simulator-'))
    closers.add({ close: () => rm(folder, { recursive: true, force: true }) })
    const child = spawn(process.execPath, ['src/simulator/main.ts'], {
      env: {
        ...process.env,
        SIMULATOR_PORT: '0',
        EMBEDDED_DIR: folder,
        SIMULATOR_API_KEY: 'own-key',
        SIMULATOR_PHONE_NUMBER_ID: '12345',
      },
    })
    const exited = once(child, 'exit')
    closers.add({
      close: async () => {
        child.kill('SIGKILL')
        await exited
      },
    })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const url = /http:\/\/\S+/.exec(line.toString())?.[0] ?? ''
    const reply = await fetch(`${url}/platform/v1/whatsapp/phone_numbers`, {
      headers: { 'x-api-key': 'own-key' },
    })
    expect(await reply.json()).toMatchObject({ data: [{ id: '12345' }] })
    child.kill('SIGTERM')
    expect(await exited).toEqual([0, null])
    expect(JSON.parse(await readFile(join(folder, 'simulator.json'), 'utf8'))).toHaveProperty('version')
  })

  it('says in one line what is wrong with its environment', async () => {
    const child = spawn(process.execPath, ['src/simulator/main.ts'], {
      env: { ...process.env, SIMULATOR_PORT: 'many' },
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
    expect(await once(child, 'close')).toEqual([1, null])
    expect(said).toMatch(/^SIMULATOR_PORT: .+\n$/)
  })
})
