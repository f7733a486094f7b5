import { describe, expect, it } from 'vitest'
import { createSessionRefresher } from './refresh-session.ts'

/** Auth's token endpoint: hands out `<token>+`, and counts what it is asked. */
function authServer() {
  const server = {
    asked: [] as string[],
    answer: undefined as Response | undefined,
    isDown: false,
    /** Resolves when Auth may answer. */
    gate: Promise.resolve(),
    fetch: undefined as unknown as typeof fetch,
  }
  server.fetch = async (_url, init) => {
    const { refresh_token } = JSON.parse(String(init?.body)) as { refresh_token: string }
    server.asked.push(refresh_token)
    await server.gate
    if (server.isDown) throw new TypeError('fetch failed')
    return (
      server.answer?.clone() ??
      Response.json({
        access_token: 'access',
        refresh_token: `${refresh_token}+`,
        expires_in: 3600,
        expires_at: 5,
      })
    )
  }
  return server
}

function setUp(options: { most?: number } = {}) {
  const server = authServer()
  const clock = { now: 1_000_000 }
  const refresher = createSessionRefresher({
    supabaseUrl: 'http://auth.example/',
    publishableKey: 'key',
    fetch: server.fetch,
    now: () => clock.now,
    ...options,
  })
  return { server, clock, refresher }
}

const refreshed = (refreshToken: string) => ({
  kind: 'refreshed',
  tokens: { accessToken: 'access', refreshToken, expiresAt: 5 },
})

describe('exchange', () => {
  it('asks once for all requests at the same time', async () => {
    const { server, refresher } = setUp()
    const outcomes = await Promise.all(Array.from({ length: 10 }, () => refresher.exchange('old')))
    expect(server.asked).toEqual(['old'])
    expect(outcomes).toEqual(Array.from({ length: 10 }, () => refreshed('old+')))
  })

  it('gives late requests with the old token the same answer, for ten seconds', async () => {
    const { server, clock, refresher } = setUp()
    await refresher.exchange('old')
    clock.now += 9_999
    expect(await refresher.exchange('old')).toEqual(refreshed('old+'))
    expect(server.asked).toEqual(['old'])
    clock.now += 1
    await refresher.exchange('old')
    expect(server.asked).toEqual(['old', 'old'])
  })

  it('keeps sessions apart', async () => {
    const { refresher } = setUp()
    const [a, b] = await Promise.all([refresher.exchange('a'), refresher.exchange('b')])
    expect([a, b]).toEqual([refreshed('a+'), refreshed('b+')])
  })

  it('remembers that a token was refused', async () => {
    const { server, refresher } = setUp()
    server.answer = Response.json({ code: 'refresh_token_not_found' }, { status: 400 })
    expect(await refresher.exchange('old')).toEqual({ kind: 'refused' })
    expect(await refresher.exchange('old')).toEqual({ kind: 'refused' })
    expect(server.asked).toEqual(['old'])
  })

  it.each([
    [400, { error_code: 'refresh_token_already_used', msg: 'Invalid Refresh Token: Already Used' }],
    [403, { code: 'session_not_found' }],
    [400, { error: 'invalid_grant' }],
  ])('takes %i %o as a refusal', async (status, body) => {
    const { server, refresher } = setUp()
    server.answer = Response.json(body, { status })
    expect(await refresher.exchange('old')).toEqual({ kind: 'refused' })
  })

  it.each([
    [401, { message: 'Invalid API key' }],
    [429, { code: 'over_request_rate_limit' }],
    [500, { code: 'unexpected_failure' }],
    [200, { access_token: 'without the rest' }],
  ])('signs nobody out for %i %o, and asks again', async (status, body) => {
    const { server, refresher } = setUp()
    server.answer = Response.json(body, { status })
    expect(await refresher.exchange('old')).toEqual({ kind: 'unavailable' })
    server.answer = undefined
    expect(await refresher.exchange('old')).toEqual(refreshed('old+'))
  })

  it('signs nobody out while Auth is down or answers with a page', async () => {
    const { server, refresher } = setUp()
    server.isDown = true
    expect(await refresher.exchange('old')).toEqual({ kind: 'unavailable' })
    server.isDown = false
    server.answer = new Response('<h1>Bad gateway</h1>', { status: 502 })
    expect(await refresher.exchange('old')).toEqual({ kind: 'unavailable' })
  })

  it('holds a bounded number of answers, and gives the oldest up first', async () => {
    const { server, refresher } = setUp({ most: 3 })
    for (const token of ['a', 'b', 'c', 'd']) await refresher.exchange(token)
    server.asked.length = 0
    await refresher.exchange('d')
    await refresher.exchange('c')
    expect(server.asked).toEqual([])
    await refresher.exchange('a')
    expect(server.asked).toEqual(['a'])
  })

  it('takes on no more than it can hold while Auth is slow, but shares what runs', async () => {
    const { server, refresher } = setUp({ most: 2 })
    const { promise, resolve } = Promise.withResolvers<undefined>()
    server.gate = promise.then(() => undefined)
    const running = [refresher.exchange('a'), refresher.exchange('b'), refresher.exchange('a')]
    expect(await refresher.exchange('c')).toEqual({ kind: 'unavailable' })
    resolve(undefined)
    expect(await Promise.all(running)).toEqual([refreshed('a+'), refreshed('b+'), refreshed('a+')])
    expect(server.asked).toEqual(['a', 'b'])
  })
})

describe('forget', () => {
  it('does not bring a session back for a late request after its sign-out', async () => {
    const { server, refresher } = setUp()
    await refresher.exchange('old')
    refresher.forget('old+')
    server.answer = Response.json({ code: 'refresh_token_not_found' }, { status: 400 })
    expect(await refresher.exchange('old')).toEqual({ kind: 'refused' })
  })
})
