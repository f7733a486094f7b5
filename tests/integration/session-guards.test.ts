import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestStack, type TestStack } from '../support/embedded-stack.ts'
import { queryOnce } from '../support/query.ts'
import { createWorkspaceAs, signUpVisitor, Visitor, type Answer } from '../support/visitor.ts'
import { startWebProcess, type WebProcess } from '../support/web-process.ts'

let stack: TestStack
let web: WebProcess
let member: Visitor
let slug: string
let foreign: string

beforeAll(async () => {
  stack = await startTestStack()
  web = await startWebProcess(stack)
  const owner = await signUpVisitor(web.origin, 'Owner')
  member = owner.visitor
  slug = await createWorkspaceAs(member, 'Mine')
  foreign = await createWorkspaceAs((await signUpVisitor(web.origin, 'Somebody else')).visitor, 'Theirs')
})

afterAll(async () => {
  await web.stop()
  await stack.remove()
})

/** What differs between two answers for good reasons is left out. */
function comparable({ status, text }: Answer, ...names: string[]) {
  const body = names.reduce((rest, name) => rest.replaceAll(name, 'SLUG'), text)
  return { status, body: body.replace(/nonce(="|-)[^"']+/g, '').replace(/__sveltekit_\w+/g, '') }
}

describe('who is not signed in', () => {
  test.each(['/workspaces/new', '/w/any/inbox', '/w/any/inbox?filter=mine'])(
    'is led from %s to the sign-in page',
    async (path) => {
      const { status, location } = await new Visitor(web.origin).get(path)
      expect({ status, location }).toEqual({
        status: 303,
        location: `/sign-in?next=${encodeURIComponent(path)}`,
      })
    },
  )

  test('is told so as JSON where a script asks, and where a page asks for data', async () => {
    const asked = await new Visitor(web.origin).get('/w/any/inbox/changes?cursor=1', { accept: '*/*' })
    expect({ status: asked.status, body: asked.text }).toEqual({
      status: 401,
      body: '{"message":"Sign in again"}',
    })
    const data = await new Visitor(web.origin).get('/w/any/inbox/__data.json', { accept: '*/*' })
    expect(JSON.parse(data.text)).toMatchObject({
      type: 'redirect',
      location: '/sign-in?next=%2Fw%2Fany%2Finbox',
    })
  })

  test('posts nothing', async () => {
    const fields = { name: 'Mine too', timeZone: 'Asia/Jakarta', country: 'ID' }
    const posted = await new Visitor(web.origin).post('/workspaces/new', fields)
    expect(posted.location).toBe('/sign-in?next=%2Fworkspaces%2Fnew')
    expect(await queryOnce(stack.ownerUrl, `select from workspaces where name = 'Mine too'`)).toEqual([])
  })

  test('starts at the sign-in page', async () => {
    expect((await new Visitor(web.origin).get('/')).location).toBe('/sign-in')
  })
})

describe('another workspace', () => {
  test('is answered like one that does not exist, as a page, as data and as JSON', async () => {
    const unknown = `theirs-${'0'.repeat(8)}`
    for (const [path, accept] of [
      ['/inbox', 'text/html'],
      ['', 'text/html'],
      ['/inbox/__data.json', '*/*'],
      ['/inbox/changes?cursor=1', '*/*'],
    ] as const) {
      const theirs = await member.get(`/w/${foreign}${path}`, { accept })
      const nothing = await member.get(`/w/${unknown}${path}`, { accept })
      expect(comparable(theirs, foreign)).toEqual(comparable(nothing, unknown))
      expect(theirs.text).not.toContain('Theirs')
      if (!path.includes('__data')) expect(theirs.status).toBe(404)
    }
    const posted = await member.post(`/w/${foreign}/inbox/changes`, {}, { accept: '*/*' })
    expect(posted.status).toBe(404)
  })

  test('is one from which a member was removed, at once', async () => {
    const { visitor } = await signUpVisitor(web.origin, 'Removed')
    const own = await createWorkspaceAs(visitor, 'Former')
    expect((await visitor.get(`/w/${own}/inbox`)).status).toBe(200)
    await queryOnce(
      stack.ownerUrl,
      `update workspace_members set removed_at = now()
       where workspace_id = (select id from workspaces where slug = $1)`,
      [own],
    )
    expect((await visitor.get(`/w/${own}/inbox`)).status).toBe(404)
    expect((await visitor.get('/')).location).toBe('/workspaces/new')
  })
})

describe('requests that change something', () => {
  const json = { 'content-type': 'application/json', accept: '*/*' }

  test.each([
    ['from another site', { origin: 'https://evil.example' }],
    ['from a part of the same site', { origin: 'http://127.0.0.1', 'sec-fetch-site': 'same-site' }],
    ['from nowhere', {}],
  ])('%s are refused, forms as well as JSON', async (_name, headers) => {
    const sent: RequestInit[] = [
      { method: 'POST', body: new URLSearchParams({ name: 'x' }) },
      { method: 'POST', body: '{}', headers: json },
      { method: 'PUT', body: '{}', headers: json },
      { method: 'DELETE' },
    ]
    for (const init of sent) {
      const answer = await member.send('/workspaces/new', {
        ...init,
        headers: { ...(init.headers as Record<string, string> | undefined), ...headers },
      })
      expect(answer.status).toBe(403)
      expect(answer.text).toBe('This request came from another site')
    }
  })

  test('are taken from a page of this site, whatever name its address was typed with', async () => {
    const fields = new URLSearchParams({ email: '', password: '' })
    const headers = { 'sec-fetch-site': 'same-origin', origin: 'http://localhost:9', accept: 'text/html' }
    const answer = await new Visitor(web.origin).send('/sign-in', { method: 'POST', body: fields, headers })
    expect(answer.text).toContain('Enter your e-mail.')
  })

  test('need no origin where Kapso delivers', async () => {
    const path = '/webhooks/kapso/00000000-0000-4000-8000-000000000000'
    const answer = await new Visitor(web.origin).send(path, { method: 'POST', body: '{}', headers: json })
    expect(answer.status).toBe(404)
    expect(answer.text).toBe('no such endpoint')
  })
})

describe('every answer', () => {
  test.each([
    ['a public page', '/sign-in', 'text/html'],
    ['a member page', '/workspaces/new', 'text/html'],
    ['JSON', '/session/realtime-token', '*/*'],
    ['an unknown address', '/no/such/page', 'text/html'],
  ])('carries strict headers: %s', async (_name, path, accept) => {
    const { headers } = await member.get(path, { accept })
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cache-control': expect.stringContaining('no-store'),
      'permissions-policy': expect.stringContaining('camera=()'),
      'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.has('strict-transport-security')).toBe(false)
  })

  test('lets pages reach Realtime and run no scripts but their own', async () => {
    const policy = (await member.get(`/w/${slug}/inbox`)).headers.get('content-security-policy') ?? ''
    const sources = Object.fromEntries(
      policy
        .split('; ')
        .map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1).join(' ')]),
    )
    expect(sources['connect-src']).toBe(`'self' ${stack.apiUrl} ${stack.apiUrl.replace('http', 'ws')}`)
    expect(sources['script-src']).toMatch(/^'self' 'nonce-[^']+'$/)
    expect(sources['object-src']).toBe("'none'")
  })

  test('shows the theme that was chosen, and only a theme', async () => {
    const page = async (cookie: string) =>
      (await member.send('/workspaces/new', { headers: { cookie } })).text
    const themeOf = (html: string) => /data-theme="([^"]*)"/.exec(html)?.[1]
    const signedOut = new Visitor(web.origin)
    expect(themeOf((await signedOut.get('/sign-in')).text)).toBe('system')
    expect(themeOf((await signedOut.get('/sign-in', { cookie: 'theme=dark' })).text)).toBe('dark')
    expect(themeOf((await signedOut.get('/sign-in', { cookie: 'theme="><script>' })).text)).toBe('system')
    expect(await page('theme=light')).not.toContain('%theme%')
  })

  test('tells nothing of what went wrong, and the log only where to look', async () => {
    await queryOnce(stack.ownerUrl, 'alter table workspace_members rename to broken_members')
    try {
      const answers = [
        await member.get('/'),
        await member.get(`/w/${slug}/inbox`),
        await member.get('/workspaces/new'),
      ]
      for (const { status, text } of answers) {
        expect(status).toBe(500)
        expect(text).not.toMatch(/workspace_members|relation|select |\.ts:\d|owner@example\.com/)
      }
      const readFailures = () =>
        web
          .output()
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line) as Record<string, unknown>)
          .filter(({ kind }) => kind === 'request')
      await expect.poll(readFailures).toHaveLength(answers.length)
      const failures = readFailures()
      for (const failure of failures) {
        expect(failure).toMatchObject({ level: 'error', errorCode: '42P01', status: 500, method: 'GET' })
        expect(failure['errorId']).toMatch(/^[0-9a-f-]{36}$/)
      }
      expect(answers[0]?.text).toContain(failures[0]?.['errorId'])
      expect(web.output()).not.toMatch(/workspace_members|@example\.com|Mine/)
    } finally {
      await queryOnce(stack.ownerUrl, 'alter table broken_members rename to workspace_members')
    }
    expect((await member.get(`/w/${slug}/inbox`)).status).toBe(200)
  })
})
