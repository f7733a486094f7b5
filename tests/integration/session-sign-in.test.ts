import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestStack, type TestStack } from '../support/embedded-stack.ts'
import { queryOnce } from '../support/query.ts'
import { createWorkspaceAs, signUpVisitor, Visitor } from '../support/visitor.ts'
import { startWebProcess, type WebProcess } from '../support/web-process.ts'

let stack: TestStack
let web: WebProcess
let invited: WebProcess

beforeAll(async () => {
  stack = await startTestStack()
  web = await startWebProcess(stack)
  invited = await startWebProcess(stack, { SIGN_UP: 'invited' })
})

afterAll(async () => {
  await web.stop()
  await invited.stop()
  await stack.remove()
})

function sessionCookie(visitor: Visitor) {
  return [...visitor.cookies.keys()].find((name) => name.startsWith('my21staff-session'))
}

describe('signing up', () => {
  test('leads to the first workspace and its inbox', async () => {
    const { visitor } = await signUpVisitor(web.origin, 'Ayu Lestari')
    expect((await visitor.get('/')).location).toBe('/workspaces/new')
    const slug = await createWorkspaceAs(visitor, 'Toko Bunga & Kopi')
    expect(slug).toMatch(/^toko-bunga-kopi-[0-9a-f]{8}$/)
    expect((await visitor.get('/')).location).toBe(`/w/${slug}/inbox`)
    expect((await visitor.get(`/w/${slug}`)).location).toBe(`/w/${slug}/inbox`)
    const rows = await queryOnce(
      stack.ownerUrl,
      `select m.display_name, m.role, w.time_zone, w.default_country from workspace_members m
       join workspaces w on w.id = m.workspace_id where w.slug = $1`,
      [slug],
    )
    expect(rows).toEqual([
      { display_name: 'Ayu Lestari', role: 'owner', time_zone: 'Asia/Jakarta', default_country: 'ID' },
    ])
  })

  test('says what is wrong with each field, keeps what was typed, and never the password', async () => {
    const visitor = new Visitor(web.origin)
    const fields = { name: ' ', email: 'no-address', password: 'short-pw' }
    const { status, text } = await visitor.post('/sign-up', fields)
    expect(status).toBe(400)
    expect(text).toContain('Enter your name.')
    expect(text).toContain('This does not look like an e-mail address.')
    expect(text).toContain('Use at least 10 characters.')
    expect(text).toContain('value="no-address"')
    expect(text).not.toContain('short-pw')
    const long = await visitor.post('/sign-up', {
      name: 'A',
      email: 'a@example.com',
      password: 'é'.repeat(40),
    })
    expect(long.text).toContain('72 at most')
    expect(visitor.cookies.size).toBe(0)
  })

  test('leads a person with an account to sign in', async () => {
    const { email, password } = await signUpVisitor(web.origin, 'Known Person')
    const again = await new Visitor(web.origin).post('/sign-up', { name: 'Other', email, password })
    expect(again.status).toBe(400)
    expect(again.text).toContain('There is an account with this e-mail already')
  })

  test('needs an invitation where the operator says so, and so do further workspaces', async () => {
    expect((await new Visitor(invited.origin).get('/sign-up')).text).toContain('invitation')
    const fields = { name: 'Eager', email: 'eager@example.com', password: 'a long enough password' }
    expect((await new Visitor(invited.origin).post('/sign-up', fields)).status).toBe(403)
    expect(
      await queryOnce(stack.adminUrl, `select from auth.users where email = 'eager@example.com'`),
    ).toEqual([])

    const { email, password } = await signUpVisitor(web.origin, 'Invited Guest')
    const guest = new Visitor(invited.origin)
    expect((await guest.post('/sign-in', { email, password })).location).toBe('/')
    expect((await guest.get('/')).location).toBe('/workspaces/new')
    expect((await guest.get('/workspaces/new')).text).toContain('You are in no workspace yet')
    const made = await guest.post('/workspaces/new', {
      name: 'Mine',
      timeZone: 'Asia/Jakarta',
      country: 'ID',
    })
    expect(made.status).toBe(403)
    const owned = await queryOnce(stack.ownerUrl, `select from workspaces where name = 'Mine'`)
    expect(owned).toEqual([])
  })
})

describe('an invitation', () => {
  test('lets somebody make an account and join where nobody else may', async () => {
    const { visitor: owner, email, password } = await signUpVisitor(web.origin, 'Inviting Owner')
    const slug = await createWorkspaceAs(owner, 'Toko Undangan')
    const team = new Visitor(invited.origin)
    await team.post('/sign-in', { email, password })
    const made = await team.post(`/w/${slug}/settings/team?/invite`, {
      role: 'agent',
      visibility: 'all',
      email: '',
    })
    const path = /\/invitations\/[\w-]{43}/.exec(made.text)?.[0] ?? ''
    expect((await team.get(`/w/${slug}/settings/team`)).text).not.toContain(path)

    const guest = new Visitor(invited.origin)
    const card = await guest.get(path)
    expect(card.text).toContain('Inviting Owner invites you')
    expect(card.headers.get('cache-control')).toContain('no-store')
    expect((await guest.post(path, { name: 'Early' })).location).toContain('/sign-in?next=')
    const signUp = path.replace('/invitations/', '/sign-up?invitation=')
    expect((await guest.get(`${signUp}x`)).text).toContain('New accounts need an invitation')
    const fields = { name: 'Sari Tamu', email: 'sari-tamu@example.com', password: 'a long enough password' }
    expect((await guest.post(`${signUp}x`, fields)).status).toBe(403)
    expect((await guest.post(signUp, fields)).location).toBe(path)
    expect((await guest.get(path)).text).toContain('value="Sari Tamu"')
    expect((await guest.post(path, { name: 'Sari Tamu' })).location).toBe(`/w/${slug}/inbox`)
    expect((await guest.get('/')).location).toBe(`/w/${slug}/inbox`)

    const named = await team.post(`/w/${slug}/settings/team?/invite`, {
      role: 'agent',
      visibility: 'all',
      email: 'dewi-tamu@example.com',
    })
    const theirs = /\/invitations\/([\w-]{43})/.exec(named.text)?.[1] ?? ''
    const stranger = { ...fields, email: 'stranger@example.com' }
    const refused = await new Visitor(invited.origin).post(`/sign-up?invitation=${theirs}`, stranger)
    expect([refused.status, refused.text.includes('for another e-mail address')]).toEqual([403, true])

    const late = new Visitor(invited.origin)
    expect((await late.get(path)).text).toContain('Somebody has joined with it already')
    expect((await late.post(signUp, { ...fields, email: 'late@example.com' })).status).toBe(403)
  })
})

describe('making a workspace', () => {
  test('refuses what the database would not take, and keeps what was typed', async () => {
    const { visitor } = await signUpVisitor(web.origin, 'Careless')
    const { status, text } = await visitor.post('/workspaces/new', {
      name: '  ',
      timeZone: 'Mars/Base',
      country: 'XX',
    })
    expect(status).toBe(400)
    for (const complaint of ['Give the workspace a name.', 'Choose a time zone.', 'Choose a country.']) {
      expect(text).toContain(complaint)
    }
  })

  test('knows no time zone that Postgres does not', async () => {
    const known = await queryOnce<{ name: string }>(stack.ownerUrl, 'select name from pg_timezone_names')
    const names = new Set(known.map(({ name }) => name))
    const offered = Intl.supportedValuesOf('timeZone')
    expect(offered.length).toBeGreaterThan(300)
    expect(offered.filter((zone) => !names.has(zone))).toEqual([])
  })

  test('several workspaces of one person: the last one visited is opened next time', async () => {
    const { visitor } = await signUpVisitor(web.origin, 'Busy Owner')
    const first = await createWorkspaceAs(visitor, 'First')
    const second = await createWorkspaceAs(visitor, 'Second')
    expect((await visitor.get('/')).location).toBe(`/w/${first}/inbox`)
    const page = await visitor.get(`/w/${second}/inbox`)
    expect(page.status).toBe(200)
    expect(page.text).toContain('First')
    expect((await visitor.get('/')).location).toBe(`/w/${second}/inbox`)
  })
})

describe('signing in', () => {
  test('sets cookies that scripts and other sites cannot reach, and no cache keeps', async () => {
    const { email, password } = await signUpVisitor(web.origin, 'Cookie Person')
    const visitor = new Visitor(web.origin)
    const answer = await visitor.post('/sign-in', { email: ` ${email.toUpperCase()} `, password })
    const lines = answer.headers.getSetCookie()
    expect(lines.length).toBeGreaterThan(0)
    for (const line of lines) {
      expect(line).toMatch(/; HttpOnly/i)
      expect(line).toMatch(/; SameSite=Lax/i)
      expect(line).toMatch(/; Path=\/(;|$)/i)
      expect(line).not.toMatch(/; Secure/i)
      expect(line).toMatch(/^my21staff-session-/)
    }
    expect(answer.headers.get('cache-control')).toContain('no-store')
  })

  test('marks cookies as Secure where the site has https', async () => {
    const { email, password } = await signUpVisitor(web.origin, 'Secure Person')
    const secure = await startWebProcess(stack, { ORIGIN: 'https://crm.example' })
    try {
      const visitor = new Visitor(secure.origin)
      const answer = await visitor.post('/sign-in', { email, password }, { origin: 'https://crm.example' })
      expect(answer.status).toBe(303)
      for (const line of answer.headers.getSetCookie())
        expect(line).toMatch(/^__Host-my21staff-session.*; Secure/)
      expect(answer.headers.get('strict-transport-security')).toMatch(/^max-age=\d+/)
    } finally {
      await secure.stop()
    }
  })

  test('leads back to where the person wanted to go, and to no other site', async () => {
    const { email, password } = await signUpVisitor(web.origin, 'Way Back')
    const signIn = (next: string) =>
      new Visitor(web.origin).post(`/sign-in?next=${encodeURIComponent(next)}`, { email, password })
    expect((await signIn('/w/toko/inbox?x=1')).location).toBe('/w/toko/inbox?x=1')
    expect((await signIn('//evil.example/')).location).toBe('/')
    expect((await signIn('https://evil.example/')).location).toBe('/')
  })

  test('says the same of a wrong password and of an unknown account', async () => {
    const { email } = await signUpVisitor(web.origin, 'Forgetful')
    const wrong = await new Visitor(web.origin).post('/sign-in', { email, password: 'not the password' })
    const unknown = await new Visitor(web.origin).post('/sign-in', {
      email: 'nobody@example.com',
      password: 'x',
    })
    for (const answer of [wrong, unknown]) {
      expect(answer.status).toBe(400)
      expect(answer.text).toContain('The e-mail or the password is not right.')
      expect(answer.text).not.toContain('not the password')
      expect(answer.headers.getSetCookie()).toEqual([])
    }
    expect(wrong.text).toContain(`value="${email}"`)
  })

  test('stops guessing at one account, with the right password too, and leaves other accounts alone', async () => {
    const { email, password } = await signUpVisitor(web.origin, 'Guessed At')
    const other = await signUpVisitor(web.origin, 'Neighbour')
    const guesser = new Visitor(web.origin)
    const guesses: number[] = []
    for (let guess = 0; guess < 11; guess++) {
      guesses.push((await guesser.post('/sign-in', { email, password: `guess ${guess}` })).status)
    }
    expect(guesses).toEqual([...Array.from({ length: 10 }, () => 400), 429])
    const right = await guesser.post('/sign-in', { email, password })
    expect(right.status).toBe(429)
    expect(right.text).toContain('Too many attempts. Try again in 10 minutes.')
    const { email: neighbour, password: theirs } = other
    expect((await guesser.post('/sign-in', { email: neighbour, password: theirs })).status).toBe(303)
  })

  test('believes no address that a caller makes up for itself', async () => {
    const own = await startWebProcess(stack)
    try {
      const statuses = new Set<number>()
      for (let guess = 0; guess < 51; guess++) {
        const forwarded = { 'x-forwarded-for': `198.51.100.${guess}` }
        const fields = { email: `nobody-${guess}@example.com`, password: 'x' }
        statuses.add((await new Visitor(own.origin).post('/sign-in', fields, forwarded)).status)
      }
      expect([...statuses]).toEqual([400, 429])
    } finally {
      await own.stop()
    }
  })
})

describe('signing out', () => {
  test('ends the session here and at Auth', async () => {
    const { visitor } = await signUpVisitor(web.origin, 'Leaver')
    const before = visitor.copy()
    const sessions = () =>
      queryOnce(
        stack.adminUrl,
        `select from auth.sessions s join auth.users u on u.id = s.user_id where u.email = 'leaver@example.com'`,
      )
    expect(await sessions()).toHaveLength(1)
    expect((await visitor.post('/sign-out')).location).toBe('/sign-in')
    expect(sessionCookie(visitor)).toBeUndefined()
    expect(sessionCookie(before)).toBeDefined()
    expect(await sessions()).toHaveLength(0)
    expect((await visitor.get('/')).location).toBe('/sign-in')
  })

  test('is not something that another site or a link can do', async () => {
    const { visitor } = await signUpVisitor(web.origin, 'Stayer')
    expect((await visitor.get('/sign-out')).status).toBe(405)
    expect((await visitor.post('/sign-out', {}, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await visitor.get('/')).location).toBe('/workspaces/new')
  })
})
