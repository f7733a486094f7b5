import { createHmac } from 'node:crypto'
import pg from 'pg'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Authorizer } from './authorization.ts'
import { Channel } from './channel.ts'
import { ChannelAccess } from './channel-access.ts'
import { Hub } from './hub.ts'
import { readJoinConfig } from './join-config.ts'
import { PresenceTracker } from './presence.ts'
import { RateCounter } from './rate-counter.ts'
import type { RealtimeServices } from './services.ts'
import { defaultSettings } from './settings.ts'
import { TokenVerifier } from './token.ts'

const topic = { name: 'room', isPrivate: false }

beforeEach(() => vi.useFakeTimers({ now: 1_000_000_000_000 }))
afterEach(() => vi.useRealTimers())

function makeServices(): RealtimeServices {
  const counter = () => new RateCounter(1000, Date.now)
  return {
    settings: defaultSettings,
    log: () => undefined,
    tokens: new TokenVerifier('a secret', { publishable: 'p', secret: 's' }, Date.now),
    authorizer: new Authorizer(new pg.Pool()),
    hub: new Hub(counter(), counter()),
    presence: new PresenceTracker(),
    replication: { whenReady: () => () => undefined, stop: () => Promise.resolve() },
    joins: counter(),
    events: counter(),
    presenceEvents: counter(),
  }
}

function sign(exp: number) {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const body = `${encode({ alg: 'HS256' })}.${encode({ role: 'authenticated', exp })}`
  return `${body}.${createHmac('sha256', 'a secret').update(body).digest('base64url')}`
}

/** An open channel of a client whose token expires in so many seconds, and the events that it gets. */
async function openChannel(seconds: number) {
  const services = makeServices()
  const events: string[] = []
  const access = await ChannelAccess.open(
    { topic, apiKeyClaims: () => services.tokens.readApiKey('p'), headers: {}, ...services },
    sign(Date.now() / 1000 + seconds),
    false,
  )
  const channel = new Channel({
    services,
    topic,
    access,
    joinRef: '1',
    config: readJoinConfig({}),
    link: {
      version: '1.0.0',
      deliver: ({ data }) => void events.push((JSON.parse(data.toString()) as { event: string }).event),
      remove: () => undefined,
    },
  })
  channel.open()
  return { channel, events, services }
}

it.each([1, 299, 301, 7200])('closes at the moment its token expires, after %i seconds', async (seconds) => {
  const { events } = await openChannel(seconds)
  vi.advanceTimersByTime(seconds * 1000 - 1)
  expect(events).toEqual([])
  vi.advanceTimersByTime(1)
  expect(events).toEqual(['system', 'phx_close'])
})

it('leaves no timer behind', async () => {
  const { channel } = await openChannel(60)
  expect(vi.getTimerCount()).toBe(1)
  channel.abandon()
  expect(vi.getTimerCount()).toBe(0)
})

it('says nothing more after it was closed', async () => {
  const { channel, events, services } = await openChannel(60)
  channel.close()
  channel.close()
  channel.shutDown('again')
  channel.reply('2', 'ok')
  services.hub.broadcast(topic, { payload: {} })
  expect(events).toEqual(['phx_close'])
})
