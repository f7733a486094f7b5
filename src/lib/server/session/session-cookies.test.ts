import { createServerClient } from '@supabase/ssr'
import { describe, expect, it } from 'vitest'
import {
  clearSession,
  readSession,
  sessionCookieName,
  writeSession,
  type CookieOptions,
} from './session-cookies.ts'

const origin = 'http://127.0.0.1:3000'

/** A browser's cookies, as far as they matter here. */
function cookieJar(initial: Record<string, string> = {}) {
  const values = new Map(Object.entries(initial))
  const written: { name: string; options: CookieOptions }[] = []
  return {
    values,
    written,
    getAll: () => [...values].map(([name, value]) => ({ name, value })),
    set(name: string, value: string, options: CookieOptions) {
      written.push({ name, options })
      if (options.maxAge === 0) values.delete(name)
      else values.set(name, value)
    },
  }
}

const tokens = (length: number) => ({
  accessToken: 'a'.repeat(length),
  refreshToken: 'r'.repeat(22),
  expiresAt: Math.floor(Date.now() / 1000) + 3600,
})

describe('the session in cookies', () => {
  it.each([[200], [9_000]])('reads what it wrote, with an access token of %i characters', async (length) => {
    const jar = cookieJar()
    writeSession(jar, origin, tokens(length))
    expect(await readSession(jar, origin)).toEqual({
      accessToken: 'a'.repeat(length),
      refreshToken: 'r'.repeat(22),
    })
    for (const [, value] of jar.values) expect(value.length).toBeLessThan(4_000)
  })

  it('leaves nothing of a longer session behind a shorter one', async () => {
    const jar = cookieJar({ other: 'kept' })
    writeSession(jar, origin, tokens(9_000))
    writeSession(jar, origin, tokens(200))
    expect([...jar.values.keys()]).toEqual(['other', sessionCookieName(origin)])
    expect((await readSession(jar, origin))?.accessToken).toHaveLength(200)
    clearSession(jar, origin)
    expect([...jar.values.keys()]).toEqual(['other'])
  })

  it('is read by the Auth client of @supabase/ssr', async () => {
    const jar = cookieJar()
    const written = tokens(6_000)
    writeSession(jar, origin, written)
    const { auth } = createServerClient('http://127.0.0.1:1', 'key', {
      cookieOptions: { name: sessionCookieName(origin) },
      cookies: { encode: 'tokens-only', getAll: jar.getAll, setAll: () => undefined },
    })
    const { data } = await auth.getSession()
    expect(data.session?.access_token).toBe(written.accessToken)
    expect(data.session?.refresh_token).toBe(written.refreshToken)
    expect(data.session?.expires_at).toBe(written.expiresAt)
  })

  it('is out of reach for scripts and other sites, and for http where the site has https', () => {
    const jar = cookieJar()
    writeSession(jar, origin, tokens(200))
    expect(jar.written[0]?.options).toMatchObject({
      httpOnly: true,
      sameSite: 'lax',
      secure: false,
      path: '/',
    })
    writeSession(jar, 'https://crm.example', tokens(200))
    expect(jar.written[1]).toMatchObject({
      name: '__Host-my21staff-session',
      options: { secure: true, path: '/' },
    })
  })

  it('has another name for another port of the same machine', () => {
    expect(sessionCookieName('http://127.0.0.1:3000')).not.toBe(sessionCookieName('http://127.0.0.1:3001'))
  })

  it.each([
    ['nothing', ''],
    ['text', 'hello'],
    ['broken encoding', 'base64-%%%'],
    ['no JSON', 'base64-aGVsbG8'],
    ['another shape', `base64-${Buffer.from('{"user":1}').toString('base64url')}`],
  ])('takes %s for no session', async (_name, value) => {
    expect(await readSession(cookieJar({ [sessionCookieName(origin)]: value }), origin)).toBeNull()
  })
})
