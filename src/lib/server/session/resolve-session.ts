import type { Claims } from '../database/database.ts'
import type { SessionRefresher } from './refresh-session.ts'
import { clearSession, readSession, writeSession, type CookieJar } from './session-cookies.ts'
import type { TokenVerifier } from './verify-token.ts'

/**
 * Who sends a request. `unavailable`: somebody whose token is over and could not be renewed or verified right now,
 * because Auth does not answer: neither signed in nor signed out.
 */
export type SessionState =
  | { kind: 'signed_in'; claims: Claims; accessToken: string }
  | { kind: 'signed_out' }
  | { kind: 'unavailable' }

export interface ResolveOptions {
  verifyToken: TokenVerifier
  refresher: SessionRefresher
  origin: string
  /** Milliseconds. */
  now?: () => number
}

/**
 * A token with less than this left is renewed. The Auth client renews by itself at 90 s, past the shared exchange;
 * with the same margin it never finds a reason to.
 */
const renewBeforeMs = 90_000

/**
 * Reads the session from the cookies, verifies it on this machine and renews it when it is about to end; only then
 * Auth is asked. Renewed and refused sessions change the cookies.
 */
export async function resolveSession(jar: CookieJar, options: ResolveOptions): Promise<SessionState> {
  const { verifyToken, refresher, origin, now = Date.now } = options
  const stored = await readSession(jar, origin)
  if (stored === null) return signOut(jar, origin)

  const verdict = await verifyToken(stored.accessToken)
  if (verdict.kind === 'invalid') return signOut(jar, origin)
  if (verdict.kind === 'unavailable') return { kind: 'unavailable' }
  const current: SessionState =
    verdict.kind === 'valid'
      ? { kind: 'signed_in', claims: verdict.claims, accessToken: stored.accessToken }
      : { kind: 'unavailable' }
  if (verdict.kind === 'valid' && verdict.claims.exp * 1000 - now() >= renewBeforeMs) return current

  const renewal = await refresher.exchange(stored.refreshToken)
  if (renewal.kind !== 'refreshed') return renewal.kind === 'refused' ? signOut(jar, origin) : current
  const { tokens } = renewal
  const renewed = await verifyToken(tokens.accessToken)
  writeSession(jar, origin, tokens)
  if (renewed.kind !== 'valid') return { kind: 'unavailable' }
  return { kind: 'signed_in', claims: renewed.claims, accessToken: tokens.accessToken }
}

function signOut(jar: CookieJar, origin: string): SessionState {
  clearSession(jar, origin)
  return { kind: 'signed_out' }
}
