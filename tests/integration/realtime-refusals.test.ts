import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openRawSocket } from '../support/realtime-socket.ts'
import {
  collectSystemMessages,
  eventually,
  roomPolicies,
  signToken,
  startTestRealtime,
  subscribe,
} from '../support/realtime.ts'
import type { TestRealtime } from '../support/realtime.ts'

let realtime: TestRealtime

beforeAll(async () => {
  realtime = await startTestRealtime(roomPolicies)
})
afterAll(() => realtime.close())

describe('postgres_changes', () => {
  const change = { event: '*', schema: 'public', table: 'contacts', filter: 'id=eq.1' } as const
  const text =
    'Unable to subscribe to changes with given parameters. Please check Realtime is enabled for the given ' +
    'connect parameters: [event: *, schema: public, table: contacts, filter: id=eq.1]'

  it('are refused with a system message; the rest of the channel works', async () => {
    const channel = (await realtime.connect()).channel('room:changes', {
      config: { broadcast: { self: true } },
    })
    const messages = collectSystemMessages(channel)
    const heard: unknown[] = []
    channel.on('postgres_changes', change, () => heard.push('a change'))
    channel.on('broadcast', { event: 'hello' }, ({ event }) => heard.push(event))
    await subscribe(channel)
    await eventually(() =>
      expect(messages).toEqual([
        { extension: 'postgres_changes', status: 'error', message: text, channel: 'room:changes' },
      ]),
    )
    await channel.send({ type: 'broadcast', event: 'hello', payload: {} })
    await eventually(() => expect(heard).toEqual(['hello']))
  })

  it('refuse the join that waits for them', async () => {
    const channel = (await realtime.connect()).channel('room:changes', {
      config: { postgres_changes_options: { wait: true } },
    })
    channel.on('postgres_changes', change, () => undefined)
    await expect(subscribe(channel)).rejects.toThrow(`RealtimeDisabledForConfiguration: ${text}`)
  })
})

describe('replay', () => {
  it('is refused on private channels', async () => {
    const client = await realtime.connect({ readToken: signToken })
    const channel = client.channel('room:replay', {
      config: { private: true, broadcast: { replay: { since: 0 } } },
    })
    await expect(subscribe(channel)).rejects.toThrow(
      'UnableToReplayMessages: Realtime was unable to replay messages',
    )
  })

  it('is refused on public channels', async () => {
    const raw = await openRawSocket(realtime.port)
    const config = { broadcast: { replay: { since: 0 } } }
    const join = await raw.answerTo(raw.push('realtime:room:replay', 'phx_join', { config }))
    expect(join.payload).toEqual({
      status: 'error',
      response: { reason: 'UnableToReplayMessages: Replay is not allowed for public channels' },
    })
    raw.socket.close()
  })

  it('is not prepared for: a broadcast to be stored is delivered, and the sender told', async () => {
    const client = await realtime.connect({ readToken: signToken })
    const channel = client.channel('room:replay', {
      config: { private: true, broadcast: { ack: true, self: true } },
    })
    const heard: unknown[] = []
    channel.on('broadcast', { event: 'hello' }, ({ event }) => heard.push(event))
    await subscribe(channel)
    const sent = await channel.send({ type: 'broadcast', event: 'hello', payload: {}, persist: true })
    expect(sent).toBe('Broadcast persistence is not enabled')
    await eventually(() => expect(heard).toEqual(['hello']))
  })
})
