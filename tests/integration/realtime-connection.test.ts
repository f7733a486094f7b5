import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { SupabaseClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import type { ProtocolVersion } from '../../supabase/embedded/realtime/serializer.ts'
import { openRawSocket } from '../support/realtime-socket.ts'
import {
  eventually,
  listen,
  realtimeKeys,
  signToken,
  startTestRealtime,
  subscribe,
} from '../support/realtime.ts'
import type { TestRealtime } from '../support/realtime.ts'

const versions: ProtocolVersion[] = ['1.0.0', '2.0.0']
let realtime: TestRealtime

beforeAll(async () => {
  realtime = await startTestRealtime('', { idleCheckMs: 10, maxChannelsPerConnection: 2 })
})
afterAll(() => realtime.close())

describe('a WebSocket', () => {
  it.each([
    ['no key', '', 401, 'API key is missing'],
    ['an unknown key', 'apikey=sb_publishable_unknown', 401, 'The token provided is not a valid JWT'],
    ['a foreign token', `apikey=${signToken({}, 'another secret')}`, 401, 'Failed to validate JWT signature'],
    ['an expired token', `apikey=${signToken({ exp: 1 })}`, 401, 'Token has expired'],
    ['another version', `apikey=${realtimeKeys.publishable}&vsn=3.0.0`, 403, 'Unsupported protocol version'],
  ])('with %s is refused', async (_case, query, status, error) => {
    const socket = new WebSocket(`ws://127.0.0.1:${realtime.port}/realtime/v1/websocket?${query}`)
    socket.on('error', () => undefined)
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage]
    const body = Buffer.concat(await response.toArray()).toString()
    expect({ status: response.statusCode, ...JSON.parse(body) }).toEqual({ status, error })
  })

  it('opens with a token of the project as the key', async () => {
    const raw = await openRawSocket(realtime.port, { key: signToken() })
    expect(raw.socket.readyState).toBe(WebSocket.OPEN)
    raw.socket.close()
  })

  it('speaks version 1.0.0 when none is named', async () => {
    const socket = new WebSocket(
      `ws://127.0.0.1:${realtime.port}/realtime/v1/websocket?apikey=${realtimeKeys.secret}`,
    )
    await once(socket, 'open')
    socket.send(JSON.stringify({ topic: 'phoenix', event: 'heartbeat', payload: {}, ref: '7' }))
    const [data] = (await once(socket, 'message')) as [Buffer]
    expect(JSON.parse(data.toString())).toEqual({
      topic: 'phoenix',
      event: 'phx_reply',
      ref: '7',
      payload: { status: 'ok', response: {} },
    })
    socket.close()
  })
})

describe.each(versions)('version %s', (version) => {
  it('answers a join and a leave', async () => {
    const raw = await openRawSocket(realtime.port, { version })
    const join = await raw.answerTo(raw.push('realtime:room', 'phx_join', { config: {} }))
    expect(join.payload).toEqual({ status: 'ok', response: { postgres_changes: [] } })
    const leave = await raw.answerTo(raw.push('realtime:room', 'phx_leave'))
    expect(leave.payload).toEqual({ status: 'ok', response: {} })
    const close = await raw.waitFor('realtime:room', 'phx_close')
    expect(close).toMatchObject({ ref: '1', payload: {} })
    raw.socket.close()
  })

  it('refuses what belongs to no channel', async () => {
    const raw = await openRawSocket(realtime.port, { version })
    const unmatched = { status: 'error', response: { reason: 'unmatched topic' } }
    expect((await raw.answerTo(raw.push('realtime:room', 'broadcast'))).payload).toEqual(unmatched)
    expect((await raw.answerTo(raw.push('room', 'phx_join'))).payload).toEqual(unmatched)
    expect((await raw.answerTo(raw.push('realtime:', 'phx_join'))).payload).toEqual({
      status: 'error',
      response: { reason: 'TopicNameRequired: You must provide a topic name' },
    })
    raw.socket.close()
  })

  it('closes the first of two channels of one topic', async () => {
    const raw = await openRawSocket(realtime.port, { version })
    await raw.answerTo(raw.push('realtime:room', 'phx_join', {}, '1'))
    const second = await raw.answerTo(raw.push('realtime:room', 'phx_join', {}, '2'))
    expect(second.payload['status']).toBe('ok')
    expect((await raw.waitFor('realtime:room', 'phx_close')).ref).toBe('1')
    raw.socket.close()
  })

  it('takes no notice of what it cannot read', async () => {
    const raw = await openRawSocket(realtime.port, { version })
    for (const text of ['', '{', 'null', '[]', '{}', '[1,2]', '"phx_join"']) raw.socket.send(text)
    raw.socket.send(Buffer.from([3, 200, 200, 200, 200, 200, 1, 65]))
    const answer = await raw.answerTo(raw.push('phoenix', 'heartbeat'))
    expect(raw.frames).toEqual([answer])
    raw.socket.close()
  })
})

describe('limits', () => {
  it('refuses more channels than one connection may have', async () => {
    const raw = await openRawSocket(realtime.port)
    await raw.answerTo(raw.push('realtime:one', 'phx_join'))
    await raw.answerTo(raw.push('realtime:two', 'phx_join'))
    const third = await raw.answerTo(raw.push('realtime:three', 'phx_join'))
    expect(third.payload['response']).toEqual({ reason: 'ChannelRateLimitReached: Too many channels' })
    raw.socket.close()
  })

  it('refuses more connections than it may have', async () => {
    const small = await startTestRealtime('', { maxConnections: 1 })
    const raw = await openRawSocket(small.port)
    await expect(openRawSocket(small.port)).rejects.toThrow('429')
    raw.socket.close()
    await small.close()
  })

  it('closes a connection that joins too often', async () => {
    const small = await startTestRealtime('', { maxJoinsPerSecond: 0 })
    const raw = await openRawSocket(small.port)
    await raw.answerTo(raw.push('realtime:one', 'phx_join'))
    const second = await raw.answerTo(raw.push('realtime:two', 'phx_join'))
    expect(second.payload['response']).toEqual({
      reason: 'ClientJoinRateLimitReached: Too many joins per second',
    })
    expect(await raw.closed).toBe(1001)
    await small.close()
  })

  it('closes a connection that sends a frame beyond the limit', async () => {
    const small = await startTestRealtime('', { maxFrameBytes: 1000 })
    const raw = await openRawSocket(small.port)
    raw.push('realtime:one', 'phx_join', { text: 'x'.repeat(2000) })
    expect(await raw.closed).toBe(1009)
    await small.close()
  })
})

describe('heartbeats', () => {
  it('keep a connection open, which without them is closed', async () => {
    const silent = await openRawSocket(realtime.port)
    const alive = await openRawSocket(realtime.port)
    realtime.passTime(40_000)
    await alive.answerTo(alive.push('phoenix', 'heartbeat'))
    realtime.passTime(40_000)
    expect(await silent.closed).toBe(1000)
    await alive.answerTo(alive.push('phoenix', 'heartbeat'))
    expect(alive.socket.readyState).toBe(WebSocket.OPEN)
    alive.socket.close()
  })

  it('end the presence of a client that fell silent', async () => {
    const watcher = await realtime.connect({ realtime: { heartbeatIntervalMs: 20 } })
    const left: unknown[] = []
    const channel = watcher.channel('who')
    channel.on('presence', { event: 'leave' }, ({ key }) => left.push(key))
    await subscribe(channel)
    const silent = await openRawSocket(realtime.port)
    silent.socket.pause()
    silent.push('realtime:who', 'phx_join', { config: { presence: { key: 'silent' } } })
    silent.push('realtime:who', 'presence', { event: 'track', payload: {} })
    await eventually(() => expect(channel.presenceState()).toHaveProperty('silent'))
    realtime.passTime(40_000)
    await waitForHeartbeats(watcher)
    realtime.passTime(40_000)
    await eventually(() => expect(left).toEqual(['silent']))
    silent.socket.terminate()
  })
})

/** Until the server has surely seen one that was sent after now. */
async function waitForHeartbeats(client: SupabaseClient) {
  const answered = vi.fn()
  client.realtime.onHeartbeat((status) => status === 'ok' && answered())
  await eventually(() => expect(answered.mock.calls.length).toBeGreaterThan(1))
}

it('lets clients of both versions hear each other', async () => {
  const clients = await Promise.all(versions.map((vsn) => realtime.connect({ realtime: { vsn } })))
  const [one, two] = await Promise.all(
    clients.map((client) => listen(client, 'mixed', { broadcast: { self: true } })),
  )
  await one?.channel.send({ type: 'broadcast', event: 'from one', payload: { n: 1 } })
  await eventually(() => expect(two?.heard).toHaveLength(1))
  await two?.channel.send({ type: 'broadcast', event: 'from two', payload: { n: 2 } })
  const expected = [
    { type: 'broadcast', event: 'from one', payload: { n: 1 } },
    { type: 'broadcast', event: 'from two', payload: { n: 2 } },
  ]
  await eventually(() => expect([one?.heard, two?.heard]).toEqual([expected, expected]))
})
