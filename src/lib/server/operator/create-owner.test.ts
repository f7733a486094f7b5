import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createOwner } from './create-owner.ts'

/** A hosted Auth as far as the command line sees it: path to status and body. The embedded one is in tests/integration. */
let answers: Record<string, { status: number; body: object }>
let asked: { path: string; key: string; body: unknown }[]
let server: Server
let supabaseUrl: string

const userId = '6f1d2c1e-0f0c-4c53-9b58-1a2b3c4d5e6f'
const credentials = { email: 'owner@example.com', password: 'a long enough password' }

beforeEach(async () => {
  answers = {}
  asked = []
  server = createServer((request, response) => {
    void (async () => {
      let text = ''
      for await (const chunk of request) text += String(chunk)
      const path = request.url ?? ''
      asked.push({ path, key: String(request.headers['apikey']), body: JSON.parse(text) })
      const answer = answers[path] ?? { status: 500, body: {} }
      response.writeHead(answer.status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer.body))
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  supabaseUrl = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`
})

afterEach(() => server.close())

function create() {
  return createOwner({ supabaseUrl, publishableKey: 'publishable', secretKey: 'secret' }, credentials)
}

test('makes a confirmed account by the admin API, with the secret key', async () => {
  answers['/auth/v1/admin/users'] = { status: 200, body: { id: userId } }
  expect(await create()).toBe(userId)
  expect(asked).toEqual([
    { path: '/auth/v1/admin/users', key: 'secret', body: { ...credentials, email_confirm: true } },
  ])
})

test('takes the account that exists when the password is right', async () => {
  answers['/auth/v1/admin/users'] = { status: 422, body: { error_code: 'email_exists' } }
  answers['/auth/v1/token?grant_type=password'] = {
    status: 200,
    body: { access_token: 'x', user: { id: userId } },
  }
  expect(await create()).toBe(userId)
})

test('says that the password of an account that exists is another one', async () => {
  answers['/auth/v1/admin/users'] = { status: 422, body: { error_code: 'email_exists' } }
  answers['/auth/v1/token?grant_type=password'] = { status: 400, body: { error_code: 'invalid_credentials' } }
  await expect(create()).rejects.toThrow('its password is another one')
})

test.each([
  { status: 404, body: {} },
  { status: 501, body: {} },
  { status: 401, body: { error_code: 'no_authorization' } },
])('signs up where there is no admin API: $status', async (answer) => {
  answers['/auth/v1/admin/users'] = answer
  answers['/auth/v1/signup'] = { status: 200, body: { access_token: 'x', user: { id: userId } } }
  expect(await create()).toBe(userId)
  expect(asked.at(-1)).toEqual({ path: '/auth/v1/signup', key: 'publishable', body: credentials })
})

test('does not sign up when the secret key is wrong', async () => {
  answers['/auth/v1/admin/users'] = { status: 401, body: { message: 'Invalid API key' } }
  await expect(create()).rejects.toThrow('SUPABASE_SECRET_KEY')
  expect(asked).toHaveLength(1)
})

test('says what Auth has against the password', async () => {
  answers['/auth/v1/admin/users'] = { status: 422, body: { error_code: 'weak_password', msg: 'Too short.' } }
  await expect(create()).rejects.toThrow('Auth refuses the password: Too short.')
})

test('an answer that cannot be used is an error with its status', async () => {
  answers['/auth/v1/admin/users'] = { status: 503, body: {} }
  await expect(create()).rejects.toThrow('Auth answered 503.')
  answers['/auth/v1/admin/users'] = { status: 200, body: { unexpected: true } }
  await expect(create()).rejects.toThrow('Auth answered 200.')
})

test('says where Auth was looked for when nobody listens', async () => {
  server.close()
  await expect(create()).rejects.toThrow(`Auth cannot be reached at ${supabaseUrl}`)
})
