import { describe, expect, it } from 'vitest'
import type { RefreshOutcome, SessionTokens } from './refresh-session.ts'
import { resolveSession } from './resolve-session.ts'
import { readSession, sessionCookieName, writeSession, type CookieOptions } from './session-cookies.ts'
import type { TokenVerdict } from './verify-token.ts'

const origin = 'http://127.0.0.1:3000'
const now = 1_800_000_000_000
const claims = (secondsLeft: number) => ({ sub: 'user', exp: now / 1000 + secondsLeft })
const renewed: SessionTokens = {
  accessToken: 'new',
  refreshToken: 'new-refresh',
  expiresAt: now / 1000 + 3600,
}

/** A browser with a session, and an Auth that gives the answers asked for. */
function setUp(held: TokenVerdict, outcome: RefreshOutcome = { kind: 'refreshed', tokens: renewed }) {
  const values = new Map<string, string>()
  const jar = {
    getAll: () => [...values].map(([name, value]) => ({ name, value })),
    set(name: string, value: string, options: CookieOptions) {
      if (options.maxAge === 0) values.delete(name)
      else values.set(name, value)
    },
  }
  writeSession(jar, origin, { accessToken: 'held', refreshToken: 'held-refresh', expiresAt: 0 })
  const exchanged: string[] = []
  const resolve = () =>
    resolveSession(jar, {
      origin,
      now: () => now,
      verifyToken: (token) =>
        Promise.resolve(token === 'held' ? held : { kind: 'valid' as const, claims: claims(3600) }),
      refresher: {
        exchange(token) {
          exchanged.push(token)
          return Promise.resolve(outcome)
        },
        forget: () => undefined,
      },
    })
  return { jar, values, exchanged, resolve }
}

describe('resolveSession', () => {
  it('believes a valid token without asking Auth', async () => {
    const { exchanged, resolve } = setUp({ kind: 'valid', claims: claims(90) })
    expect(await resolve()).toEqual({ kind: 'signed_in', claims: claims(90), accessToken: 'held' })
    expect(exchanged).toEqual([])
  })

  it.each([
    ['over', { kind: 'expired' } as const],
    ['about to end', { kind: 'valid', claims: claims(89) } as const],
  ])('renews a token that is %s, and keeps the new one', async (_name, verdict) => {
    const { jar, exchanged, resolve } = setUp(verdict)
    expect(await resolve()).toEqual({ kind: 'signed_in', claims: claims(3600), accessToken: 'new' })
    expect(exchanged).toEqual(['held-refresh'])
    expect(await readSession(jar, origin)).toEqual({ accessToken: 'new', refreshToken: 'new-refresh' })
  })

  it('signs out and clears the cookies when Auth refuses the session', async () => {
    const { values, resolve } = setUp({ kind: 'expired' }, { kind: 'refused' })
    expect(await resolve()).toEqual({ kind: 'signed_out' })
    expect(values.size).toBe(0)
  })

  it('signs out without asking Auth when the token is forged', async () => {
    const { values, exchanged, resolve } = setUp({ kind: 'invalid' })
    expect(await resolve()).toEqual({ kind: 'signed_out' })
    expect(values.size).toBe(0)
    expect(exchanged).toEqual([])
  })

  it('goes on with a valid token while Auth is down', async () => {
    const { values, resolve } = setUp({ kind: 'valid', claims: claims(20) }, { kind: 'unavailable' })
    expect(await resolve()).toEqual({ kind: 'signed_in', claims: claims(20), accessToken: 'held' })
    expect(values.size).toBe(1)
  })

  it.each([
    ['the token is over', { kind: 'expired' } as const],
    ['the keys cannot be fetched', { kind: 'unavailable' } as const],
  ])('signs nobody out when Auth is down and %s', async (_name, verdict) => {
    const { values, resolve } = setUp(verdict, { kind: 'unavailable' })
    expect(await resolve()).toEqual({ kind: 'unavailable' })
    expect(values.size).toBe(1)
  })

  it('clears cookies that hold no session', async () => {
    const { values, resolve } = setUp({ kind: 'expired' })
    values.set(sessionCookieName(origin), 'rubbish')
    expect(await resolve()).toEqual({ kind: 'signed_out' })
    expect(values.size).toBe(0)
  })
})
