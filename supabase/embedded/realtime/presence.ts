import { randomBytes } from 'node:crypto'
import { topicKey } from './hub.ts'
import type { Topic } from './hub.ts'

type Meta = Record<string, unknown> & { phx_ref: string }

/** Who is present, by presence key; one key may be present several times. */
export type PresenceState = Record<string, { metas: Meta[] }>

export interface PresenceDiff {
  joins: PresenceState
  leaves: PresenceState
}

interface Presence {
  key: string
  meta: Meta
}

/** Keeps what clients told about themselves, per topic. An owner (a channel) is present in a topic at most once. */
export class PresenceTracker {
  readonly #topics = new Map<string, Map<object, Presence>>()

  /** Makes `owner` present, or changes what it told before. */
  track(topic: Topic, owner: object, key: string, payload: Record<string, unknown>): PresenceDiff {
    const presences = this.#topics.get(topicKey(topic)) ?? new Map<object, Presence>()
    this.#topics.set(topicKey(topic), presences)
    const previous = presences.get(owner)
    const meta: Meta = {
      ...payload,
      phx_ref: randomBytes(9).toString('base64url'),
      ...(previous && { phx_ref_prev: previous.meta.phx_ref }),
    }
    presences.set(owner, { key, meta })
    return { joins: group([{ key, meta }]), leaves: group(previous ? [previous] : []) }
  }

  /** Returns nothing when `owner` was not present. */
  untrack(topic: Topic, owner: object): PresenceDiff | undefined {
    const presences = this.#topics.get(topicKey(topic))
    const previous = presences?.get(owner)
    if (!presences || !previous) return undefined
    presences.delete(owner)
    if (presences.size === 0) this.#topics.delete(topicKey(topic))
    return { joins: {}, leaves: group([previous]) }
  }

  read(topic: Topic): PresenceState {
    return group(this.#topics.get(topicKey(topic))?.values() ?? [])
  }
}

function group(presences: Iterable<Presence>): PresenceState {
  const state = new Map<string, { metas: Meta[] }>()
  for (const { key, meta } of presences) {
    const entry = state.get(key)
    if (entry) entry.metas.push(meta)
    else state.set(key, { metas: [meta] })
  }
  return Object.fromEntries(state)
}
