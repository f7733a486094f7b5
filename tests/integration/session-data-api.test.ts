import { createClient } from '@supabase/supabase-js'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startTestStack, type TestStack } from '../support/embedded-stack.ts'
import { queryOnce } from '../support/query.ts'
import { tokensOf } from '../support/session-clock.ts'
import { createWorkspaceAs, signUpVisitor } from '../support/visitor.ts'
import { startWebProcess, type WebProcess } from '../support/web-process.ts'

/**
 * A member's own token, taken to Supabase's Data API instead of the web process. The member owns a workspace, so there
 * is something to be found.
 */
let stack: TestStack
let web: WebProcess
let token: string

beforeAll(async () => {
  // @supabase/lite prints every refusal.
  vi.spyOn(console, 'error').mockReturnValue()
  stack = await startTestStack()
  await queryOnce(
    stack.ownerUrl,
    `create table public.granted_by_mistake as select 7 as id; grant select on granted_by_mistake to authenticated`,
  )
  web = await startWebProcess(stack)
  const { visitor } = await signUpVisitor(web.origin, 'Curious Owner')
  await createWorkspaceAs(visitor, 'Curious')
  token = (await tokensOf(visitor)).accessToken
})

afterAll(async () => {
  await web.stop()
  await stack.remove()
})

/** The client that a member would use in the browser's console. */
function memberClient(schema = 'public') {
  return createClient(stack.apiUrl, stack.publishableKey, {
    db: { schema },
    accessToken: () => Promise.resolve(token),
  })
}

function listTables(schema: string) {
  return queryOnce<{ name: string }>(
    stack.adminUrl,
    `select relname as name from pg_class where relnamespace = $1::regnamespace and relkind in ('r', 'p', 'v', 'm')`,
    [schema],
  )
}

function listFunctions(schema: string) {
  return queryOnce<{ name: string; names: string[] | null }>(
    stack.adminUrl,
    `select proname as name, proargnames as names from pg_proc where pronamespace = $1::regnamespace and prokind = 'f'`,
    [schema],
  )
}

test('finds what a migration would grant by mistake', async () => {
  const { data, error } = await memberClient().from('granted_by_mistake').select('*')
  expect({ data, error }).toEqual({ data: [{ id: 7 }], error: null })
})

test('finds nothing in any table of public, and changes nothing', async () => {
  const tables = (await listTables('public')).filter(({ name }) => name !== 'granted_by_mistake')
  expect(tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['workspaces', 'contacts', 'messages']),
  )
  const client = memberClient()
  for (const { name } of tables) {
    const read = await client.from(name).select('*')
    expect({ name, found: read.data, isRefused: read.error !== null }).toEqual({
      name,
      found: null,
      isRefused: true,
    })
    const written = await client.from(name).insert({}).select()
    expect({ name, isRefused: written.error !== null }).toEqual({ name, isRefused: true })
    const removed = await client.from(name).delete().not('workspace_id', 'is', null).select()
    expect({ name, isRefused: removed.error !== null }).toEqual({ name, isRefused: true })
  }
  expect(await queryOnce(stack.ownerUrl, `select from workspaces where name = 'Curious'`)).toHaveLength(1)
})

describe.each(['private', 'pgboss', 'auth', 'realtime', 'supabase_migrations'])('the schema %s', (schema) => {
  test('cannot be reached by naming it', async () => {
    const [tables, functions] = await Promise.all([listTables(schema), listFunctions(schema)])
    expect(tables.length + functions.length).toBeGreaterThan(0)
    const client = memberClient(schema)
    for (const { name } of tables) {
      const { data, error } = await client.from(name).select('*')
      expect({ name, data, isRefused: error !== null }).toEqual({ name, data: null, isRefused: true })
    }
    for (const { name, names } of functions) {
      const { data, error } = await client.rpc(
        name,
        Object.fromEntries((names ?? []).map((key) => [key, null])),
      )
      expect({ name, data, isRefused: error !== null }).toEqual({ name, data: null, isRefused: true })
    }
  })
})

test('calls no function of public, or of private without naming the schema', async () => {
  const functions = [...(await listFunctions('public')), ...(await listFunctions('private'))]
  expect(functions.map(({ name }) => name)).toContain('create_workspace')
  const client = memberClient()
  for (const { name, names } of functions) {
    const { data, error } = await client.rpc(
      name,
      Object.fromEntries((names ?? []).map((key) => [key, null])),
    )
    expect({ name, data, isRefused: error !== null }).toEqual({ name, data: null, isRefused: true })
  }
})
