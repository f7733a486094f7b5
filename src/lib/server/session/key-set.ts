import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose'

/** The key set was never fetched so far, and it cannot be now. */
export class KeysUnreachable extends Error {
  override name = 'KeysUnreachable'
}

export interface KeySetOptions {
  url: string
  fetch: typeof fetch
  now: () => number
}

/** A revoked key is forgotten within this time. */
const refetchAfterMs = 10 * 60_000
/** Tokens with made-up key ids cannot make us ask more often than this. */
const pauseMs = 30_000
const timeoutMs = 5_000

/**
 * The public keys of a project, fetched once and again in the background, or at once when a token names an unknown
 * key. jose's own remote set forgets its keys when a refetch fails, and would sign everybody out during an outage of
 * Auth: this one goes on with the keys it has.
 *
 * The returned function rejects with KeysUnreachable, or with jose's JWKSNoMatchingKey.
 */
export function createKeySet({ url, fetch, now }: KeySetOptions): JWTVerifyGetKey {
  let keys: JWTVerifyGetKey | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let pending: Promise<void> | undefined

  async function load(): Promise<void> {
    askedAt = now()
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) })
    if (!response.ok) throw new KeysUnreachable(`The key set was answered with ${String(response.status)}`)
    keys = createLocalJWKSet((await response.json()) as JSONWebKeySet)
  }

  /** Requests at the same time share one answer. A failure leaves the keys as they are. */
  function refetch(): Promise<void> {
    pending ??= load()
      .catch(() => undefined)
      .finally(() => {
        pending = undefined
      })
    return pending
  }

  return async (header, token) => {
    if (keys === undefined) {
      // Nothing can be told without keys: a short pause here would only turn people away for longer.
      await refetch()
      if (keys === undefined) throw new KeysUnreachable('The key set could not be fetched')
    } else if (now() - askedAt > refetchAfterMs) {
      void refetch()
    }
    try {
      return await keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || now() - askedAt < pauseMs) throw error
      await refetch()
      return keys(header, token)
    }
  }
}
