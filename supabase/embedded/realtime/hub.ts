import type { RateCounter } from './rate-counter.ts'
import { encodeBroadcast, encodeMessage } from './serializer.ts'
import type { Broadcast, Frame, ProtocolVersion } from './serializer.ts'

/** One client's place in a topic. */
export interface Subscriber {
  readonly version: ProtocolVersion
  canReadBroadcasts(): boolean
  canReadPresence(): boolean
  deliver(frame: Frame): void
  /** Ends the subscription; the client reads why. */
  shutDown(reason: string): void
}

/** A topic as the server knows it: a private and a public one of the same name never hear each other. */
export interface Topic {
  name: string
  isPrivate: boolean
}

/** Clients put this before the name of every topic. */
export const wirePrefix = 'realtime:'

/** A map key for a topic. */
export function topicKey({ name, isPrivate }: Topic): string {
  return `${isPrivate ? 'private' : 'public'}:${name}`
}

/** Knows who listens where. Makes each frame once per protocol version, however many receive it. */
export class Hub {
  readonly #subscribers = new Map<string, Set<Subscriber>>()
  readonly #events: RateCounter
  readonly #presenceEvents: RateCounter

  constructor(events: RateCounter, presenceEvents: RateCounter) {
    this.#events = events
    this.#presenceEvents = presenceEvents
  }

  subscribe(topic: Topic, subscriber: Subscriber) {
    const key = topicKey(topic)
    const subscribers = this.#subscribers.get(key)
    if (subscribers) subscribers.add(subscriber)
    else this.#subscribers.set(key, new Set([subscriber]))
  }

  unsubscribe(topic: Topic, subscriber: Subscriber) {
    const key = topicKey(topic)
    const subscribers = this.#subscribers.get(key)
    if (subscribers?.delete(subscriber) && subscribers.size === 0) this.#subscribers.delete(key)
  }

  /** Sends to all who may read, but not back to `sender` if one is named. */
  broadcast(topic: Topic, broadcast: Broadcast, sender?: Subscriber) {
    const receivers = this.#of(topic).filter((one) => one !== sender && one.canReadBroadcasts())
    deliver(receivers, (version) => encodeBroadcast(version, wirePrefix + topic.name, broadcast))
    this.#events.add(1 + receivers.length)
    if (this.#events.isExceeded())
      for (const receiver of receivers) receiver.shutDown('Too many messages per second')
  }

  pushPresence(topic: Topic, payload: unknown) {
    const receivers = this.#of(topic).filter((one) => one.canReadPresence())
    const message = {
      joinRef: null,
      ref: null,
      topic: wirePrefix + topic.name,
      event: 'presence_diff',
      payload,
    }
    deliver(receivers, (version) => encodeMessage(version, message))
    this.#presenceEvents.add(receivers.length)
  }

  #of(topic: Topic): Subscriber[] {
    return [...(this.#subscribers.get(topicKey(topic)) ?? [])]
  }
}

function deliver(receivers: Subscriber[], encode: (version: ProtocolVersion) => Frame | undefined) {
  const frames = new Map<ProtocolVersion, Frame | undefined>()
  for (const receiver of receivers) {
    if (!frames.has(receiver.version)) frames.set(receiver.version, encode(receiver.version))
    const frame = frames.get(receiver.version)
    if (frame) receiver.deliver(frame)
  }
}
