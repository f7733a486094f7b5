import { randomUUID } from 'node:crypto'
import type { RealtimeChannel } from '@supabase/supabase-js'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openRawSocket } from '../support/realtime-socket.ts'
import { eventually, roomPolicies, signToken, startTestRealtime, subscribe } from '../support/realtime.ts'
import type { TestRealtime } from '../support/realtime.ts'

let realtime: TestRealtime
let topic: string

beforeAll(async () => {
  realtime = await startTestRealtime(roomPolicies)
})
beforeEach(() => {
  topic = `room:${randomUUID()}`
})
afterAll(() => realtime.close())

/** A client that sees who is present, and what it has seen happen. */
async function watch(key: string, options: { isPrivate?: boolean; vsn?: string } = {}) {
  const client = await realtime.connect({ readToken: signToken, realtime: { vsn: options.vsn ?? '2.0.0' } })
  const events: string[] = []
  const channel = client.channel(topic, {
    config: { private: options.isPrivate ?? false, presence: { key } },
  })
  channel.on('presence', { event: 'join' }, ({ key }) => events.push(`${key} joined`))
  channel.on('presence', { event: 'leave' }, ({ key }) => events.push(`${key} left`))
  await subscribe(channel)
  return { client, channel, events }
}

/** What each key told, without the library's references. */
function present(channel: RealtimeChannel) {
  const keys = Object.entries(channel.presenceState())
  return Object.fromEntries(
    keys.map(([key, told]) => [key, told.map(({ presence_ref: _, ...rest }) => rest)]),
  )
}

describe.each([
  { isPrivate: false, vsn: '2.0.0' },
  { isPrivate: true, vsn: '2.0.0' },
  { isPrivate: true, vsn: '1.0.0' },
])('with private $isPrivate in version $vsn', (options) => {
  it('shows who is there, to those who were and to those who come later', async () => {
    const ani = await watch('ani', options)
    expect(await ani.channel.track({ typing: false })).toBe('ok')
    const budi = await watch('budi', options)
    await budi.channel.track({ typing: true })
    const expected = { ani: [{ typing: false }], budi: [{ typing: true }] }
    await eventually(() => expect(present(ani.channel)).toEqual(expected))
    await eventually(() => expect(present(budi.channel)).toEqual(expected))
    expect(ani.events).toEqual(['ani joined', 'budi joined'])
  })

  it('shows what somebody changes, and that they take it back', async () => {
    const [ani, budi] = [await watch('ani', options), await watch('budi', options)]
    await budi.channel.track({ typing: true })
    await budi.channel.track({ typing: false })
    await eventually(() => expect(present(ani.channel)).toEqual({ budi: [{ typing: false }] }))
    expect(await budi.channel.untrack()).toBe('ok')
    await eventually(() => expect(present(ani.channel)).toEqual({}))
    expect(ani.events.at(-1)).toBe('budi left')
  })
})

it('notices a client that crashes', async () => {
  const watcher = await watch('watcher')
  const raw = await openRawSocket(realtime.port)
  raw.push(`realtime:${topic}`, 'phx_join', { config: { presence: { key: 'crashes' } } })
  raw.push(`realtime:${topic}`, 'presence', { type: 'presence', event: 'track', payload: { n: 1 } })
  await eventually(() => expect(present(watcher.channel)).toEqual({ crashes: [{ n: 1 }] }))
  raw.socket.terminate()
  await eventually(() => expect(present(watcher.channel)).toEqual({}))
  expect(watcher.events).toEqual(['crashes joined', 'crashes left'])
})

it('notices a client that leaves the channel', async () => {
  const [ani, budi] = [await watch('ani'), await watch('budi')]
  await budi.channel.track({})
  await eventually(() => expect(ani.events).toEqual(['budi joined']))
  await budi.channel.unsubscribe()
  await eventually(() => expect(ani.events).toEqual(['budi joined', 'budi left']))
})

it('keeps the same person in two windows apart', async () => {
  const watcher = await watch('watcher')
  const [first, second] = [await watch('ani'), await watch('ani')]
  await first.channel.track({ window: 1 })
  await second.channel.track({ window: 2 })
  await eventually(() => expect(present(watcher.channel)['ani']).toHaveLength(2))
  await first.client.realtime.disconnect()
  await eventually(() => expect(present(watcher.channel)).toEqual({ ani: [{ window: 2 }] }))
})

it('gives a key to a client that names none', async () => {
  const { channel } = await watch('')
  await channel.track({ n: 1 })
  await eventually(() =>
    expect(Object.keys(present(channel))).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]),
  )
})

it('sends no state to a client that did not ask for presence', async () => {
  const { channel } = await watch('ani')
  await channel.track({})
  const raw = await openRawSocket(realtime.port)
  await raw.answerTo(raw.push(`realtime:${topic}`, 'phx_join', { config: { presence: { enabled: false } } }))
  await raw.answerTo(raw.push(`realtime:${topic}`, 'presence', { event: 'track', payload: {} }))
  expect(raw.frames.map(({ event }) => event)).toEqual(['phx_reply', 'presence_diff', 'phx_reply'])
  raw.socket.close()
})

it('answers what makes no sense with an error', async () => {
  const raw = await openRawSocket(realtime.port)
  const wire = `realtime:${topic}`
  await raw.answerTo(raw.push(wire, 'phx_join'))
  const answer = async (payload: unknown) => (await raw.answerTo(raw.push(wire, 'presence', payload))).payload
  expect(await answer({ event: 'track', payload: 'text' })).toEqual({
    status: 'error',
    response: { reason: 'Presence track payload must be a map' },
  })
  expect(await answer({ event: 'dance' })).toEqual({ status: 'error', response: {} })
  expect(await answer({})).toEqual({ status: 'ok', response: {} })
  raw.socket.close()
})

it('closes a channel that changes its presence too often', async () => {
  const { channel } = await watch('ani')
  const messages: unknown[] = []
  channel.on('system', { event: '' }, (message: { message: string }) => messages.push(message.message))
  for (let n = 0; n < 30; n++) expect(await channel.track({ n })).toBe('ok')
  void channel.track({ n: 31 })
  await eventually(() => expect(channel.state).toBe('closed'))
  expect(messages).toEqual(['Client presence rate limit exceeded'])
})
