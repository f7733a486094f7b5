import {
  combineChunks,
  createChunks,
  isChunkLike,
  stringFromBase64URL,
  stringToBase64URL,
} from '@supabase/ssr'
import { z } from 'zod'
import type { SessionTokens } from './refresh-session.ts'

export interface CookieOptions {
  path: string
  httpOnly: boolean
  sameSite: 'lax'
  secure: boolean
  /** Seconds. */
  maxAge: number
}

/** The cookies of one request and its answer. SvelteKit's own fit. */
export interface CookieJar {
  getAll(): { name: string; value: string }[]
  set(name: string, value: string, options: CookieOptions): void
}

/** The longest that browsers keep a cookie; Auth decides when the session itself ends. */
const longestAge = 400 * 24 * 60 * 60

const encodedPrefix = 'base64-'

const storedSession = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1),
})

/**
 * The name of the session's cookie. Cookies know no ports: the port is in the name, so that two copies on one machine
 * do not sign each other out. Where the origin is https, browsers themselves hold the cookie to this very host.
 */
export function sessionCookieName(origin: string): string {
  const { protocol, port } = new URL(origin)
  const name = port === '' ? 'my21staff-session' : `my21staff-session-${port}`
  return protocol === 'https:' ? `__Host-${name}` : name
}

/** Options of every cookie that the server keeps for itself. */
export function cookieOptions(origin: string): CookieOptions {
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: new URL(origin).protocol === 'https:',
    maxAge: longestAge,
  }
}

/** What the browser says its session is. Proves nothing: verify the access token. Null when there is none. */
export async function readSession(
  jar: CookieJar,
  origin: string,
): Promise<Pick<SessionTokens, 'accessToken' | 'refreshToken'> | null> {
  const cookies = new Map(jar.getAll().map(({ name, value }) => [name, value]))
  const encoded = await combineChunks(sessionCookieName(origin), (name) => cookies.get(name))
  if (!encoded?.startsWith(encodedPrefix)) return null
  try {
    const text = stringFromBase64URL(encoded.slice(encodedPrefix.length))
    const { access_token, refresh_token } = storedSession.parse(JSON.parse(text))
    return { accessToken: access_token, refreshToken: refresh_token }
  } catch {
    return null
  }
}

/** Writes a session in the form that `@supabase/ssr` reads, tokens only. */
export function writeSession(jar: CookieJar, origin: string, tokens: SessionTokens): void {
  const stored = {
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    expires_at: tokens.expiresAt,
    expires_in: Math.max(0, tokens.expiresAt - Math.floor(Date.now() / 1000)),
    token_type: 'bearer',
  }
  const encoded = encodedPrefix + stringToBase64URL(JSON.stringify(stored))
  const chunks = createChunks(sessionCookieName(origin), encoded)
  clearSession(
    jar,
    origin,
    chunks.map(({ name }) => name),
  )
  for (const { name, value } of chunks) jar.set(name, value, cookieOptions(origin))
}

/** Removes the session's cookies that the browser holds, except those named. */
export function clearSession(jar: CookieJar, origin: string, except: string[] = []): void {
  const key = sessionCookieName(origin)
  for (const { name } of jar.getAll()) {
    if (isChunkLike(name, key) && !except.includes(name)) {
      jar.set(name, '', { ...cookieOptions(origin), maxAge: 0 })
    }
  }
}
