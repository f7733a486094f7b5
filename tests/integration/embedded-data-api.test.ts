import { createClient } from '@supabase/supabase-js'
import pg from 'pg'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { startTestStack } from '../support/embedded-stack.ts'
import type { TestStack } from '../support/embedded-stack.ts'

let stack: TestStack
let owner: pg.Client
/** Headers of everybody who may knock. */
let callers: Record<string, Record<string, string>>

beforeAll(async () => {
  // @supabase/lite prints every refusal.
  vi.spyOn(console, 'error').mockReturnValue()
  stack = await startTestStack()
  owner = new pg.Client(stack.ownerUrl)
  await owner.connect()
  // The control: what a migration gives to members is found. Without it, a Data API that is broken would pass.
  await owner.query(`
    create table public.control (id int primary key);
    insert into public.control values (7);
    grant select on public.control to authenticated, service_role`)
  const { auth } = createClient(stack.apiUrl, stack.publishableKey, { auth: { persistSession: false } })
  const { data } = await auth.signUp({ email: 'member@example.com', password: 'a long enough password' })
  callers = {
    anonymous: { apikey: stack.publishableKey },
    member: { apikey: stack.publishableKey, authorization: `Bearer ${data.session?.access_token ?? ''}` },
    secret: { apikey: stack.secretKey },
  }
})

afterAll(async () => {
  await owner.end()
  await stack.remove()
})

async function ask(caller: string, method: string, path: string, body?: unknown) {
  const response = await fetch(`${stack.apiUrl}/rest/v1/${path}`, {
    method,
    headers: { ...callers[caller], 'content-type': 'application/json', prefer: 'return=representation' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, text: await response.text() }
}

test('what is granted is served, to those it is granted to', async () => {
  expect(await ask('member', 'GET', 'control')).toEqual({ status: 200, text: '[{"id":7}]' })
  expect(await ask('secret', 'GET', 'control')).toEqual({ status: 200, text: '[{"id":7}]' })
  expect((await ask('anonymous', 'GET', 'control')).status).toBe(401)
  expect((await ask('member', 'POST', 'control', { id: 8 })).status).toBe(403)
})

test.each(['anonymous', 'member', 'secret'])(
  '%s can neither read nor write any table of public',
  async (caller) => {
    const { rows } = await owner.query<{ name: string }>(
      `select c.relname as name from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm') and c.relname <> 'control'`,
    )
    expect(rows.map((row) => row.name)).toContain('workspaces')
    for (const { name } of rows) {
      for (const method of ['GET', 'POST', 'PATCH', 'DELETE']) {
        const { status } = await ask(caller, method, name, method === 'GET' ? undefined : {})
        expect({ name, method, refused: status >= 401 && status < 500 }).toEqual({
          name,
          method,
          refused: true,
        })
      }
    }
  },
)

test.each(['anonymous', 'member', 'secret'])('%s can call no function of public', async (caller) => {
  const { rows } = await owner.query<{ name: string; arguments: string[] | null }>(
    `select proname as name, proargnames as arguments from pg_proc where pronamespace = 'public'::regnamespace`,
  )
  for (const { name, arguments: names } of [...rows, { name: 'no_such_function', arguments: null }]) {
    const body = Object.fromEntries((names ?? []).map((argument) => [argument, null]))
    const { status } = await ask(caller, 'POST', `rpc/${name}`, body)
    expect({ name, refused: status >= 401 && status < 500 }).toEqual({ name, refused: true })
  }
})

test.each(['private', 'auth', 'storage', 'realtime', 'pgboss'])(
  'the schema %s is not exposed',
  async (schema) => {
    for (const caller of Object.keys(callers)) {
      const response = await fetch(`${stack.apiUrl}/rest/v1/users`, {
        headers: { ...callers[caller], 'accept-profile': schema },
      })
      expect(response.status).toBe(406)
    }
  },
)

test('answering requests granted nothing to the roles of the Data API', async () => {
  await ask('member', 'GET', 'control')
  const { rows } = await owner.query(
    `select grantee, table_name from information_schema.role_table_grants
     where table_schema = 'public' and table_name <> 'control'
       and grantee in ('anon', 'authenticated', 'service_role')`,
  )
  expect(rows).toEqual([])
})

test('paths that no hosted project has are not found, and the health of the stack is told', async () => {
  expect((await fetch(`${stack.apiUrl}/_system/info`)).status).toBe(404)
  expect((await fetch(`${stack.apiUrl}/`)).status).toBe(404)
  const health = await fetch(`${stack.apiUrl}/health`)
  expect([health.status, await health.json()]).toEqual([200, { status: 'ok', parts: { postgres: 'ok' } }])
})

test('idle connections are kept for longer than clients leave them idle', async () => {
  const health = await fetch(`${stack.apiUrl}/health`)
  expect(health.headers.get('keep-alive')).toBe('timeout=75')
  await health.text()
})
