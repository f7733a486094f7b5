import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { openRawSocket } from '../support/realtime-socket.ts'
import {
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

beforeAll(async () => {
  realtime = await startTestRealtime()
})
beforeEach(() => {
  topic = `room:${randomUUID()}`
})
afterAll(() => realtime.close())

/** Allows what `access` and `extension` say, in this test's topic, to people whose claims satisfy `condition`. */
async function allow(access: 'select' | 'insert', extension: string, condition = 'true') {
  const rule = `(realtime.topic() = '${topic}' and extension in (${extension}) and ${condition})`
  await realtime.owner.query(
    `create policy "${randomUUID()}" on realtime.messages for ${access} to authenticated
    ${access === 'select' ? 'using' : 'with check'} ${rule}`,
  )
}

const member = (claims = {}) => realtime.connect({ readToken: () => signToken(claims) })
const service = () => realtime.connect({ key: realtimeKeys.secret })

function unauthorized() {
  return `Unauthorized: You do not have permissions to read from this Channel topic: ${topic}`
}

it('refuses a private channel that no policy allows to read', async () => {
  await allow('insert', "'broadcast'")
  await expect(subscribe((await member()).channel(topic, { config: { private: true } }))).rejects.toThrow(
    unauthorized(),
  )
})

it('refuses a private channel to those who are not signed in', async () => {
  await allow('select', "'broadcast'")
  const client = await realtime.connect()
  await expect(subscribe(client.channel(topic, { config: { private: true } }))).rejects.toThrow(
    unauthorized(),
  )
})

it('refuses a role that does not exist', async () => {
  await allow('select', "'broadcast'")
  const client = await member({ role: 'potato' })
  await expect(subscribe(client.channel(topic, { config: { private: true } }))).rejects.toThrow(
    unauthorized(),
  )
})

it('refuses where a policy fails', async () => {
  const failure = `case when realtime.topic() = '${topic}' then 1 / (length(topic) - length(topic)) = 1 end`
  await allow('select', "'broadcast'", failure)
  await expect(subscribe((await member()).channel(topic, { config: { private: true } }))).rejects.toThrow(
    unauthorized(),
  )
})

it('lets policies see the claims, the user id and the headers', async () => {
  const sub = randomUUID()
  await allow(
    'select',
    "'broadcast'",
    `(select auth.uid()) = '${sub}' and (select auth.jwt() ->> 'team') = 'blue'`,
  )
  const config = { private: true }
  await subscribe((await member({ sub, team: 'blue' })).channel(topic, { config }))
  await expect(subscribe((await member({ sub, team: 'red' })).channel(topic, { config }))).rejects.toThrow(
    'Unauth',
  )
  await expect(subscribe((await member({ team: 'blue' })).channel(topic, { config }))).rejects.toThrow(
    'Unauth',
  )

  topic = `room:${randomUUID()}`
  await allow('select', "'broadcast'", "current_setting('request.headers')::jsonb ->> 'x-team' = 'blue'")
  const statuses = []
  for (const team of ['blue', 'red']) {
    const raw = await openRawSocket(realtime.port, { key: signToken(), headers: { 'x-team': team } })
    const join = await raw.answerTo(raw.push(`realtime:${topic}`, 'phx_join', { config }))
    statuses.push(join.payload['status'])
    raw.socket.close()
  }
  expect(statuses).toEqual(['ok', 'error'])
})

it('delivers to those who may read, and sends nothing for those who may not write', async () => {
  await allow('select', "'broadcast'")
  const reader = await listen(await member(), topic, { private: true, broadcast: { self: true } })
  const writer = await listen(await service(), topic, { private: true, broadcast: { ack: true } })
  await reader.channel.send({ type: 'broadcast', event: 'not allowed', payload: {} })
  // A channel's messages are handled in order: when this is answered, the broadcast has been handled too.
  expect(await reader.channel.track({})).toBe('error')
  await writer.channel.send({ type: 'broadcast', event: 'allowed', payload: {} })
  await waitForEvent(reader.heard, 'allowed')
  expect(reader.heard).toHaveLength(1)
  expect(writer.heard).toEqual([])
})

it('sends for those who may write', async () => {
  await allow('select', "'broadcast'")
  await allow('insert', "'broadcast'")
  const [one, two] = [
    await listen(await member(), topic, { private: true }),
    await listen(await member(), topic, { private: true }),
  ]
  await one.channel.send({ type: 'broadcast', event: 'hello', payload: { n: 1 } })
  await waitForEvent(two.heard, 'hello')
  expect(two.heard).toEqual([{ type: 'broadcast', event: 'hello', payload: { n: 1 } }])
})

it('never lets a public channel hear a private one of the same name', async () => {
  await allow('select', "'broadcast'")
  await allow('insert', "'broadcast'")
  const outsider = await listen(await realtime.connect(), topic)
  const insider = await listen(await member(), topic, { private: true, broadcast: { ack: true, self: true } })
  await insider.channel.send({ type: 'broadcast', event: 'secret', payload: {} })
  const other = await listen(await realtime.connect(), topic, { broadcast: { ack: true } })
  await other.channel.send({ type: 'broadcast', event: 'public', payload: {} })
  await waitForEvent(outsider.heard, 'public')
  expect(outsider.heard).toHaveLength(1)
  expect(insider.heard.map(({ event }) => event)).toEqual(['secret'])
})

it('asks for presence and broadcast separately', async () => {
  await allow('select', "'presence'")
  await allow('insert', "'presence'")
  const raw = await openRawSocket(realtime.port, { key: signToken() })
  const wire = `realtime:${topic}`
  const withoutPresence = raw.push(wire, 'phx_join', { config: { private: true } })
  expect((await raw.answerTo(withoutPresence)).payload['response']).toEqual({ reason: unauthorized() })

  const config = { private: true, broadcast: { ack: true }, presence: { enabled: true, key: 'me' } }
  expect((await raw.answerTo(raw.push(wire, 'phx_join', { config }))).payload['status']).toBe('ok')
  await raw.waitFor(wire, 'presence_state')
  const sender = await listen(await service(), topic, { private: true, broadcast: { ack: true } })
  await sender.channel.send({ type: 'broadcast', event: 'not for presence only', payload: {} })
  const track = raw.push(wire, 'presence', { event: 'track', payload: { n: 1 } })
  expect((await raw.answerTo(track)).payload['status']).toBe('ok')
  await raw.waitFor(wire, 'presence_diff')
  expect(raw.frames.filter(({ event }) => event === 'broadcast')).toEqual([])
  raw.socket.close()
})

it('tells a client that may not be present so, and shows presence only to those who may see it', async () => {
  await allow('select', "'broadcast'")
  const wire = `realtime:${topic}`
  const raw = await openRawSocket(realtime.port, { key: signToken() })
  await raw.answerTo(
    raw.push(wire, 'phx_join', {
      config: { private: true, broadcast: { self: true }, presence: { enabled: true } },
    }),
  )
  const refused = raw.push(wire, 'presence', { event: 'track', payload: {} })
  expect((await raw.answerTo(refused)).payload['status']).toBe('error')

  const other = await listen(await service(), topic, { private: true, presence: { key: 'service' } })
  expect(await other.channel.track({ n: 1 })).toBe('ok')
  await other.channel.send({ type: 'broadcast', event: 'after', payload: {} })
  await raw.waitFor(wire, 'broadcast')
  expect(raw.frames.map(({ event }) => event)).toEqual(['phx_reply', 'phx_reply', 'broadcast'])
  raw.socket.close()
})

it('leaves no trace of asking', async () => {
  await allow('select', "'broadcast'")
  await allow('insert', "'broadcast'")
  const { channel } = await listen(await member(), topic, { private: true, broadcast: { ack: true } })
  expect(await channel.send({ type: 'broadcast', event: 'hello', payload: {} })).toBe('ok')
  const { rows } = await realtime.owner.query('select * from realtime.messages where topic = $1', [topic])
  expect(rows).toEqual([])
})
