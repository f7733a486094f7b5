import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startAuthProxy, type AuthProxy } from '../support/auth-proxy.ts'
import { startTestStack, type TestStack } from '../support/embedded-stack.ts'
import { queryOnce } from '../support/query.ts'
import { setExpiry, tokensOf } from '../support/session-clock.ts'
import { createWorkspaceAs, signUpVisitor, Visitor } from '../support/visitor.ts'
import { startWebProcess, type WebProcess } from '../support/web-process.ts'

const refresh = 'POST /auth/v1/token'
let stack: TestStack
let auth: AuthProxy
let web: WebProcess
let visitor: Visitor
let page: string

beforeAll(async () => {
  stack = await startTestStack()
  auth = await startAuthProxy(stack.apiUrl)
  web = await startWebProcess(stack, { SUPABASE_URL: auth.url })
})

afterAll(async () => {
  await web.stop()
  await auth.close()
  await stack.remove()
})

let people = 0
beforeEach(async () => {
  people += 1
  auth.isDown = false
  ;({ visitor } = await signUpVisitor(web.origin, `Member ${people}`))
  page = `/w/${await createWorkspaceAs(visitor, 'Shop')}/inbox`
  auth.requests.length = 0
})

/** As if the token had been used so many seconds earlier. */
function ageUse(token: string, seconds: number) {
  return queryOnce(
    stack.adminUrl,
    `update auth.refresh_tokens set updated_at = updated_at - make_interval(secs => $2) where token = $1`,
    [token, seconds],
  )
}

test('twenty pages ask nothing of Auth', async () => {
  for (let load = 0; load < 20; load++) expect((await visitor.get(page)).status).toBe(200)
  expect(auth.requests).toEqual([])
})

describe('at the moment of expiry', () => {
  test('ten parallel loads in two tabs renew the session once, and keep it', async () => {
    await setExpiry(visitor, stack.jwtSecret, -60)
    const before = await tokensOf(visitor)
    const tabs = [visitor.copy(), visitor.copy()]
    const answers = await Promise.all(tabs.flatMap((tab) => Array.from({ length: 10 }, () => tab.get(page))))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200))
    expect(auth.requests).toEqual([refresh])

    const [first, second] = await Promise.all(tabs.map(tokensOf))
    expect(first).toEqual(second)
    expect(first?.refreshToken).not.toBe(before.refreshToken)
    // What was renewed can be renewed again: nothing used the new token up unseen.
    const [tab] = tabs
    if (tab === undefined) throw new Error('no tab')
    await setExpiry(tab, stack.jwtSecret, -60)
    expect((await tab.get(page)).status).toBe(200)
    expect(auth.requests).toEqual([refresh, refresh])
  })

  test('a late request with the old cookie gets the same session and asks nobody', async () => {
    await setExpiry(visitor, stack.jwtSecret, -60)
    const late = visitor.copy()
    expect((await visitor.get(page)).status).toBe(200)
    expect((await late.get(page)).status).toBe(200)
    expect(await tokensOf(late)).toEqual(await tokensOf(visitor))
    expect(auth.requests).toEqual([refresh])
  })

  test('a second web process that has the old cookie keeps the session too', async () => {
    const second = await startWebProcess(stack, { SUPABASE_URL: auth.url, ORIGIN: web.origin })
    try {
      await setExpiry(visitor, stack.jwtSecret, -60)
      const answers = await Promise.all([visitor.get(page), visitor.copy(second.origin).get(page)])
      expect(answers.map(({ status }) => status)).toEqual([200, 200])
      expect(auth.requests).toEqual([refresh, refresh])
      await setExpiry(visitor, stack.jwtSecret, -60)
      expect((await visitor.get(page)).status).toBe(200)
    } finally {
      await second.stop()
    }
  })

  test('a form that is sent too late is taken all the same', async () => {
    await setExpiry(visitor, stack.jwtSecret, -60)
    expect(await createWorkspaceAs(visitor, 'Second shop')).toMatch(/^second-shop-/)
  })

  test('tokens are renewed shortly before they end', async () => {
    await setExpiry(visitor, stack.jwtSecret, 60)
    expect((await visitor.get(page)).status).toBe(200)
    expect(auth.requests).toEqual([refresh])
    await setExpiry(visitor, stack.jwtSecret, 600)
    expect((await visitor.get(page)).status).toBe(200)
    expect(auth.requests).toEqual([refresh])
  })
})

describe('a session that Auth refuses', () => {
  test('is signed out cleanly, with the way back', async () => {
    await setExpiry(visitor, stack.jwtSecret, -60)
    await queryOnce(stack.adminUrl, 'delete from auth.sessions')
    const answer = await visitor.get(`${page}?filter=mine`)
    expect(answer.status).toBe(303)
    expect(answer.location).toBe(`/sign-in?next=${encodeURIComponent(`${page}?filter=mine`)}`)
    expect([...visitor.cookies.keys()].filter((name) => name.includes('session'))).toEqual([])
    expect((await visitor.get('/sign-in')).status).toBe(200)
  })

  test('is one whose refresh token was used more than ten seconds ago', async () => {
    await setExpiry(visitor, stack.jwtSecret, -60)
    const stolen = new Map(visitor.cookies)
    const { refreshToken } = await tokensOf(visitor)
    expect((await visitor.get(page)).status).toBe(200)
    await ageUse(refreshToken, 11)
    // Another process, which did not see the exchange: this is what a stolen cookie would meet.
    const second = await startWebProcess(stack, { SUPABASE_URL: auth.url, ORIGIN: web.origin })
    try {
      const answer = await new Visitor(second.origin, stolen).get(page)
      expect(answer.status).toBe(303)
      expect(answer.location).toContain('/sign-in?next=')
    } finally {
      await second.stop()
    }
  })

  test('does not come back through a late request after signing out', async () => {
    await setExpiry(visitor, stack.jwtSecret, -60)
    const late = visitor.copy()
    expect((await visitor.get(page)).status).toBe(200)
    expect((await visitor.post('/sign-out')).location).toBe('/sign-in')
    expect((await late.get(page)).status).toBe(303)
    expect([...late.cookies.keys()].filter((name) => name.includes('session'))).toEqual([])
  })
})

describe('while Auth cannot be reached', () => {
  test('nobody is signed out: a page to try again, and the session goes on afterwards', async () => {
    await setExpiry(visitor, stack.jwtSecret, -60)
    auth.isDown = true
    const answer = await visitor.get(page)
    expect(answer.status).toBe(503)
    expect(answer.text).toContain('Try again')
    expect((await visitor.get('/session/realtime-token')).status).toBe(503)
    await tokensOf(visitor)
    auth.isDown = false
    expect((await visitor.get(page)).status).toBe(200)
  })

  test('members with a valid token notice nothing', async () => {
    auth.isDown = true
    expect((await visitor.get(page)).status).toBe(200)
    await setExpiry(visitor, stack.jwtSecret, 20)
    expect((await visitor.get(page)).status).toBe(200)
  })

  test('one can sign out', async () => {
    auth.isDown = true
    expect((await visitor.post('/sign-out')).location).toBe('/sign-in')
    auth.isDown = false
    expect((await visitor.get(page)).location).toContain('/sign-in')
  })

  test('signing in says so, and that it is nobody’s fault', async () => {
    await visitor.post('/sign-out')
    auth.isDown = true
    const answer = await visitor.post('/sign-in', {
      email: 'member-1@example.com',
      password: 'a long enough password',
    })
    expect(answer.status).toBe(503)
    expect(answer.text).toContain('Try again in a moment')
  })
})

describe('forged cookies', () => {
  test('are worth nothing, and ask nothing of Auth', async () => {
    await setExpiry(visitor, 'another secret that is long enough for HS256', 3600)
    const answer = await visitor.get(page)
    expect(answer.status).toBe(303)
    expect([...visitor.cookies.keys()].filter((name) => name.includes('session'))).toEqual([])
    expect(auth.requests).toEqual([])
  })
})

describe('the realtime token', () => {
  test('is the member’s own, lives on for more than a minute, and is kept nowhere', async () => {
    await setExpiry(visitor, stack.jwtSecret, 61)
    const answer = await visitor.get('/session/realtime-token', { accept: 'application/json' })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toContain('no-store')
    const { token, expiresAt } = JSON.parse(answer.text) as { token: string; expiresAt: string }
    expect(token).toBe((await tokensOf(visitor)).accessToken)
    expect(Date.parse(expiresAt) - Date.now()).toBeGreaterThan(60_000)
    expect(auth.requests).toEqual([refresh])
  })

  test('is refused as JSON to whoever is not signed in', async () => {
    await visitor.post('/sign-out')
    const answer = await visitor.get('/session/realtime-token', { accept: 'application/json' })
    expect(answer.status).toBe(401)
    expect(JSON.parse(answer.text)).toEqual({ message: 'Sign in again' })
    expect(answer.headers.get('cache-control')).toContain('no-store')
  })
})
