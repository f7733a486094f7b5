import { randomUUID } from 'node:crypto'
import type { RealtimeChannelOptions } from '@supabase/supabase-js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openRawSocket } from '../support/realtime-socket.ts'
import {
  collectSystemMessages,
  eventually,
  listen,
  realtimeKeys,
  signToken,
  startTestRealtime,
  subscribe,
  waitForEvent,
} from '../support/realtime.ts'
import type { TestRealtime } from '../support/realtime.ts'

let realtime: TestRealtime
let topic: string

// The claim `may` lists what a token allows, such as "select broadcast".
beforeAll(async () => {
  realtime = await startTestRealtime(
    `create policy "Tokens say what may be read" on realtime.messages for select to authenticated
      using ((select auth.jwt() -> 'may') ? ('select ' || extension));
    create policy "Tokens say what may be written" on realtime.messages for insert to authenticated
      with check ((select auth.jwt() -> 'may') ? ('insert ' || extension));`,
    { tokenCheckMs: 10 },
  )
})
beforeEach(() => {
  topic = `room:${randomUUID()}`
})
afterAll(() => realtime.close())

const all = ['select broadcast', 'select presence', 'insert broadcast', 'insert presence']

/** A client whose token can be exchanged, in a channel. */
async function join(
  claims: Record<string, unknown>,
  config: RealtimeChannelOptions['config'] = { private: true },
) {
  let token = signToken({ may: all, ...claims })
  const client = await realtime.connect({ readToken: () => token })
  const channel = client.channel(topic, { config })
  const messages = collectSystemMessages(channel)
  await subscribe(channel)
  return {
    channel,
    messages,
    async renew(next: string) {
      token = next
      await client.realtime.setAuth()
    },
  }
}

const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds

describe('a token that expires', () => {
  it.each([true, false])('closes its channel (private: %s)', async (isPrivate) => {
    const { channel, messages } = await join({ exp: inSeconds(7200) }, { private: isPrivate })
    realtime.passTime(7_200_000)
    await eventually(() => expect(channel.state).toBe('closed'))
    const message = expect.stringMatching(/^Token has expired \d+ seconds ago$/) as unknown
    expect(messages).toEqual([{ extension: 'system', status: 'error', channel: topic, message }])
    realtime.passTime(-7_200_000)
  })

  it('lets the channel live when it is renewed in time', async () => {
    const renewed = await join({ exp: inSeconds(7200) })
    const forgotten = await join({ exp: inSeconds(7200) })
    await renewed.renew(signToken({ may: all, exp: inSeconds(10_000) }))
    // Answered after the new token was handled.
    expect(await renewed.channel.track({})).toBe('ok')
    realtime.passTime(7_200_000)
    await eventually(() => expect(forgotten.channel.state).toBe('closed'))
    expect(await renewed.channel.track({ still: 'here' })).toBe('ok')
    expect(renewed.messages).toEqual([])
    realtime.passTime(-7_200_000)
  })

  it('may be an API key of the older kind', async () => {
    const raw = await openRawSocket(realtime.port, { key: signToken({ exp: inSeconds(7200) }) })
    await raw.answerTo(raw.push(`realtime:${topic}`, 'phx_join'))
    realtime.passTime(7_200_000)
    await raw.waitFor(`realtime:${topic}`, 'phx_close')
    expect((await raw.waitFor(`realtime:${topic}`, 'system')).payload['message']).toContain(
      'Token has expired',
    )
    realtime.passTime(-7_200_000)
    raw.socket.close()
  })
})

describe('a new token', () => {
  it('that may no longer read closes the channel', async () => {
    const { channel, messages, renew } = await join({})
    await renew(signToken({ may: [] }))
    await eventually(() => expect(channel.state).toBe('closed'))
    const text = `You do not have permissions to read from this Channel topic: ${topic}`
    expect(messages.map(({ message }) => message)).toEqual([text])
  })

  it('that may no longer read one of two things closes the channel', async () => {
    const { channel, messages, renew } = await join({}, { private: true, presence: { enabled: true } })
    await renew(signToken({ may: ['select broadcast'] }))
    await eventually(() => expect(channel.state).toBe('closed'))
    const text = `You no longer have permission to read from this Channel topic: ${topic}`
    expect(messages.map(({ message }) => message)).toEqual([text])
  })

  it('that may no longer write is asked again', async () => {
    const { channel, renew } = await join({}, { private: true, broadcast: { ack: true } })
    const other = await listen(await realtime.connect({ key: realtimeKeys.secret }), topic, { private: true })
    expect(await channel.send({ type: 'broadcast', event: 'before', payload: {} })).toBe('ok')
    await renew(signToken({ may: ['select broadcast', 'insert presence'] }))
    void channel.send({ type: 'broadcast', event: 'after', payload: {} })
    expect(await channel.track({})).toBe('ok')
    await other.channel.httpSend('last', {})
    await waitForEvent(other.heard, 'last')
    expect(other.heard.map(({ event }) => event)).toEqual(['before', 'last'])
  })

  it('that may read more hears more', async () => {
    const presence = { enabled: true, key: 'me' }
    const { channel, renew } = await join(
      { may: ['select presence', 'insert presence'] },
      { private: true, presence },
    )
    const heard: string[] = []
    channel.on('broadcast', { event: '*' }, ({ event }) => heard.push(event))
    const sender = (await realtime.connect({ key: realtimeKeys.secret })).channel(topic, {
      config: { private: true },
    })
    await sender.httpSend('before', {})
    await renew(signToken({ may: [...all] }))
    expect(await channel.track({})).toBe('ok')
    await sender.httpSend('after', {})
    await eventually(() => expect(heard).toEqual(['after']))
  })

  it('changes nothing in a public channel', async () => {
    const { channel, messages, renew } = await join({}, { private: false })
    await renew(signToken({ may: [], role: 'anon' }))
    expect(await channel.track({})).toBe('ok')
    expect(messages).toEqual([])
  })

  it.each([
    ['is none', 'potato', 'The token provided is not a valid JWT'],
    ['is empty', '', 'The token provided is not a valid JWT'],
    ['is foreign', signToken({}, 'another secret'), 'Failed to validate JWT signature'],
    ['has expired', signToken({ exp: 1000 }), /^Token has expired \d+ seconds ago$/],
    ['has no role', signToken({ role: undefined }), 'Fields `role` and `exp` are required in JWT'],
  ])('that %s closes the channel', async (_case, token, message) => {
    const wire = `realtime:${topic}`
    const raw = await openRawSocket(realtime.port)
    await raw.answerTo(raw.push(wire, 'phx_join', { config: {}, access_token: signToken() }))
    raw.push(wire, 'access_token', { access_token: token })
    await raw.waitFor(wire, 'phx_close')
    expect((await raw.waitFor(wire, 'system')).payload).toMatchObject({
      extension: 'system',
      status: 'error',
      channel: topic,
      message: expect.stringMatching(message) as unknown,
    })
    raw.socket.close()
  })

  it.each(['sb_publishable_other', null, undefined, 7])('%s is none', async (token) => {
    const wire = `realtime:${topic}`
    const raw = await openRawSocket(realtime.port)
    await raw.answerTo(raw.push(wire, 'phx_join', { config: {}, access_token: signToken() }))
    raw.push(wire, 'access_token', { access_token: token })
    const track = await raw.answerTo(raw.push(wire, 'presence', { event: 'track' }))
    expect(track.payload['status']).toBe('ok')
    raw.socket.close()
  })
})

describe('a join', () => {
  it.each([
    ['none', 'potato', 'MalformedJWT: The token provided is not a valid JWT'],
    ['a foreign one', signToken({}, 'another secret'), 'JwtSignatureError: Failed to validate JWT signature'],
    ['an expired one', signToken({ exp: 1000 }), /^InvalidJWTToken: Token has expired \d+ seconds ago$/],
    [
      'one without role',
      signToken({ role: undefined }),
      'InvalidJWTToken: Fields `role` and `exp` are required in JWT',
    ],
  ])('whose token is %s is refused', async (_case, token, reason) => {
    const raw = await openRawSocket(realtime.port)
    const join = await raw.answerTo(raw.push(`realtime:${topic}`, 'phx_join', { access_token: token }))
    expect(join.payload).toEqual({
      status: 'error',
      response: { reason: expect.stringMatching(reason) as unknown },
    })
    raw.socket.close()
  })

  it.each([
    ['publishable', realtimeKeys.publishable, 'error'],
    ['secret', realtimeKeys.secret, 'ok'],
  ])('whose token is an API key counts as the %s key of the connection', async (_name, key, status) => {
    const raw = await openRawSocket(realtime.port, { key })
    const payload = { config: { private: true }, access_token: 'sb_whatever' }
    const join = await raw.answerTo(raw.push(`realtime:${topic}`, 'phx_join', payload))
    expect(join.payload['status']).toBe(status)
    raw.socket.close()
  })
})
