import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  eventually,
  listen,
  realtimeKeys,
  roomPolicies,
  signToken,
  startTestRealtime,
  waitForEvent,
} from '../support/realtime.ts'
import type { TestRealtime } from '../support/realtime.ts'

let realtime: TestRealtime
let topic: string

beforeAll(async () => {
  realtime = await startTestRealtime(roomPolicies, { maxPayloadBytes: 10_000, maxRequestBytes: 50_000 })
})
beforeEach(() => {
  topic = `room:${randomUUID()}`
})
afterAll(() => realtime.close())

function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  return fetch(`${realtime.url}/realtime/v1/api/broadcast${path}`, {
    method: 'POST',
    headers: { apikey: realtimeKeys.publishable, 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const member = () => realtime.connect({ readToken: signToken })

describe('a batch', () => {
  it.each(['1.0.0', '2.0.0'])('reaches public channels in version %s', async (vsn) => {
    const { heard } = await listen(await realtime.connect({ realtime: { vsn } }), topic)
    const messages = [1, 2].map((n) => ({ topic, event: `event ${n}`, payload: { n } }))
    const response = await post('', { messages })
    expect({ status: response.status, body: await response.text() }).toEqual({ status: 202, body: '' })
    await waitForEvent(heard, 'event 2')
    expect(heard).toEqual([
      { type: 'broadcast', event: 'event 1', payload: { n: 1 } },
      { type: 'broadcast', event: 'event 2', payload: { n: 2 } },
    ])
  })

  it('reaches private channels only from those who may write there', async () => {
    const { heard } = await listen(await member(), topic, { private: true })
    const message = (event: string) => ({ messages: [{ topic, event, payload: {}, private: true }] })
    const senders: [string, Record<string, string>][] = [
      ['anonymous', {}],
      ['publishable key as token', bearer(realtimeKeys.publishable)],
      ['foreign role', bearer(signToken({ role: 'potato' })) as Record<string, string>],
      ['member', bearer(signToken())],
      ['secret key', { apikey: realtimeKeys.secret }],
    ]
    const statuses = []
    for (const [event, headers] of senders) statuses.push((await post('', message(event), headers)).status)
    expect(statuses).toEqual([202, 202, 422, 202, 202])
    await waitForEvent(heard, 'secret key')
    expect(heard.map(({ event }) => event)).toEqual(['member', 'secret key'])
  })

  it('with faults is refused as a whole', async () => {
    const { heard } = await listen(await realtime.connect(), topic)
    const good = { topic, event: 'good', payload: {} }
    const messages = [{ topic }, { payload: {} }, { topic: 1, event: '', payload: [] }, good]
    const response = await post('', { messages })
    expect(response.status).toBe(422)
    expect(await response.json()).toEqual({
      errors: {
        messages: [
          { event: ["can't be blank"], payload: ["can't be blank"] },
          { event: ["can't be blank"], topic: ["can't be blank"] },
          { event: ["can't be blank"], topic: ['is invalid'], payload: ['is invalid'] },
          {},
        ],
      },
    })
    await post('', { messages: [{ ...good, event: 'last' }] })
    await waitForEvent(heard, 'last')
    expect(heard).toHaveLength(1)
  })

  it.each([
    ['no list', {}, 422],
    [
      'a message beyond the limit',
      { messages: [{ topic: 'a', event: 'b', payload: { c: 'x'.repeat(20_000) } }] },
      422,
    ],
    ['broken JSON', '{', 400],
    ['too many bytes', 'x'.repeat(60_000), 413],
  ])('with %s is refused', async (_case, body, status) => {
    expect((await post('', body)).status).toBe(status)
  })
})

describe('a single event', () => {
  it.each([false, true])('is what httpSend sends (private: %s)', async (isPrivate) => {
    const versions = ['1.0.0', '2.0.0']
    const receivers = await Promise.all(
      versions.map(async (vsn) => {
        const client = await realtime.connect({ readToken: signToken, realtime: { vsn } })
        return listen(client, topic, { private: isPrivate })
      }),
    )
    const sender = (await member()).channel(topic, { config: { private: isPrivate } })
    await expect(sender.httpSend('hello / world', { n: 1 })).resolves.toEqual({ success: true })
    const expected = [{ type: 'broadcast', event: 'hello / world', payload: { n: 1 } }]
    for (const { heard } of receivers) await eventually(() => expect(heard).toEqual(expected))
  })

  it('may be bytes', async () => {
    const { heard } = await listen(await realtime.connect(), topic)
    const sender = (await realtime.connect()).channel(topic)
    await sender.httpSend('bytes', Uint8Array.from([1, 0, 255]))
    await waitForEvent(heard, 'bytes')
    expect(new Uint8Array(heard[0]?.payload as ArrayBuffer)).toEqual(Uint8Array.from([1, 0, 255]))
  })

  it('is refused where the sender may not write', async () => {
    const sender = (await realtime.connect()).channel(topic, { config: { private: true } })
    await expect(sender.httpSend('hello', {})).rejects.toThrow('Unauthorized')
    const response = await post(`/${topic}/events/hello?private=true`, {})
    expect({ status: response.status, ...(await response.json()) }).toEqual({
      status: 403,
      message: 'Unauthorized',
    })
  })

  it('is refused where the policies cannot be asked', async () => {
    const response = await post(
      `/${topic}/events/hello?private=true`,
      {},
      bearer(signToken({ role: 'potato' })),
    )
    expect({ status: response.status, ...(await response.json()) }).toEqual({
      status: 422,
      message: 'RLS policy error',
    })
  })

  it('is refused when its address makes no sense', async () => {
    expect((await post('/%ff/events/hello', {})).status).toBe(400)
  })

  it('is refused in another format', async () => {
    const response = await post(`/${topic}/events/hello`, 'text', { 'content-type': 'text/plain' })
    expect(response.status).toBe(415)
  })

  it('is refused when it is to be stored', async () => {
    const sender = (await member()).channel(topic, { config: { private: true } })
    await expect(sender.httpSend('hello', {}, { persist: true })).rejects.toThrow(
      'persistence is not enabled',
    )
  })
})

describe('access', () => {
  const message = { messages: [{ topic: 'a', event: 'b', payload: {} }] }

  it.each([
    ['no key', { apikey: '' }, 'No API key found in request'],
    ['an unknown key', { apikey: 'sb_publishable_unknown' }, 'Unauthorized'],
    ['an expired token', bearer(signToken({ exp: 1 })), 'Unauthorized'],
    ['a foreign token', bearer(signToken({}, 'another secret')), 'Unauthorized'],
    ['a token without role', bearer(signToken({ role: undefined })), 'Unauthorized'],
  ])('with %s is refused', async (_case, headers, text) => {
    const response = await post('', message, headers)
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 401,
      body: { message: text },
    })
  })

  it('is open to pages of any origin', async () => {
    const url = `${realtime.url}/realtime/v1/api/broadcast`
    const preflight = await fetch(url, { method: 'OPTIONS' })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-headers')).toContain('apikey')
    expect((await post('', message)).headers.get('access-control-allow-origin')).toBe('*')
  })

  it('finds nothing elsewhere', async () => {
    expect((await fetch(`${realtime.url}/realtime/v1/api/tenants`)).status).toBe(404)
    expect((await fetch(`${realtime.url}/realtime/v1/api/broadcast`)).status).toBe(404)
  })
})
