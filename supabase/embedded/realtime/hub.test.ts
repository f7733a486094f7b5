import { describe, expect, it } from 'vitest'
import { Hub } from './hub.ts'
import type { Subscriber } from './hub.ts'
import { RateCounter } from './rate-counter.ts'
import type { Frame, ProtocolVersion } from './serializer.ts'

const topic = { name: 'room', isPrivate: true }
const broadcast = { payload: { type: 'broadcast', event: 'halo', payload: {} } }

function makeHub(limit = 1000) {
  return new Hub(new RateCounter(limit, Date.now), new RateCounter(limit, Date.now))
}

class Listener implements Subscriber {
  readonly version: ProtocolVersion
  readonly frames: Frame[] = []
  readonly reasons: string[] = []
  readonly #may: boolean

  constructor(version: ProtocolVersion = '2.0.0', may = true) {
    this.version = version
    this.#may = may
  }

  canReadBroadcasts = () => this.#may
  canReadPresence = () => this.#may
  deliver = (frame: Frame) => void this.frames.push(frame)
  shutDown = (reason: string) => void this.reasons.push(reason)
}

describe('Hub', () => {
  it('makes each frame once per version, however many receive it', () => {
    const hub = makeHub()
    const [one, two, older] = [new Listener(), new Listener(), new Listener('1.0.0')]
    for (const listener of [one, two, older]) hub.subscribe(topic, listener)
    hub.broadcast(topic, broadcast)
    expect(one.frames[0]).toBe(two.frames[0])
    expect(older.frames).toHaveLength(1)
    expect(older.frames[0]).not.toEqual(one.frames[0])
  })

  it('leaves out the sender, those who may not read, those who left, and other topics', () => {
    const hub = makeHub()
    const [sender, denied, left, elsewhere] = [
      new Listener(),
      new Listener('2.0.0', false),
      new Listener(),
      new Listener(),
    ]
    for (const listener of [sender, denied, left]) hub.subscribe(topic, listener)
    hub.subscribe({ ...topic, isPrivate: false }, elsewhere)
    hub.unsubscribe(topic, left)
    hub.broadcast(topic, broadcast, sender)
    hub.pushPresence(topic, {})
    expect([denied, left, elsewhere].flatMap(({ frames }) => frames)).toEqual([])
    // Presence goes to everybody, whoever caused it.
    expect(sender.frames.map(({ data }) => JSON.parse(data.toString()) as unknown)).toEqual([
      [null, null, 'realtime:room', 'presence_diff', {}],
    ])
  })

  it('shuts down those who hear too much', () => {
    const hub = makeHub(0)
    const listener = new Listener()
    hub.subscribe(topic, listener)
    hub.broadcast(topic, broadcast)
    expect(listener.reasons).toEqual(['Too many messages per second'])
  })
})
