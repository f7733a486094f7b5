/** Realtime-js asks at every heartbeat (25 s) and the token must outlive the next one. */
const renewBeforeExpiryMs = 60_000

export interface AccessTokenSource {
  /** A token that lives on for a minute at least, or null when the session has ended. Rejects when unreachable. */
  get(): Promise<string | null>
  /** Forgets the token, so that the next `get` asks the server: for when it was refused. */
  forget(): void
}

/**
 * Short-lived tokens for Realtime, asked for once and kept until shortly before they expire. Requests at the same time
 * share one answer.
 * @param request fetches `/session/realtime-token`
 */
export function createAccessTokenSource(
  request: () => Promise<Response> = () => fetch('/session/realtime-token', { cache: 'no-store' }),
): AccessTokenSource {
  let kept: { token: string; expiresAt: number } | null = null
  let pending: Promise<string | null> | null = null

  async function ask(): Promise<string | null> {
    const response = await request()
    if (response.status === 401 || response.status === 403) return null
    if (!response.ok) throw new Error(`The realtime token was answered with ${String(response.status)}`)
    const answer = (await response.json()) as { token: string; expiresAt: string }
    kept = { token: answer.token, expiresAt: Date.parse(answer.expiresAt) }
    return kept.token
  }

  return {
    get() {
      if (kept && kept.expiresAt - Date.now() > renewBeforeExpiryMs) return Promise.resolve(kept.token)
      pending ??= ask().finally(() => {
        pending = null
      })
      return pending
    },
    forget() {
      kept = null
    },
  }
}
