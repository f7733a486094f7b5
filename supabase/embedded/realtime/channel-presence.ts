import type { Topic } from './hub.ts'
import { CallLimit } from './rate-counter.ts'
import { isObject } from './serializer.ts'
import type { RealtimeServices } from './services.ts'

/** What comes of a call: an answer for the client, or the reason to close its channel. */
export type PresenceOutcome =
  { status: 'ok' | 'error'; response?: Record<string, unknown> } | { shutDown: string }

export interface ChannelPresenceOptions {
  services: RealtimeServices
  topic: Topic
  key: string
  /** The channel whose presence it is. */
  owner: object
  /** Asks the policies, now that the client uses presence. */
  mayTrack: () => Promise<boolean>
}

/** The presence of one channel: what its client told last, and how often it may change its mind. */
export class ChannelPresence {
  readonly #options: ChannelPresenceOptions
  readonly #calls: CallLimit
  #lastPayload: string | undefined

  constructor(options: ChannelPresenceOptions) {
    const { maxPresenceCalls, presenceWindowMs, now } = options.services.settings
    this.#options = options
    this.#calls = new CallLimit(maxPresenceCalls, presenceWindowMs, now)
  }

  /** Whether the client has told something and not taken it back. */
  get isTracked() {
    return this.#lastPayload !== undefined
  }

  /** Handles a push `{event: 'track' | 'untrack', payload}` of so many bytes. */
  async handle(push: unknown, size: number): Promise<PresenceOutcome> {
    if (!isObject(push) || typeof push['event'] !== 'string') return { status: 'ok' }
    if (!this.#calls.take()) return { shutDown: 'Client presence rate limit exceeded' }
    switch (push['event'].toLowerCase()) {
      case 'track':
        return this.#track(push['payload'] ?? {}, size)
      case 'untrack':
        this.leave()
        return { status: 'ok' }
      default:
        return { status: 'error' }
    }
  }

  /** Takes back what the client told, if it did. */
  leave() {
    const { services, topic, owner } = this.#options
    this.#lastPayload = undefined
    const diff = services.presence.untrack(topic, owner)
    if (diff) services.hub.pushPresence(topic, diff)
  }

  async #track(payload: unknown, size: number): Promise<PresenceOutcome> {
    const { services, topic, key, owner, mayTrack } = this.#options
    if (!(await mayTrack())) return { status: 'error' }
    if (!isObject(payload)) {
      return { status: 'error', response: { reason: 'Presence track payload must be a map' } }
    }
    const text = JSON.stringify(payload)
    if (text === this.#lastPayload) return { status: 'ok' }
    if (size > services.settings.maxPayloadBytes) return { shutDown: 'Track message size exceeded' }
    if (services.presenceEvents.isExceeded()) return { shutDown: 'Too many presence messages per second' }
    this.#lastPayload = text
    services.hub.pushPresence(topic, services.presence.track(topic, owner, key, payload))
    return { status: 'ok' }
  }
}
