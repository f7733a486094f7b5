import { afterEach, describe, expect, it } from 'vitest'
import type { Simulator } from '../../src/simulator/simulator.ts'
import { addPaths, findStrangers } from '../support/body-paths.ts'
import { findMissing, knownPaths, pathsOf, readSample } from '../support/sample-paths.ts'
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
}

let now = Date.parse('2026-09-20T10:00:00Z')

async function start(
  bodyForms: 'mixed' | 'current' | 'classic' | 'recorded',
  fields: Record<string, unknown> = {},
  seed = 1,
): Promise<Parts> {
  now = Date.parse('2026-09-20T10:00:00Z')
  const receiver = closers.add(await startReceiver())
  const simulator = closers.add(
    await startFastSimulator({ seed, clock: () => now, timeScale: 20, settings: { bodyForms } }),
  )
  await register(simulator, receiver.url, { inactivity_minutes: 60, ...fields })
  return { simulator, receiver }
}

const image = {
  id: '1371993794424264',
  mime_type: 'image/jpeg',
  sha256: 'zTC1IRibhUeU8FXIJjVt/Iz06A+cWxwwkneq+WVXaKE=',
  caption: 'Meja',
  url: 'https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1',
  link: 'https://app.kapso.ai/rails/active_storage/blobs/redirect/TOKEN--SIGNATURE/image_1.jpeg',
}

const otherKinds: [type: string, content: unknown, sample: string][] = [
  ['image', image, 'image'],
  ['document', { ...image, filename: 'image_1.jpeg' }, 'document'],
  ['location', { latitude: -7.8, longitude: 110.4, name: 'Yogyakarta', address: 'Jl. Kayu 1' }, 'location'],
  ['reaction', { message_id: 'wamid.456', emoji: '❤️' }, 'reaction-added'],
  ['button', { payload: 'Unsubscribe', text: 'Unsubscribe' }, 'button-quick-reply'],
  [
    'interactive',
    { type: 'button_reply', button_reply: { id: 'a', title: 'Ya' } },
    'interactive-button-reply',
  ],
  [
    'interactive',
    { type: 'list_reply', list_reply: { id: 'a', title: 'Ya', description: 'Besok' } },
    'interactive-list-reply',
  ],
]

/** Makes everything happen that leads to a delivery, with each kind of customer. */
async function liveThrough({ simulator }: Parts) {
  const { control } = simulator
  for (const kind of ['phone', 'username', 'both'] as const) {
    const customer = control.addCustomer({ name: `Budi ${kind}`, kind })
    const first = control.write(customer.id, { text: 'Halo' })
    control.write(customer.id, { text: 'Yang ini', replyTo: first.id })
    for (const [type, content] of otherKinds) control.write(customer.id, { type, content })
    const address = kind === 'username' ? { recipient: customer.userId } : { to: customer.phone }
    expect((await sendText(simulator, address, 'Hai', { biz_opaque_callback_data: 'x' })).status).toBe(200)
    const bot = control.sayAsBot(customer.id, { text: 'Saya Sarah' })
    control.typeInBusinessApp(customer.id, { text: 'Dari HP' })
    expect(await control.settle()).toBe(true)
    control.write(customer.id, { text: 'Oke', replyTo: bot.id })
    control.read(customer.id)
    const late = control.sayAsBot(customer.id, { text: 'Gagal' })
    expect(await control.settle()).toBe(true)
    control.setStatus(late.id, {
      status: 'failed',
      error: { code: 131047, title: 'Re-engagement message', message: 'More than 24 hours have passed' },
    })
    now += 2 * 60 * 60_000
    control.sweep()
    control.changeIdentity(customer.id)
    now += 26 * 60 * 60_000
    control.sweep()
  }
  expect(await control.settle()).toBe(true)
}

describe('every body', () => {
  it.each([
    ['mixed', 1],
    ['mixed', 2],
    ['mixed', 3],
    ['current', 1],
    ['classic', 1],
    ['recorded', 1],
  ] as const)('has only keys and types of the samples (%s, seed %i)', async (forms, seed) => {
    const parts = await start(forms, {}, seed)
    parts.simulator.control.changeSettings({ returnsOpaqueData: true })
    await liveThrough(parts)
    const known = knownPaths()
    const events = new Set<string>()
    for (const delivery of parts.receiver.received) {
      events.add(delivery.event)
      expect(findStrangers(known, pathsOf(JSON.parse(delivery.raw))), delivery.event).toEqual([])
    }
    expect([...events].sort()).toEqual([
      'whatsapp.contact.identity_changed',
      'whatsapp.conversation.created',
      'whatsapp.conversation.ended',
      'whatsapp.conversation.inactive',
      'whatsapp.message.delivered',
      'whatsapp.message.failed',
      'whatsapp.message.read',
      'whatsapp.message.received',
      'whatsapp.message.sent',
    ])
  })

  it('varies phone format, place of the name and time format by seed, and only by seed', async () => {
    const parts = await start('mixed')
    for (let place = 0; place < 24; place += 1) {
      const customer = parts.simulator.control.addCustomer({ name: `Orang ${String(place)}`, kind: 'both' })
      parts.simulator.control.write(customer.id, { text: 'Halo' })
    }
    expect(await parts.simulator.control.settle()).toBe(true)
    const bodies = parts.receiver.bodies('whatsapp.message.received').map((body) => JSON.stringify(body))
    const count = (pattern: RegExp) => bodies.filter((body) => pattern.test(body)).length
    expect(bodies).toHaveLength(24)
    expect(count(/"phone_number":"\+62/)).toBeGreaterThan(0)
    expect(count(/"phone_number":"62/)).toBeGreaterThan(0)
    expect(count(/"contact_name":"[^"]+","phone_number"/)).toBeGreaterThan(0)
    expect(count(/"kapso":\{"contact_name"/)).toBeGreaterThan(0)
    expect(count(/"has_media".*"kapso".*"contact_name"|"contact_name":"[^"]+","has_media"/)).toBeGreaterThan(
      0,
    )
    expect(count(/"last_active_at":"[^"]+\+07:00"/)).toBeGreaterThan(0)
    expect(count(/"last_active_at":"[^"]+-03:00"/)).toBeGreaterThan(0)
    expect(count(/"last_active_at":"[^"]+Z"/)).toBeGreaterThan(0)
    expect(count(/"username":"@/)).toBeGreaterThan(0)
    expect(count(/"from_user_id"/)).toBeLessThan(24)
  })
})

describe('a body has every key of its sample', () => {
  it.each([
    ['received', 'kapso-v2-message-received-text'],
    ['sent', 'kapso-v2-message-sent-text'],
    ['delivered', 'kapso-v2-message-delivered'],
    ['read', 'kapso-v2-message-read'],
    ['failed', 'kapso-v2-message-failed'],
  ])('classic message.%s', async (event, sample) => {
    const parts = await start('classic')
    const customer = parts.simulator.control.addCustomer({ name: 'Budi' })
    parts.simulator.control.write(customer.id, { text: 'Halo' })
    await sendText(parts.simulator, { to: customer.phone }, 'Hai')
    expect(await parts.simulator.control.settle()).toBe(true)
    parts.simulator.control.read(customer.id)
    const failing = parts.simulator.control.sayAsBot(customer.id, { text: 'x', at: now })
    expect(await parts.simulator.control.settle()).toBe(true)
    parts.simulator.control.setStatus(failing.id, {
      status: 'failed',
      error: { code: 131047, title: 'Re-engagement message', message: 'More than 24 hours' },
    })
    expect(await parts.simulator.control.settle()).toBe(true)
    const [body] = parts.receiver.bodies(`whatsapp.message.${event}`)
    expect(findMissing(readSample(sample), body)).toEqual([])
  })

  it('current message.received, with business-scoped id and username', async () => {
    const parts = await start('current')
    const customer = parts.simulator.control.addCustomer({ name: 'Budi', kind: 'both' })
    parts.simulator.control.write(customer.id, { text: 'Halo' })
    expect(await parts.simulator.control.settle()).toBe(true)
    const [body] = parts.receiver.bodies('whatsapp.message.received')
    // Only businesses enrolled for parent ids get one.
    const optional = ['message.from_parent_user_id']
    expect(findMissing(readSample('kapso-v2-message-received-text-bsuid'), body, optional)).toEqual([])
  })

  it.each(otherKinds)('current message.received of type %s', async (type, content, sample) => {
    const parts = await start('current')
    const customer = parts.simulator.control.addCustomer({ name: 'Budi', kind: 'both' })
    const first = parts.simulator.control.write(customer.id, { text: 'Halo' })
    parts.simulator.control.write(customer.id, { type, content, replyTo: first.id })
    expect(await parts.simulator.control.settle()).toBe(true)
    const body = parts.receiver.bodies('whatsapp.message.received').at(-1)
    expect(findMissing(readSample(`kapso-v2-message-received-${sample}`), body)).toEqual([])
  })

  it('recorded message object', async () => {
    const parts = await start('recorded')
    const customer = parts.simulator.control.addCustomer({ name: 'Budi' })
    parts.simulator.control.write(customer.id, { type: 'image', content: image })
    expect(await parts.simulator.control.settle()).toBe(true)
    const [body] = parts.receiver.bodies('whatsapp.message.received')
    expect(findMissing({ message: readSample('real-message-object-image') }, body)).toEqual([])
  })

  it('somebody who shows no phone number', async () => {
    const parts = await start('mixed')
    const customer = parts.simulator.control.addCustomer({ name: 'Budi', kind: 'username' })
    for (let place = 0; place < 12; place += 1) parts.simulator.control.write(customer.id, { text: 'Halo' })
    expect(await parts.simulator.control.settle()).toBe(true)
    const bodies = parts.receiver.bodies('whatsapp.message.received')
    expect(bodies).toHaveLength(12)
    for (const body of bodies) {
      expect(findMissing(readSample('kapso-v2-message-received-minimal-no-phone'), body)).toEqual([])
      const { message } = body as { message: Record<string, unknown> }
      expect([undefined, null, '']).toContain(message['from'])
      // The wamid holds a number even then, so it is left out of the search.
      expect(JSON.stringify({ ...(body as object), message: null })).not.toContain(customer.phone)
    }
  })

  it('conversation and contact events', async () => {
    const parts = await start('classic')
    await liveThrough(parts)
    for (const [event, sample] of [
      ['whatsapp.conversation.created', 'kapso-v2-conversation-created'],
      ['whatsapp.conversation.ended', 'kapso-v2-conversation-ended'],
      ['whatsapp.conversation.inactive', 'kapso-v2-conversation-inactive'],
      ['whatsapp.contact.identity_changed', 'kapso-v2-contact-identity-changed'],
    ] as const) {
      expect(findMissing(readSample(sample), parts.receiver.bodies(event)[0]), event).toEqual([])
    }
  })

  it('a buffered delivery', async () => {
    const parts = await start('classic', { buffer_enabled: true, max_buffer_size: 2 })
    const customer = parts.simulator.control.addCustomer({ name: 'Budi' })
    parts.simulator.control.write(customer.id, { text: 'Satu' })
    parts.simulator.control.write(customer.id, { text: 'Dua' })
    expect(await parts.simulator.control.settle()).toBe(true)
    const [body] = parts.receiver.bodies('whatsapp.message.received')
    expect(findMissing(readSample('kapso-v2-batch-message-received'), body)).toEqual([])
    const elements = (body as { data: unknown[] }).data
    for (const element of elements) expect(findStrangers(knownPaths(), pathsOf(element))).toEqual([])
  })

  it('a number that was connected or removed, for project webhooks', async () => {
    const parts = await start('classic')
    await call(parts.simulator, 'POST', '/platform/v1/whatsapp/webhooks', {
      whatsapp_webhook: {
        url: parts.receiver.url,
        secret_key: 'project',
        events: ['whatsapp.phone_number.created', 'whatsapp.phone_number.deleted'],
      },
    })
    const number = parts.simulator.control.addPhoneNumber({ externalCustomerId: 'tenant-42' })
    parts.simulator.control.removePhoneNumber(number.id)
    expect(await parts.simulator.control.settle()).toBe(true)
    for (const event of ['created', 'deleted']) {
      const sample = pathsOf(readSample(`kapso-v2-project-phone-number-${event}`))
      const [body] = parts.receiver.bodies(`whatsapp.phone_number.${event}`)
      expect(findMissing(readSample(`kapso-v2-project-phone-number-${event}`), body)).toEqual([])
      sample.set('customer.external_id', new Set(['string']))
      expect(findStrangers(sample, pathsOf(body))).toEqual([])
    }
  })
})

describe('an answer of the REST API has every key of its sample', () => {
  const proxy = `/meta/whatsapp/v24.0/${phoneNumberId}`

  it.each([
    [`${proxy}/messages`, 'rest-list-messages-page'],
    [`${proxy}/conversations`, 'rest-list-conversations-page'],
    [`${proxy}/contacts`, 'rest-list-contacts-page'],
    ['/platform/v1/whatsapp/phone_numbers', 'rest-list-phone-numbers-page'],
  ])('GET %s', async (path, sample) => {
    const parts = await start('mixed')
    const customer = parts.simulator.control.addCustomer({ name: 'Budi', kind: 'both' })
    parts.simulator.control.write(customer.id, { text: 'Halo' })
    await sendText(parts.simulator, { to: customer.phone }, 'Hai')
    expect(await parts.simulator.control.settle()).toBe(true)
    const reply = await call(parts.simulator, 'GET', path)
    expect(reply.status).toBe(200)
    expect(findMissing(readSample(sample), reply.body)).toEqual([])
  })

  it('GET messages has no other keys than deliveries and the sample have', async () => {
    const { simulator } = await start('mixed')
    for (const kind of ['phone', 'username', 'both'] as const) {
      const customer = simulator.control.addCustomer({ name: 'Budi', kind })
      simulator.control.write(customer.id, { text: 'Halo' })
      simulator.control.sayAsBot(customer.id, { text: 'Hai' })
    }
    expect(await simulator.control.settle()).toBe(true)
    const known = knownPaths()
    const sample = readSample('rest-list-messages-page') as { data: unknown[] }
    for (const message of sample.data) addPaths(known, { message })
    const { data } = (await call(simulator, 'GET', `${proxy}/messages`)).body as { data: unknown[] }
    expect(data).toHaveLength(6)
    for (const message of data) expect(findStrangers(known, pathsOf({ message }))).toEqual([])
  })

  it('POST messages, to a phone number and to a business-scoped id', async () => {
    const { simulator } = await start('mixed')
    const customer = simulator.control.addCustomer({ name: 'Budi', kind: 'both' })
    simulator.control.write(customer.id, { text: 'Halo' })
    for (const [address, sample] of [
      [{ to: `+${customer.phone}` }, 'phone'],
      [{ recipient: customer.userId }, 'bsuid'],
    ] as const) {
      const reply = await sendText(simulator, address, 'Hai')
      const expected = pathsOf(readSample(`rest-send-message-response-${sample}`))
      expect(findStrangers(expected, pathsOf(reply.body))).toEqual([])
      expect(findStrangers(pathsOf(reply.body), expected)).toEqual([])
    }
  })

  it('accepts the sample requests', async () => {
    const { simulator } = await start('mixed')
    const { control } = simulator
    const customer = control.addCustomer({
      name: 'John',
      kind: 'both',
      phone: '16315551181',
      userId: 'US.13491208655302741918',
    })
    control.write(customer.id, { text: 'Halo' })
    for (const name of ['text-request-phone', 'text-request-bsuid', 'template-request']) {
      const reply = await call(simulator, 'POST', `${proxy}/messages`, readSample(`rest-send-${name}`))
      expect(reply.status, name).toBe(200)
    }
    expect(await control.settle()).toBe(true)
  })
})
