import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { createTokenVerifier } from './verify-token.ts'

const supabaseUrl = 'https://project.example'
const issuer = `${supabaseUrl}/auth/v1`
const userId = '7f1d2c1e-5d0a-4a5b-9c7e-0d2f6a1b3c4d'
const jwtSecret = 'a-shared-secret-of-thirty-two-bytes-at-least'
const secretKey = new TextEncoder().encode(jwtSecret)

let first: { publicJwk: JWK; privateKey: CryptoKey }
let second: typeof first
beforeAll(async () => {
  first = await makeKey('first')
  second = await makeKey('second')
})

async function makeKey(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { publicJwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256' }, privateKey }
}

function token(claims: Record<string, unknown> = {}) {
  return new SignJWT({
    sub: userId,
    aud: 'authenticated',
    role: 'authenticated',
    iss: issuer,
    email: 'a@b.example',
    ...claims,
  })
    .setIssuedAt()
    .setExpirationTime('1h')
}

const signed = (claims?: Record<string, unknown>, key = first) =>
  token(claims)
    .setProtectedHeader({ alg: 'ES256', kid: key.publicJwk.kid ?? '' })
    .sign(key.privateKey)
const signedWithSecret = (claims?: Record<string, unknown>, key = secretKey) =>
  token(claims).setProtectedHeader({ alg: 'HS256' }).sign(key)

/** Auth's key set, as a function that counts how often it is asked. */
function keyServer(keys: () => JWK[]) {
  const server = { asked: 0, isDown: false, fetch: (() => undefined) as unknown as typeof fetch }
  server.fetch = () => {
    server.asked += 1
    if (server.isDown) return Promise.reject(new TypeError('fetch failed'))
    return Promise.resolve(Response.json({ keys: keys() }))
  }
  return server
}

describe('a project with a key set', () => {
  it('accepts a genuine token and hands out what the database needs of it', async () => {
    const verify = createTokenVerifier({ supabaseUrl, fetch: keyServer(() => [first.publicJwk]).fetch })
    const verdict = await verify(await signed({ session_id: 'some-session', user_metadata: { name: 'x' } }))
    expect(verdict).toEqual({
      kind: 'valid',
      claims: { sub: userId, email: 'a@b.example', session_id: 'some-session', exp: expect.any(Number) },
    })
  })

  it('asks for the keys once, however many tokens come', async () => {
    const server = keyServer(() => [first.publicJwk])
    const verify = createTokenVerifier({ supabaseUrl, fetch: server.fetch })
    const tokens = await Promise.all(Array.from({ length: 20 }, () => signed()))
    const verdicts = await Promise.all(tokens.map(verify))
    expect(verdicts.filter(({ kind }) => kind === 'valid')).toHaveLength(20)
    expect(server.asked).toBe(1)
  })

  it.each([
    ['another audience', { aud: 'other' }],
    ['another issuer', { iss: 'https://elsewhere.example/auth/v1' }],
    ['no issuer', { iss: undefined }],
    ['the service role', { role: 'service_role' }],
    ['a subject that is no user', { sub: 'somebody' }],
    ['no subject', { sub: undefined }],
  ])('refuses %s', async (_name, claims) => {
    const verify = createTokenVerifier({ supabaseUrl, fetch: keyServer(() => [first.publicJwk]).fetch })
    expect(await verify(await signed(claims))).toEqual({ kind: 'invalid' })
  })

  it('tells an expired token from a forged one, with a few seconds of leeway', async () => {
    let now = Date.now()
    const verify = createTokenVerifier({
      supabaseUrl,
      fetch: keyServer(() => [first.publicJwk]).fetch,
      now: () => now,
    })
    const old = await signed()
    now += 3_603_000
    expect((await verify(old)).kind).toBe('valid')
    now += 10_000
    expect(await verify(old)).toEqual({ kind: 'expired' })
    const [header = '', , signature = ''] = old.split('.')
    const forged = Buffer.from(JSON.stringify({ sub: userId, exp: 1 })).toString('base64url')
    expect(await verify(`${header}.${forged}.${signature}`)).toEqual({ kind: 'invalid' })
  })

  it('refuses what is signed with the public key as a shared secret, unsigned tokens and rubbish', async () => {
    const verify = createTokenVerifier({ supabaseUrl, fetch: keyServer(() => [first.publicJwk]).fetch })
    const confused = await signedWithSecret({}, new TextEncoder().encode(JSON.stringify(first.publicJwk)))
    const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await signed()).split('.')[1] ?? ''}.`
    for (const bad of [confused, unsigned, '', 'a.b.c', 'rubbish']) {
      expect(await verify(bad)).toEqual({ kind: 'invalid' })
    }
  })

  it('fetches the keys again when a token names a new one, but not for every made-up name', async () => {
    let now = Date.now()
    let keys = [first.publicJwk]
    const server = keyServer(() => keys)
    const verify = createTokenVerifier({ supabaseUrl, fetch: server.fetch, now: () => now })
    expect((await verify(await signed())).kind).toBe('valid')
    keys = [first.publicJwk, second.publicJwk]
    expect(await verify(await signed({}, second))).toEqual({ kind: 'invalid' })
    expect(server.asked).toBe(1)
    now += 31_000
    expect((await verify(await signed({}, second))).kind).toBe('valid')
    expect(server.asked).toBe(2)
  })

  it('goes on with its keys while Auth is down, and forgets a revoked one when it is back', async () => {
    let now = Date.now()
    let keys = [first.publicJwk]
    const server = keyServer(() => keys)
    const verify = createTokenVerifier({ supabaseUrl, fetch: server.fetch, now: () => now })
    const held = await signed()
    expect((await verify(held)).kind).toBe('valid')
    server.isDown = true
    now += 11 * 60_000
    expect((await verify(held)).kind).toBe('valid')
    expect((await verify(held)).kind).toBe('valid')
    expect(server.asked).toBe(2)
    server.isDown = false
    keys = [second.publicJwk]
    now += 11 * 60_000
    await expect.poll(async () => (await verify(held)).kind).toBe('invalid')
  })

  it('cannot tell while the keys were never fetched', async () => {
    const server = keyServer(() => [first.publicJwk])
    server.isDown = true
    const verify = createTokenVerifier({ supabaseUrl, fetch: server.fetch })
    const held = await signed()
    expect(await verify(held)).toEqual({ kind: 'unavailable' })
    server.isDown = false
    expect((await verify(held)).kind).toBe('valid')
  })
})

describe('a project with a shared secret', () => {
  it('accepts its tokens with and without issuer, and asks nobody', async () => {
    const server = keyServer(() => [])
    const verify = createTokenVerifier({ supabaseUrl, jwtSecret, fetch: server.fetch })
    expect((await verify(await signedWithSecret())).kind).toBe('valid')
    expect((await verify(await signedWithSecret({ iss: undefined }))).kind).toBe('valid')
    expect(server.asked).toBe(0)
  })

  it('refuses another secret, another issuer and a token of a stranger’s key', async () => {
    const verify = createTokenVerifier({ supabaseUrl, jwtSecret, fetch: keyServer(() => []).fetch })
    const other = new TextEncoder().encode('another-shared-secret-of-32-bytes-or-more')
    expect(await verify(await signedWithSecret({}, other))).toEqual({ kind: 'invalid' })
    expect(await verify(await signedWithSecret({ iss: 'https://elsewhere.example' }))).toEqual({
      kind: 'invalid',
    })
    expect(await verify(await signed())).toEqual({ kind: 'invalid' })
  })
})
