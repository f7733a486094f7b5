import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAuthProxy, type AuthProxy } from '../support/auth-proxy.ts'
import { startTestStack, type TestStack } from '../support/embedded-stack.ts'
import { mailsTo } from '../support/mail.ts'
import { queryOnce } from '../support/query.ts'
import { setExpiry } from '../support/session-clock.ts'
import { signUpVisitor, Visitor } from '../support/visitor.ts'
import { startWebProcess, type WebProcess } from '../support/web-process.ts'

const nextPassword = 'another long password'
let stack: TestStack
let auth: AuthProxy
let web: WebProcess

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

/** Somebody with an account who asked for a link; `link` is its path on this site. */
async function forgetPassword(name: string) {
  const person = await signUpVisitor(web.origin, name)
  const visitor = new Visitor(web.origin)
  const asked = await visitor.post('/forgot-password', { email: person.email })
  const [mail] = await mailsTo(stack.directory, person.email)
  const { pathname, search } = new URL(mail?.link ?? '')
  return { ...person, signedIn: person.visitor, visitor, asked, link: pathname + search }
}

function signIn(email: string, password: string) {
  return new Visitor(web.origin).post('/sign-in', { email, password })
}

describe('asking for a link', () => {
  test('is answered the same with and without an account', async () => {
    const { asked, email } = await forgetPassword('Known')
    const stranger = 'nobody-at-all@example.com'
    const unknown = await new Visitor(web.origin).post('/forgot-password', { email: stranger })
    const plain = (text: string, address: string) =>
      text
        .replaceAll(address, 'ADDRESS')
        .replace(/nonce(="|-)[^"']+/g, '')
        .replace(/__sveltekit_\w+/g, '')
    expect(unknown.status).toBe(asked.status)
    expect(plain(unknown.text, stranger)).toBe(plain(asked.text, email))
    expect(await mailsTo(stack.directory, stranger)).toEqual([])
  })

  test('does not fill a mailbox', async () => {
    const statuses: number[] = []
    for (let request = 0; request < 6; request++) {
      statuses.push(
        (await new Visitor(web.origin).post('/forgot-password', { email: 'flooded@example.com' })).status,
      )
    }
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429])
  })
})

describe('the link', () => {
  test('changes the password once, and ends every session there was', async () => {
    const { visitor, signedIn, email, password, link } = await forgetPassword('Complete')
    // A program that looks into mails opens the link first.
    expect((await new Visitor(web.origin).get(link)).text).toContain('Choose a new password')
    expect((await visitor.get(link)).text).toContain('Choose a new password')
    const changed = await visitor.post(link, { password: nextPassword })
    expect(changed.location).toBe('/sign-in?password=changed')
    expect([...visitor.cookies.keys()]).toEqual([])

    expect((await signIn(email, password)).status).toBe(400)
    await setExpiry(signedIn, stack.jwtSecret, -60)
    expect((await signedIn.get('/workspaces/new')).location).toBe('/sign-in?next=%2Fworkspaces%2Fnew')
    expect((await signIn(email, nextPassword)).location).toBe('/')
    const again = await visitor.post(link, { password: 'a third long password' })
    expect(again.text).toContain('This link no longer works')
    expect((await signIn(email, nextPassword)).location).toBe('/')
  })

  test('is not used up by a password that is too short', async () => {
    const { visitor, email, link } = await forgetPassword('Short first')
    const short = await visitor.post(link, { password: 'short' })
    expect(short.status).toBe(400)
    expect(short.text).toContain('Use at least 10 characters.')
    expect((await visitor.post(link, { password: nextPassword })).location).toBe('/sign-in?password=changed')
    expect((await signIn(email, nextPassword)).location).toBe('/')
  })

  test('lets a person try again whose password Auth finds too weak, and nobody else', async () => {
    const { visitor, email, link } = await forgetPassword('Weak first')
    auth.refuseNext = {
      request: 'PUT /auth/v1/user',
      status: 422,
      body: { code: 'weak_password', message: 'leaked', weak_password: { reasons: ['pwned'] } },
    }
    const weak = await visitor.post(link, { password: 'password12' })
    expect(weak.status).toBe(400)
    expect(weak.text).toContain('too easy to guess')
    expect((await visitor.get('/')).location).toBe('/sign-in')

    const other = await forgetPassword('Other account')
    const mixed = await visitor.post(other.link.replace('token_hash=', 'token_hash=0'), {
      password: nextPassword,
    })
    expect(mixed.text).toContain('This link no longer works')
    expect((await new Visitor(web.origin).post(link, { password: nextPassword })).text).toContain(
      'no longer works',
    )
    expect((await signIn(email, nextPassword)).status).toBe(400)

    expect((await visitor.post(link, { password: nextPassword })).location).toBe('/sign-in?password=changed')
    expect((await signIn(email, nextPassword)).location).toBe('/')
    expect([...visitor.cookies.keys()]).toEqual([])
  })

  test('accepts the password that was only thought to be forgotten', async () => {
    const { visitor, email, password, link } = await forgetPassword('Not forgotten')
    expect((await visitor.post(link, { password })).location).toBe('/sign-in?password=changed')
    expect((await signIn(email, password)).location).toBe('/')
  })

  test('ends after an hour', async () => {
    const { visitor, email, password, link } = await forgetPassword('Too late')
    await queryOnce(
      stack.adminUrl,
      `update auth.users set recovery_sent_at = now() - interval '61 minutes' where email = $1`,
      [email],
    )
    expect((await visitor.post(link, { password: nextPassword })).text).toContain('This link no longer works')
    expect((await signIn(email, password)).location).toBe('/')
  })

  test('is not blamed while Auth cannot be reached', async () => {
    const { visitor, link } = await forgetPassword('Bad moment')
    auth.isDown = true
    const down = await visitor.post(link, { password: nextPassword })
    auth.isDown = false
    expect(down.status).toBe(503)
    expect(down.text).toContain('Try again in a moment')
    expect((await visitor.post(link, { password: nextPassword })).location).toBe('/sign-in?password=changed')
  })

  test('is no link without its token', async () => {
    for (const path of [
      '/reset-password',
      '/reset-password?token_hash=abc&type=signup',
      '/reset-password?type=recovery',
    ]) {
      expect((await new Visitor(web.origin).get(path)).text).toContain('This link no longer works')
      const posted = await new Visitor(web.origin).post(path, { password: nextPassword })
      expect(posted.text).toContain('This link no longer works')
    }
  })
})
