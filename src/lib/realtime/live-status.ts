/**
 * What the page may claim about how current it is. It rests on answers of the server, never on the socket saying that
 * it is connected. Moments in milliseconds of `Date.now()`.
 */
export type LiveStatus =
  | { kind: 'connecting' }
  | { kind: 'live'; lagMs: number | null }
  | { kind: 'catching-up'; since: number }
  /** News arrive only by asking every few seconds. */
  | { kind: 'slow'; since: number }
  | { kind: 'offline'; since: number }
  | { kind: 'signed-out' }
  /** The server refuses to say more to this page; a fresh one may be luckier. */
  | { kind: 'refused' }

export interface LiveFacts {
  now: number
  /** Since when the browser says that there is no network; null when it says there is. */
  offlineSince: number | null
  endedBy: 'signed-out' | 'refused' | null
  /** Since when hints of changes cannot be heard, or were not given; null when they are. */
  deafSince: number | null
  hasJoined: boolean
  behindSince: number | null
  failingSince: number | null
  lagMs: number | null
}

/** A catch-up that takes longer than this is worth mentioning. */
export const noticeableMs = 1_000

/** How long the channel may be away (a reconnect, the first join) before the page says so. */
export const deafnessGraceMs = 5_000

export function describeLiveStatus(facts: LiveFacts): LiveStatus {
  if (facts.endedBy !== null) return { kind: facts.endedBy }
  if (facts.offlineSince !== null) return { kind: 'offline', since: facts.offlineSince }
  if (facts.failingSince !== null) return { kind: 'offline', since: facts.failingSince }
  if (facts.behindSince !== null && facts.now - facts.behindSince > noticeableMs) {
    return { kind: 'catching-up', since: facts.behindSince }
  }
  if (facts.deafSince !== null && facts.now - facts.deafSince > deafnessGraceMs) {
    return { kind: 'slow', since: facts.deafSince }
  }
  return facts.hasJoined ? { kind: 'live', lagMs: facts.lagMs } : { kind: 'connecting' }
}
