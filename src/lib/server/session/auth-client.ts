import { createServerClient, isChunkLike } from '@supabase/ssr'
import type { SupabaseClient } from '@supabase/supabase-js'
import { cookieOptions, sessionCookieName, type CookieJar } from './session-cookies.ts'

/** Supabase Auth, speaking for one request. */
export type AuthClient = SupabaseClient['auth']

export interface AuthClientOptions {
  supabaseUrl: string
  publishableKey: string
  /** Of this site. */
  origin: string
  jar: CookieJar
  /** Headers that must go out with changed cookies, so that no proxy keeps them for somebody else. */
  setHeaders: (headers: Record<string, string>) => void
  /** For a session that is not the one people are signed in with. Default: that one. */
  cookieName?: string
  /** Seconds that the cookies live. */
  maxAge?: number
}

/** Nobody waits longer for an answer of Auth. */
const timeoutMs = 10_000

/**
 * Makes the client with which people sign up, in and out. Make a new one for each request. What it says about the
 * current session comes from cookies and proves nothing.
 */
export function createAuthClient(options: AuthClientOptions): AuthClient {
  const key = options.cookieName ?? sessionCookieName(options.origin)
  const common = cookieOptions(options.origin)
  const { auth } = createServerClient(options.supabaseUrl, options.publishableKey, {
    cookieOptions: { ...common, name: key },
    global: { fetch: (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(timeoutMs) }) },
    cookies: {
      encode: 'tokens-only',
      getAll: () => options.jar.getAll(),
      setAll(cookies, headers) {
        // The client also keeps what only sign-in by links of its own would need; there is none here.
        for (const { name, value, options: given } of cookies.filter((cookie) =>
          isChunkLike(cookie.name, key),
        )) {
          const maxAge = given.maxAge === 0 ? 0 : (options.maxAge ?? common.maxAge)
          options.jar.set(name, value, { ...common, maxAge })
        }
        options.setHeaders(headers)
      },
    },
  })
  return auth
}
