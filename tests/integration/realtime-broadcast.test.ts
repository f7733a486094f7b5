import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openRawSocket } from '../support/realtime-socket.ts'
import {
  eventually,
  listen,
  roomPolicies,
  signToken,
  startTestRealtime,
  waitForEvent,
} from '../support/realtime.ts'
import type { TestRealtime } from '../support/realtime.ts'

let realtime: TestRealtime
let topic: string

beforeAll(async () => {
  realtime = await startTestRealtime(roomPolicies, { maxPayloadBytes: 10_000 })
})
beforeEach(() => {
  topic = `room:${randomUUID()}`
})
afterAll(() => realtime.close())

const member = () => realtime.connect({ readToken: () => signToken() })

describe.each([
  { name: 'public', isPrivate: false },
  { name: 'private', isPrivate: true },
])('on a $name channel', ({ isPrivate }) => {
  it.each(['1.0.0', '2.0.0'])('a broadcast reaches all others in version %s, in order', async (vsn) => {
    const clients = await Promise.all(
      [1, 2, 3].map(() => realtime.connect({ readToken: signToken, realtime: { vsn } })),
    )
    const [sender, ...others] = await Promise.all(
      clients.map((client) => listen(client, topic, { private: isPrivate, broadcast: { ack: true } })),
    )
    const payloads = [{ text: 'Selamat pagi ☀️' }, { list: [1, null, 'two'] }, {}]
    for (const [index, payload] of payloads.entries()) {
      expect(await sender?.channel.send({ type: 'broadcast', event: `event ${index}`, payload })).toBe('ok')
    }
    const expected = payloads.map((payload, index) => ({
      type: 'broadcast',
      event: `event ${index}`,
      payload,
    }))
    for (const other of others) await eventually(() => expect(other.heard).toEqual(expected))
    expect(sender?.heard).toEqual([])
  })

  it('comes back to the sender that asks for it', async () => {
    const { channel, heard } = await listen(await member(), topic, {
      private: isPrivate,
      broadcast: { self: true },
    })
    await channel.send({ type: 'broadcast', event: 'hello', payload: { n: 1 } })
    await waitForEvent(heard, 'hello')
    expect(heard).toEqual([{ type: 'broadcast', event: 'hello', payload: { n: 1 } }])
  })

  it('is answered only when the sender asks for it', async () => {
    const raw = await openRawSocket(realtime.port, { key: signToken() })
    const wire = `realtime:${topic}`
    for (const ack of [false, true]) {
      await raw.answerTo(raw.push(wire, 'phx_join', { config: { private: isPrivate, broadcast: { ack } } }))
      raw.push(wire, 'broadcast', { type: 'broadcast', event: 'hello', payload: {} })
    }
    await raw.answerTo('4')
    expect(raw.frames.filter(({ event }) => event === 'phx_reply').map(({ ref }) => ref)).toEqual([
      '1',
      '3',
      '4',
    ])
    raw.socket.close()
  })
})

it('carries bytes between clients of version 2.0.0, and nothing to those of 1.0.0', async () => {
  const older = await listen(await realtime.connect({ realtime: { vsn: '1.0.0' } }), topic)
  const receiver = await listen(await realtime.connect(), topic)
  const sender = await listen(await realtime.connect(), topic)
  const bytes = Uint8Array.from([0, 125, 255])
  await sender.channel.send({ type: 'broadcast', event: 'bytes', payload: bytes.buffer })
  await sender.channel.send({ type: 'broadcast', event: 'text', payload: {} })
  await waitForEvent(receiver.heard, 'text')
  await waitForEvent(older.heard, 'text')
  expect(new Uint8Array(receiver.heard[0]?.payload as ArrayBuffer)).toEqual(bytes)
  expect(older.heard).toHaveLength(1)
})

it('passes long numbers on digit by digit', async () => {
  const raw = await openRawSocket(realtime.port, { version: '1.0.0' })
  const texts: string[] = []
  raw.socket.on('message', (data: Buffer) => texts.push(data.toString()))
  const wire = `realtime:${topic}`
  await raw.answerTo(raw.push(wire, 'phx_join'))
  const response = await fetch(`${realtime.url}/realtime/v1/api/broadcast/${topic}/events/long`, {
    method: 'POST',
    headers: { apikey: 'sb_publishable_test', 'content-type': 'application/json' },
    body: '{"id":12345678901234567890}',
  })
  expect(response.status).toBe(202)
  await raw.waitFor(wire, 'broadcast')
  expect(texts.at(-1)).toContain('{"id":12345678901234567890}')
  raw.socket.close()
})

it('answers a broadcast that is too large with an error and delivers it to nobody', async () => {
  const receiver = await listen(await realtime.connect(), topic)
  const sender = await listen(await realtime.connect(), topic, { broadcast: { ack: true } })
  const send = (event: string, text: string) =>
    sender.channel.send({ type: 'broadcast', event, payload: { text } })
  expect(await send('large', 'x'.repeat(20_000))).toBe('error')
  expect(await send('small', 'x')).toBe('ok')
  await waitForEvent(receiver.heard, 'small')
  expect(receiver.heard).toHaveLength(1)
})

it('closes the channels of a topic on which too much is said', async () => {
  const busy = await startTestRealtime('', { maxEventsPerSecond: 1 })
  const { channel } = await listen(await busy.connect(), topic, { broadcast: { self: true } })
  const messages: unknown[] = []
  channel.on('system', { event: '' }, (message: { message: string }) => messages.push(message.message))
  for (let n = 0; n < 40; n++) await channel.send({ type: 'broadcast', event: 'hello', payload: { n } })
  await eventually(() => expect(channel.state).toBe('closed'))
  expect(messages).toEqual(['Too many messages per second'])
  await busy.close()
})

it('cuts off a client that reads too slowly, and nobody else', async () => {
  const patient = await startTestRealtime('', { maxBufferedBytes: 1_000_000 })
  const slow = await openRawSocket(patient.port)
  const quick = await listen(await patient.connect(), topic)
  await slow.answerTo(slow.push(`realtime:${topic}`, 'phx_join'))
  slow.socket.pause()
  const sender = await listen(await patient.connect(), topic, { broadcast: { ack: true } })
  const payload = { text: 'x'.repeat(500_000) }
  for (let n = 0; n < 40; n++)
    expect(await sender.channel.send({ type: 'broadcast', event: 'large', payload })).toBe('ok')
  await eventually(() => expect(quick.heard).toHaveLength(40))
  slow.socket.resume()
  // 1006: without a closing frame.
  expect(await slow.closed).toBe(1006)
  await patient.close()
})

it('stops delivering to a channel that left', async () => {
  const client = await realtime.connect()
  const { channel, heard } = await listen(client, topic)
  const stays = await listen(await realtime.connect(), topic)
  const sender = await listen(await realtime.connect(), topic)
  expect(await channel.unsubscribe()).toBe('ok')
  await sender.channel.send({ type: 'broadcast', event: 'hello', payload: {} })
  await waitForEvent(stays.heard, 'hello')
  expect(heard).toEqual([])
})
