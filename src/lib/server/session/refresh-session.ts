import { z } from 'zod'

/** The tokens of a session, as Auth hands them out. */
export interface SessionTokens {
  accessToken: string
  refreshToken: string
  /** Unix seconds. */
  expiresAt: number
}

/**
 * `refused`: Auth does not know the token any more, the session is over. `unavailable`: Auth did not answer, or not
 * about this token (overloaded, wrong key): the session may well be alive.
 */
export type RefreshOutcome =
  { kind: 'refreshed'; tokens: SessionTokens } | { kind: 'refused' | 'unavailable' }

/** Exchanges refresh tokens. Auth takes each of them once, so requests that carry the same one share one exchange. */
export interface SessionRefresher {
  /** Never rejects. */
  exchange(refreshToken: string): Promise<RefreshOutcome>
  /** Forgets the session that this token belongs to: a late request must not bring it back after a sign-out. */
  forget(refreshToken: string): void
}

export interface SessionRefresherOptions {
  supabaseUrl: string
  publishableKey: string
  fetch?: typeof fetch
  /** Milliseconds. */
  now?: () => number
  /** How long an outcome is kept for requests that were sent with the old cookie. Milliseconds. */
  keepMs?: number
  /** Most exchanges remembered at once, running ones included. */
  most?: number
}

interface Exchange {
  outcome: Promise<RefreshOutcome>
  /** Set when it ended. Milliseconds. */
  keptUntil?: number
  nextToken?: string
}

const timeoutMs = 8_000

const tokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
  expires_in: z.number(),
  expires_at: z.number().optional(),
})

const refusal = z.union([
  z.object({ error_code: z.string() }),
  z.object({ code: z.string() }),
  // Older versions of Auth answer as OAuth 2.0 has it.
  z.object({ error: z.literal('invalid_grant') }),
])

/**
 * Asks Auth directly: the client library repeats a failed exchange for half a minute, and a page cannot wait for that.
 */
export function createSessionRefresher(options: SessionRefresherOptions): SessionRefresher {
  const { keepMs = 10_000, most = 5_000 } = options
  const now = options.now ?? Date.now
  const send = options.fetch ?? fetch
  const url = `${options.supabaseUrl.replace(/\/+$/, '')}/auth/v1/token?grant_type=refresh_token`
  // In order of their end: what ended first stands first among those that have.
  const exchanges = new Map<string, Exchange>()

  async function ask(refreshToken: string): Promise<RefreshOutcome> {
    const response = await send(url, {
      method: 'POST',
      headers: { apikey: options.publishableKey, 'content-type': 'application/json' },
      body: JSON.stringify({ refresh_token: refreshToken }),
      signal: AbortSignal.timeout(timeoutMs),
    })
    const body: unknown = await response.json()
    if (!response.ok) return { kind: isRefusal(response.status, body) ? 'refused' : 'unavailable' }
    const answer = tokenAnswer.parse(body)
    const expiresAt = answer.expires_at ?? Math.floor(now() / 1000) + answer.expires_in
    return {
      kind: 'refreshed',
      tokens: { accessToken: answer.access_token, refreshToken: answer.refresh_token, expiresAt },
    }
  }

  function makeRoom(): boolean {
    for (const [token, exchange] of exchanges) {
      if (exchange.keptUntil === undefined) continue
      if (exchange.keptUntil > now() && exchanges.size < most) break
      exchanges.delete(token)
    }
    return exchanges.size < most
  }

  function end(refreshToken: string, exchange: Exchange, outcome: RefreshOutcome): void {
    // Forgotten in the meantime.
    if (exchanges.get(refreshToken) !== exchange) return
    exchanges.delete(refreshToken)
    if (outcome.kind === 'unavailable') return
    exchange.keptUntil = now() + keepMs
    if (outcome.kind === 'refreshed') exchange.nextToken = outcome.tokens.refreshToken
    exchanges.set(refreshToken, exchange)
  }

  return {
    async exchange(refreshToken) {
      const hasRoom = makeRoom()
      const known = exchanges.get(refreshToken)
      if (known !== undefined) return known.outcome
      if (!hasRoom) return { kind: 'unavailable' }
      const outcome = ask(refreshToken).catch((): RefreshOutcome => ({ kind: 'unavailable' }))
      const exchange: Exchange = { outcome }
      exchanges.set(refreshToken, exchange)
      end(refreshToken, exchange, await outcome)
      return outcome
    },
    forget(refreshToken) {
      for (const [token, exchange] of exchanges) {
        if (token === refreshToken || exchange.nextToken === refreshToken) exchanges.delete(token)
      }
    },
  }
}

/** True when Auth itself has spoken about the token; a gateway that refuses our key has not. */
function isRefusal(status: number, body: unknown): boolean {
  return [400, 401, 403, 404, 422].includes(status) && refusal.safeParse(body).success
}
