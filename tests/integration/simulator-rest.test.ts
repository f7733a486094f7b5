import { afterEach, describe, expect, it } from 'vitest'
import type { Simulator } from '../../src/simulator/simulator.ts'
import {
  call,
  collectClosers,
  phoneNumberId,
  register,
  sendText,
  startFastSimulator,
} from '../support/simulator-client.ts'

const closers = collectClosers()
const proxy = `/meta/whatsapp/v24.0/${phoneNumberId}`
const webhooks = `/platform/v1/whatsapp/phone_numbers/${phoneNumberId}/webhooks`
const start = Date.parse('2026-09-20T10:00:00Z')

afterEach(() => closers.closeAll())

interface Page {
  data: { id: string; text: { body: string } }[]
  paging: { cursors: { before: string | null; after: string | null } }
}

async function startWithMessages(count: number): Promise<Simulator> {
  const simulator = closers.add(await startFastSimulator({ clock: () => start + 60_000 }))
  const customer = simulator.control.addCustomer({ name: 'Budi' })
  for (let place = 0; place < count; place += 1) {
    simulator.control.write(customer.id, { text: `pesan ${String(place)}`, at: start + place * 1000 })
  }
  return simulator
}

async function list(simulator: Simulator, query: string): Promise<Page> {
  const reply = await call(simulator, 'GET', `${proxy}/messages?${query}`)
  expect(reply.status).toBe(200)
  return reply.body as Page
}

function texts(page: Page): string[] {
  return page.data.map((one) => one.text.body)
}

describe('GET messages', () => {
  it('pages from the newest to the oldest, with a cursor on the last page, too', async () => {
    const simulator = await startWithMessages(5)
    const first = await list(simulator, 'limit=2')
    expect(texts(first)).toEqual(['pesan 4', 'pesan 3'])
    const second = await list(simulator, `limit=2&after=${first.paging.cursors.after ?? ''}`)
    expect(texts(second)).toEqual(['pesan 2', 'pesan 1'])
    const third = await list(simulator, `limit=2&after=${second.paging.cursors.after ?? ''}`)
    expect(texts(third)).toEqual(['pesan 0'])
    expect(third.paging.cursors.after).not.toBeNull()
    const end = await list(simulator, `limit=2&after=${third.paging.cursors.after ?? ''}`)
    expect(end).toMatchObject({ data: [], paging: { cursors: { before: null, after: null } } })
    const back = await list(simulator, `limit=2&before=${third.paging.cursors.before ?? ''}`)
    expect(texts(back)).toEqual(['pesan 2', 'pesan 1'])
  })

  it('gives 100 at most', async () => {
    const simulator = await startWithMessages(120)
    expect((await list(simulator, 'limit=500')).data).toHaveLength(100)
    expect((await list(simulator, '')).data).toHaveLength(20)
  })

  it('filters by direction, status, conversation and time', async () => {
    const simulator = await startWithMessages(3)
    const { control } = simulator
    const [customer] = control.world.customers.values()
    const [conversation] = control.world.conversations.values()
    await sendText(simulator, { to: customer?.phone ?? '' }, 'balas')
    expect(await control.settle()).toBe(true)
    expect(texts(await list(simulator, 'direction=outbound'))).toEqual(['balas'])
    expect(texts(await list(simulator, 'direction=outbound&status=delivered'))).toEqual(['balas'])
    expect(texts(await list(simulator, 'status=read'))).toEqual([])
    expect((await list(simulator, `conversation_id=${conversation?.id ?? ''}`)).data).toHaveLength(4)
    expect((await list(simulator, 'conversation_id=other')).data).toEqual([])
    const since = new Date(start + 1000).toISOString()
    expect(texts(await list(simulator, `since=${since}&direction=inbound`))).toEqual(['pesan 2', 'pesan 1'])
    const until = String((start + 1000) / 1000)
    expect(texts(await list(simulator, `until=${until}`))).toEqual(['pesan 1', 'pesan 0'])
  })

  it('finds one by its id, in both APIs', async () => {
    const simulator = await startWithMessages(1)
    const [message] = simulator.control.world.messages.values()
    const id = encodeURIComponent(message?.id ?? '')
    const one = await call(simulator, 'GET', `${proxy}/messages/${id}`)
    expect(one).toMatchObject({ status: 200, body: { id: message?.id, text: { body: 'pesan 0' } } })
    const other = await call(simulator, 'GET', `/platform/v1/whatsapp/messages/${id}`)
    expect(other).toMatchObject({ status: 200, body: { data: { id: message?.id } } })
    expect((await call(simulator, 'GET', `${proxy}/messages/wamid.none`)).status).toBe(404)
  })

  it('shows a send that is not yet sent as pending', async () => {
    const simulator = await startWithMessages(1)
    simulator.control.changeSettings({ sentDelayMs: 60_000 })
    const [customer] = simulator.control.world.customers.values()
    await sendText(simulator, { to: customer?.phone ?? '' }, 'balas')
    const page = await list(simulator, 'direction=outbound')
    expect(page.data).toMatchObject([{ kapso: { status: 'pending' } }])
  })
})

describe('conversations', () => {
  it('are listed in both APIs, ended by PATCH, and continue under a new id', async () => {
    const simulator = await startWithMessages(1)
    const { control } = simulator
    const [first] = control.world.conversations.values()
    const path = `/platform/v1/whatsapp/conversations/${first?.id ?? ''}`
    for (const list of [`${proxy}/conversations`, '/platform/v1/whatsapp/conversations']) {
      expect((await call(simulator, 'GET', list)).body).toMatchObject({
        data: [{ id: first?.id, status: 'active' }],
      })
    }
    const ended = await call(simulator, 'PATCH', path, { whatsapp_conversation: { status: 'ended' } })
    expect(ended).toMatchObject({ status: 200, body: { data: { status: 'ended' } } })
    const [customer] = control.world.customers.values()
    const next = control.write(customer?.id ?? '', { text: 'Lagi' })
    expect(next.conversationId).not.toBe(first?.id)
    expect(next.opensConversation).toBe(true)
    const wrong = await call(simulator, 'PATCH', path, { whatsapp_conversation: { status: 'asleep' } })
    expect(wrong.status).toBe(422)
  })
})

describe('phone numbers', () => {
  it('are listed, filtered by customer, and healthy', async () => {
    const simulator = await startWithMessages(0)
    const number = simulator.control.addPhoneNumber({ customerId: 'tenant-2' })
    const base = '/platform/v1/whatsapp/phone_numbers'
    expect((await call(simulator, 'GET', base)).body).toMatchObject({ meta: { total_count: 2 } })
    expect((await call(simulator, 'GET', `${base}?customer_id=tenant-2`)).body).toMatchObject({
      data: [{ id: number.id, phone_number_id: number.id, customer_id: 'tenant-2' }],
    })
    expect((await call(simulator, 'GET', `${base}/${number.id}`)).body).toMatchObject({
      data: { id: number.id },
    })
    expect((await call(simulator, 'GET', `${base}/${number.id}/health`)).body).toMatchObject({
      data: { status: 'healthy' },
    })
    expect((await call(simulator, 'GET', `${base}/1`)).status).toBe(404)
  })
})

describe('webhooks', () => {
  const url = 'https://crm.example/webhooks/kapso'
  const fields = { url, secret_key: 'geheim', events: ['whatsapp.message.received'] }

  it('are created, read with their secret, changed and deleted', async () => {
    const simulator = await startWithMessages(0)
    const id = await register(simulator, url)
    const one = await call(simulator, 'GET', `${webhooks}/${id}`)
    expect(one).toMatchObject({
      status: 200,
      body: {
        data: {
          id,
          url,
          kind: 'kapso',
          payload_version: 'v2',
          active: true,
          buffer_enabled: false,
          phone_number_id: phoneNumberId,
          secret_key: expect.stringMatching(/.{32}/),
        },
      },
    })
    expect((await call(simulator, 'GET', webhooks)).body).toMatchObject({ data: [{ id }] })
    expect((await call(simulator, 'GET', '/platform/v1/whatsapp/webhooks')).body).toMatchObject({
      data: [{ id }],
    })
    const changed = await call(simulator, 'PATCH', `${webhooks}/${id}`, {
      whatsapp_webhook: { active: false },
    })
    expect(changed).toMatchObject({ status: 200, body: { data: { active: false, url } } })
    expect((await call(simulator, 'DELETE', `${webhooks}/${id}`)).status).toBe(204)
    expect((await call(simulator, 'GET', `${webhooks}/${id}`)).status).toBe(404)
  })

  it('can be created for a number below the project path', async () => {
    const simulator = await startWithMessages(0)
    const reply = await call(simulator, 'POST', '/platform/v1/whatsapp/webhooks', {
      whatsapp_webhook: { ...fields, phone_number_id: phoneNumberId },
    })
    expect(reply).toMatchObject({ status: 201, body: { data: { phone_number_id: phoneNumberId } } })
  })

  it('of the project get a secret and no messages', async () => {
    const simulator = await startWithMessages(0)
    const reply = await call(simulator, 'POST', '/platform/v1/whatsapp/webhooks', {
      whatsapp_webhook: { url, events: ['whatsapp.message.received'] },
    })
    expect(reply).toMatchObject({
      status: 201,
      body: { data: { phone_number_id: null, secret_key: expect.stringMatching(/^\w{64}$/) } },
    })
    const customer = simulator.control.addCustomer({ name: 'Budi' })
    simulator.control.write(customer.id, { text: 'Halo' })
    expect(simulator.control.world.deliveries.size).toBe(0)
  })

  it.each([
    ['without the envelope', fields, 400, /whatsapp_webhook/],
    [
      'with an unknown event',
      { whatsapp_webhook: { ...fields, events: ['whatsapp.message.eaten'] } },
      422,
      /^Events contains unsupported events: "whatsapp\.message\.eaten"$/,
    ],
    ['without a secret', { whatsapp_webhook: { ...fields, secret_key: undefined } }, 422, /Secret/],
    [
      'over http to another machine',
      { whatsapp_webhook: { ...fields, url: 'http://crm.example/x' } },
      422,
      /https/,
    ],
  ])('%s are refused and nothing is saved', async (_name, body, status, error) => {
    const simulator = await startWithMessages(0)
    const reply = await call(simulator, 'POST', webhooks, body)
    expect(reply).toMatchObject({ status, body: { error: expect.stringMatching(error) } })
    expect((await call(simulator, 'GET', webhooks)).body).toMatchObject({ data: [] })
  })

  it('may be http on this machine', async () => {
    const simulator = await startWithMessages(0)
    await expect(register(simulator, 'http://localhost:3000/webhooks/kapso/x')).resolves.toMatch(
      /^[0-9a-f-]{36}$/,
    )
  })
})

describe('doors', () => {
  it('wants the API key everywhere in Kapso’s part, and answers 404 elsewhere', async () => {
    const simulator = await startWithMessages(0)
    for (const path of ['/platform/v1/whatsapp/phone_numbers', `${proxy}/messages`, webhooks]) {
      const reply = await call(simulator, 'GET', path, undefined, { headers: {} })
      expect(reply, path).toMatchObject({ status: 401, body: { error: expect.any(String) } })
    }
    expect((await call(simulator, 'GET', '/platform/v1/whatsapp/phone-numbers')).status).toBe(404)
  })

  it('refuses control from other sites', async () => {
    const simulator = await startWithMessages(0)
    const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'cross-site' }
    const reply = await call(simulator, 'POST', '/simulator/customers', { name: 'x' }, { headers })
    expect(reply.status).toBe(403)
    expect([...simulator.control.world.customers.values()].map((one) => one.name)).toEqual(['Budi'])
  })

  it('answers for its health', async () => {
    const simulator = await startWithMessages(0)
    expect(await call(simulator, 'GET', '/health')).toMatchObject({ status: 200, body: { status: 'ok' } })
  })
})
