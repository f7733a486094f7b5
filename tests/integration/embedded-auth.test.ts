import { readdir, readFile } from 'node:fs/promises'
import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { createClient } from '@supabase/supabase-js'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { KeptMail } from '../../supabase/embedded/mail.ts'
import { startTestStack } from '../support/embedded-stack.ts'
import type { TestStack } from '../support/embedded-stack.ts'

const password = 'a long enough password'
let stack: TestStack
let database: pg.Client

beforeAll(async () => {
  stack = await startTestStack({ siteUrl: 'http://localhost:3999/' })
  database = await connect()
})

afterAll(async () => {
  await database.end()
  await stack.remove()
})

async function connect() {
  const client = new pg.Client(stack.adminUrl)
  // One test kills Postgres.
  client.on('error', () => undefined)
  await client.connect()
  return client
}

function client() {
  return createClient(stack.apiUrl, stack.publishableKey, {
    auth: { persistSession: false, autoRefreshToken: false },
  })
}

async function signUp(email: string) {
  const { data, error } = await client().auth.signUp({ email, password })
  if (error || !data.session) throw error ?? new Error('no session')
  return data.session
}

async function refresh(token: string) {
  const { data, error } = await client().auth.refreshSession({ refresh_token: token })
  return { token: data.session?.refresh_token, status: error?.status, code: error?.code }
}

async function ageUse(token: string) {
  await database.query(
    `update auth.refresh_tokens set updated_at = updated_at - interval '11 seconds' where token = $1`,
    [token],
  )
}

const refused = { token: undefined, status: 400, code: 'refresh_token_already_used' }

describe('signing up and in', () => {
  test('a new member is signed in at once and can sign in again', async () => {
    const session = await signUp('sign-in@example.com')
    expect(session.user.email).toBe('sign-in@example.com')
    const { data, error } = await client().auth.signInWithPassword({ email: 'sign-in@example.com', password })
    expect(error).toBeNull()
    expect(data.user?.id).toBe(session.user.id)
  })

  test('a wrong password, a short password and a known address are refused', async () => {
    await signUp('refusals@example.com')
    const { auth } = client()
    const wrong = await auth.signInWithPassword({ email: 'refusals@example.com', password: 'something else' })
    const short = await auth.signUp({ email: 'short@example.com', password: 'short' })
    const known = await auth.signUp({ email: 'refusals@example.com', password })
    expect([wrong.error?.code, short.error?.code, known.error?.code]).toEqual([
      'invalid_credentials',
      'weak_password',
      'user_already_exists',
    ])
  })

  test('access tokens are signed with the secret of the stack and name the member', async () => {
    const { access_token: token, user } = await signUp('token@example.com')
    const [header, payload, signature] = token.split('.')
    const expected = createHmac('sha256', stack.jwtSecret).update(`${header}.${payload}`).digest('base64url')
    expect(signature).toBe(expected)
    expect(JSON.parse(Buffer.from(payload ?? '', 'base64url').toString())).toMatchObject({
      sub: user.id,
      aud: 'authenticated',
      role: 'authenticated',
    })
  })

  test('without a key of the stack nothing is answered', async () => {
    const stranger = createClient(stack.apiUrl, 'sb_publishable_of_somebody_else', {
      auth: { persistSession: false },
    })
    const { error } = await stranger.auth.signInWithPassword({ email: 'sign-in@example.com', password })
    expect(error?.status).toBe(401)
  })
})

describe('refreshing a session', () => {
  test('gives a new refresh token, and the same one to whoever uses the old token in the next seconds', async () => {
    const { refresh_token: first } = await signUp('parallel@example.com')
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(first)))
    const tokens = new Set(answers.map((answer) => answer.token))
    expect(tokens.size).toBe(1)
    expect(tokens).not.toContain(undefined)
    expect(tokens).not.toContain(first)
  })

  test('refuses a token that was used more than ten seconds ago, and ends its session', async () => {
    const { refresh_token: first } = await signUp('reuse@example.com')
    const { token: second = '' } = await refresh(first)
    await ageUse(first)
    expect(await refresh(first)).toEqual(refused)
    expect(await refresh(second)).toEqual(refused)
  })

  test('leaves other sessions of the member alone', async () => {
    const { refresh_token: first } = await signUp('other-session@example.com')
    const other = await client().auth.signInWithPassword({ email: 'other-session@example.com', password })
    await refresh(first)
    await ageUse(first)
    expect(await refresh(first)).toEqual(refused)
    expect((await refresh(other.data.session?.refresh_token ?? '')).status).toBeUndefined()
  })

  test('words the refusal as Supabase Auth does, for old and new clients', async () => {
    const { refresh_token: first } = await signUp('wording@example.com')
    await refresh(first)
    await ageUse(first)
    const ask = async (headers: Record<string, string>) => {
      const response = await fetch(`${stack.apiUrl}/auth/v1/token?grant_type=refresh_token`, {
        method: 'POST',
        headers: { apikey: stack.publishableKey, 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ refresh_token: first }),
      })
      return {
        status: response.status,
        code: response.headers.get('x-sb-error-code'),
        body: await response.json(),
      }
    }
    const code = 'refresh_token_already_used'
    const message = 'Invalid Refresh Token: Already Used'
    expect(await ask({})).toEqual({ status: 400, code, body: { code: 400, error_code: code, msg: message } })
    expect(await ask({ 'x-supabase-api-version': '2024-01-01' })).toEqual({
      status: 400,
      code,
      body: { code, message },
    })
  })

  test('an unknown token and a body that is none are refused by Auth itself', async () => {
    expect(await refresh('00000000-0000-0000-0000-000000000000')).toMatchObject({
      status: 400,
      code: 'refresh_token_not_found',
    })
    const response = await fetch(`${stack.apiUrl}/auth/v1/token?grant_type=refresh_token`, {
      method: 'POST',
      headers: { apikey: stack.publishableKey, 'content-type': 'application/json' },
      body: '{"refresh_token": 7',
    })
    expect(response.status).toBe(400)
  })
})

describe('a forgotten password', () => {
  async function requestLink(email: string): Promise<URL> {
    const { error } = await client().auth.resetPasswordForEmail(email)
    expect(error).toBeNull()
    const folder = join(stack.directory, 'mail')
    const files = await readdir(folder)
    const mails = await Promise.all(
      files.map(async (file) => JSON.parse(await readFile(join(folder, file), 'utf8')) as KeptMail),
    )
    return new URL(mails.find((mail) => mail.to === email)?.link ?? '')
  }

  test('the kept mail leads to our page with a token that signs in once', async () => {
    const email = 'forgotten@example.com'
    await signUp(email)
    const link = await requestLink(email)
    expect(`${link.origin}${link.pathname}`).toBe('http://localhost:3999/reset-password')
    expect(link.searchParams.get('type')).toBe('recovery')

    const token_hash = link.searchParams.get('token_hash') ?? ''
    const { auth } = client()
    const verified = await auth.verifyOtp({ token_hash, type: 'recovery' })
    expect(verified.error).toBeNull()
    const changed = await auth.updateUser({ password: 'the new password' })
    expect(changed.error).toBeNull()

    const withOld = await client().auth.signInWithPassword({ email, password })
    const withNew = await client().auth.signInWithPassword({ email, password: 'the new password' })
    expect([withOld.error?.code, withNew.error]).toEqual(['invalid_credentials', null])
    const again = await client().auth.verifyOtp({ token_hash, type: 'recovery' })
    expect(again.error?.code).toBe('otp_expired')
  })

  test('the link stands in the terminal, the address does not', async () => {
    const email = 'terminal@example.com'
    await signUp(email)
    const link = await requestLink(email)
    const line = stack.lines.find((said) => said.includes(link.href))
    expect(line).toBeDefined()
    expect(stack.lines.join('\n')).not.toContain(email)
  })

  test('asking for an address that nobody has gives the same answer and no mail', async () => {
    const { error } = await client().auth.resetPasswordForEmail('nobody@example.com')
    expect(error).toBeNull()
    const files = await readdir(join(stack.directory, 'mail')).catch(() => [])
    const texts = await Promise.all(
      files.map((file) => readFile(join(stack.directory, 'mail', file), 'utf8')),
    )
    expect(texts.join()).not.toContain('nobody@example.com')
  })
})

test('keys, members and used tokens survive a restart', async () => {
  const { refresh_token: first } = await signUp('restart@example.com')
  const { token: second = '' } = await refresh(first)
  await ageUse(first)
  await database.end()
  await stack.restart()
  database = await connect()
  const { error } = await client().auth.signInWithPassword({ email: 'restart@example.com', password })
  expect(error).toBeNull()
  expect(await refresh(first)).toEqual(refused)
  expect(await refresh(second)).toEqual(refused)
})

test('a member can sign in again soon after Postgres was killed', async () => {
  await signUp('killed@example.com')
  const { rows } = await database.query<{ pid: number }>(
    `select split_part(pg_read_file('postmaster.pid'), e'\\n', 1)::int as pid`,
  )
  process.kill(rows[0]?.pid ?? 0, 'SIGKILL')
  await vi.waitFor(() => expect(stack.lines).toContain('Postgres is back'), { timeout: 15_000 })
  await vi.waitFor(
    async () => {
      const { error } = await client().auth.signInWithPassword({ email: 'killed@example.com', password })
      expect(error).toBeNull()
    },
    { timeout: 15_000 },
  )
  database = await connect()
})
