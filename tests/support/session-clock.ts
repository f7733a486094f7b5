import { SignJWT } from 'jose'
import { readSession, writeSession, type CookieJar } from '../../src/lib/server/session/session-cookies.ts'
import type { Visitor } from './visitor.ts'

function jarOf(visitor: Visitor): CookieJar {
  return {
    getAll: () => [...visitor.cookies].map(([name, value]) => ({ name, value: decodeURIComponent(value) })),
    set(name, value, { maxAge }) {
      if (maxAge === 0) visitor.cookies.delete(name)
      else visitor.cookies.set(name, encodeURIComponent(value))
    },
  }
}

/** The tokens in a visitor's cookies. */
export async function tokensOf(visitor: Visitor): Promise<{ accessToken: string; refreshToken: string }> {
  const session = await readSession(jarOf(visitor), visitor.origin)
  if (session === null) throw new Error('The visitor has no session.')
  return session
}

/**
 * Lets a visitor's access token end in so many seconds, or so many ago: the same claims, signed by the project's own
 * secret, with another expiry. The refresh token stays as Auth gave it.
 */
export async function setExpiry(visitor: Visitor, jwtSecret: string, secondsFromNow: number): Promise<void> {
  const { accessToken, refreshToken } = await tokensOf(visitor)
  const claims = JSON.parse(Buffer.from(accessToken.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >
  const expiresAt = Math.floor(Date.now() / 1000) + secondsFromNow
  const changed = await new SignJWT({ ...claims, exp: expiresAt })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(new TextEncoder().encode(jwtSecret))
  writeSession(jarOf(visitor), visitor.origin, { accessToken: changed, refreshToken, expiresAt })
}
