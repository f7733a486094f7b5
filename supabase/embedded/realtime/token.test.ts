import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { TokenRefused, TokenVerifier } from './token.ts'

const secret = 'a secret'
const now = 1_000_000_000_000
const verifier = new TokenVerifier(
  secret,
  { publishable: 'sb_publishable_a', secret: 'sb_secret_b' },
  () => now,
)
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function sign(claims: unknown, header: unknown = { alg: 'HS256' }, hash = 'sha256') {
  const body = `${encode(header)}.${encode(claims)}`
  return `${body}.${createHmac(hash, secret).update(body).digest('base64url')}`
}

function refuse(token: string): { fault: string; message: string } {
  try {
    verifier.readToken(token)
  } catch (error) {
    if (error instanceof TokenRefused) return { fault: error.fault, message: error.message }
  }
  return expect.unreachable('it was accepted')
}

describe('readToken', () => {
  it('reads the claims of a token that is signed and has not expired', () => {
    const claims = { role: 'authenticated', exp: 1_000_000_001, sub: 'someone' }
    expect(verifier.readToken(sign(claims))).toEqual(claims)
    expect(verifier.readToken(sign(claims, { alg: 'HS512', kid: 'any' }, 'sha512'))).toEqual(claims)
  })

  it.each([
    ['', 'malformed'],
    ['potato', 'malformed'],
    ['a.b.c', 'malformed'],
    [`${sign({ role: 'a', exp: 2e9 })}.more`, 'malformed'],
    [sign('text'), 'malformed'],
    [sign({ role: 'a', exp: 2e9 }, {}), 'malformed'],
    [sign({ role: 'a', exp: 2e9 }, { alg: 'none' }), 'unsupported'],
    [sign({ role: 'a', exp: 2e9 }, { alg: 'RS256' }), 'unsupported'],
    [`${encode({ alg: 'HS256' })}.${encode({ role: 'a', exp: 2e9 })}.`, 'signature'],
    [sign({ role: 'a', exp: 2e9 }, { alg: 'HS256' }, 'sha512'), 'signature'],
    [sign({ role: 'a' }), 'claims'],
    [sign({ exp: 2e9 }), 'claims'],
    [sign({ role: 'a', exp: '2000000000' }), 'claims'],
  ])('refuses %j as %s', (token, fault) => {
    expect(refuse(token).fault).toBe(fault)
  })

  it('says how long ago a token expired', () => {
    const message = 'Token has expired 5 seconds ago'
    expect(refuse(sign({ role: 'a', exp: 999_999_995 }))).toEqual({ fault: 'expired', message })
    expect(refuse(sign({ role: 'a', exp: 1_000_000_000 })).message).toBe('Token has expired 0 seconds ago')
  })
})

describe('readApiKey', () => {
  it('knows the keys of the project', () => {
    expect(verifier.readApiKey('sb_publishable_a').role).toBe('anon')
    expect(verifier.readApiKey('sb_secret_b').role).toBe('service_role')
    expect(verifier.readApiKey(sign({ role: 'anon', exp: 2e9 })).role).toBe('anon')
    expect(() => verifier.readApiKey('sb_secret_a')).toThrow(TokenRefused)
  })
})
