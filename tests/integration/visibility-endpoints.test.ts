import { randomUUID } from 'node:crypto'
import { glob } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { RequestEvent } from '@sveltejs/kit'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAsMember, createDatabase, type AsMember } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { seeds, tenantColumnOf, buildTenant, type Tenant } from '../support/tenancy/tenant.ts'

const routes = resolve('src/routes/(app)/w/[workspace]')
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

type Method = (typeof methods)[number]
type Handler = (event: RequestEvent) => Promise<Response> | Response

interface Endpoint {
  path: string
  method: Method
  handler: Handler
}

let database: TestDatabase
let admin: pg.Client
let web: ReturnType<typeof createDatabase>
let asMember: AsMember
let tenant: Tenant
let endpoints: Endpoint[]

beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Client(database.adminUrl)
  await admin.connect()
  web = createDatabase(createPool({ connectionString: database.webUrl, applicationName: 'test', max: 2 }))
  asMember = createAsMember(web, () => Promise.resolve())
  tenant = await buildTenant(admin)
  await admin.query(`update contacts set name = 'Rahasia', name_source = 'staff' where workspace_id = $1`, [
    tenant.workspaceId,
  ])
  endpoints = await findEndpoints()
})

afterAll(async () => {
  await web.destroy()
  await admin.end()
  await database.drop()
})

/** Every JSON endpoint of a workspace, whatever it is for. */
async function findEndpoints(): Promise<Endpoint[]> {
  const found: Endpoint[] = []
  for await (const path of glob('**/+server.ts', { cwd: routes })) {
    const module = (await import(join(routes, path))) as Partial<Record<Method, Handler>>
    for (const method of methods) {
      const handler = module[method]
      if (handler !== undefined) found.push({ path: path.replace('/+server.ts', ''), method, handler })
    }
  }
  // What takes away comes last.
  return found.sort((a, b) => methods.indexOf(a.method) - methods.indexOf(b.method))
}

/** Whatever any of them asks for: each reads what it knows. */
const bodyOf = () => ({
  clientReference: randomUUID(),
  kind: 'text',
  text: 'Hello',
  body: 'Hello',
  mentionedIds: [],
  messageId: tenant.messageId,
  emoji: '👍',
  state: 'closed',
  action: 'take_over',
  labelIds: [],
  assigneeId: tenant.people.agent,
  replyToMessageId: null,
  to: { contactId: tenant.contactId },
  writtenAt: new Date().toISOString(),
  askedAt: new Date().toISOString(),
  fileName: 'picture.png',
  mimeType: 'image/png',
  byteSize: 1000,
})

/** A message whose file can be opened. */
const pictureId = () =>
  String(tenant.rows.get('public.messages')?.find((row) => row['type'] === 'image')?.['id'])

interface Answer {
  status: number
  text: string
}

async function ask({ path, method, handler }: Endpoint, userId: string): Promise<Answer> {
  const url = new URL('http://localhost/w/shop')
  url.searchParams.set('conversation', tenant.conversationId)
  url.searchParams.set('cursor', '0')
  url.searchParams.set('view', 'open')
  url.searchParams.set('q', 'Rahasia')
  url.searchParams.set('channel', tenant.channelId)
  const event = {
    params: {
      workspace: 'shop',
      conversation: tenant.conversationId,
      message: path.startsWith('media/') && method === 'GET' ? pictureId() : tenant.messageId,
      note: String(tenant.rows.get('public.conversation_notes')?.[0]?.['id']),
      view: randomUUID(),
      reply: randomUUID(),
    },
    url,
    request: new Request(url, {
      method,
      ...(method === 'GET' ? {} : { body: JSON.stringify(bodyOf()) }),
    }),
    setHeaders: () => undefined,
    locals: {
      session: { kind: 'signed_in', claims: { sub: userId, exp: 4_102_444_800 } },
      membership: {
        workspace: { id: tenant.workspaceId, slug: 'shop', timeZone: 'Asia/Jakarta', defaultCountry: 'ID' },
        role: 'agent',
        displayName: 'Agent',
        preferences: {},
      },
      // Storage gives addresses; nothing is put there.
      services: {
        asMember,
        environment: {},
        mediaStore: {
          sign: () => Promise.resolve('http://localhost/file'),
          signUpload: () => Promise.resolve('http://localhost/upload'),
        },
      },
    },
  } as unknown as RequestEvent
  try {
    const response = await handler(event)
    return { status: response.status, text: await response.text() }
  } catch (thrown) {
    if (typeof thrown === 'object' && thrown !== null && 'status' in thrown) {
      return { status: Number(thrown.status), text: '' }
    }
    throw thrown
  }
}

/** Rows of the tenant as they are, but for what is a member's own. */
async function readRows(): Promise<string> {
  const rows: unknown[] = []
  for (const table of Object.keys(seeds)) {
    const found = await admin.query<{ row: unknown }>(
      `select to_jsonb(t) - 'preferences' as row from ${table} t where t.${tenantColumnOf(table)} = $1 order by 1`,
      [tenant.workspaceId],
    )
    rows.push(table, found.rows)
  }
  return JSON.stringify(rows)
}

/** Makes a file of one's own, which only a send ties to a conversation. */
const ofOwnFiles = 'inbox/[conversation]/uploads'
const isOfConversation = ({ path }: Endpoint) =>
  path !== ofOwnFiles && /\[(conversation|message=uuid)\]/.test(path)

/** Which answer the same to everybody here: no draft was written, no sign is given, nothing waits to be taken back. */
const silent = [
  'GET inbox/[conversation]/draft',
  'POST inbox/[conversation]/typing',
  'DELETE inbox/[conversation]/messages/[message]',
]

/** What may be answered of anything: that nothing was done, that there is no draft of one's own. */
const harmless = /^(|null|\{"isAsked":false\}|\{"text":"","replyToMessageId":null,"writtenAt":null\})$/

test.each(['ownOnly', 'teamOnly'] as const)(
  'no endpoint tells %s of a conversation that is not theirs, or does anything to it',
  async (name) => {
    expect(endpoints.length).toBeGreaterThan(20)
    const before = await readRows()
    const secrets = [
      'Rahasia',
      'Hello',
      '+12025550123',
      tenant.conversationId,
      tenant.contactId,
      tenant.fileId,
    ]
    const told = (text: string) => secrets.filter((secret) => text.includes(secret))
    for (const endpoint of endpoints.filter(isOfConversation)) {
      const { status, text } = await ask(endpoint, tenant.people[name])
      const asked = `${endpoint.method} ${endpoint.path}: ${String(status)} ${text}`
      expect({ asked, isRefused: status >= 400 || harmless.test(text) }).toEqual({ asked, isRefused: true })
      expect({ asked, told: told(text) }).toEqual({ asked, told: [] })
    }
    expect(await readRows()).toBe(before)
    for (const endpoint of endpoints.filter((each) => !isOfConversation(each))) {
      const { text } = await ask(endpoint, tenant.people[name])
      expect({ path: endpoint.path, told: told(text) }).toEqual({ path: endpoint.path, told: [] })
    }
  },
)

test('those who see the conversation are answered something else', async () => {
  const same: string[] = []
  for (const endpoint of endpoints.filter(isOfConversation)) {
    const refused = await ask(endpoint, tenant.people.ownOnly)
    const answer = await ask(endpoint, tenant.people.agent)
    if (answer.status === refused.status && answer.text === refused.text) {
      same.push(`${endpoint.method} ${endpoint.path}: ${String(answer.status)} ${answer.text}`)
    }
  }
  expect(same.filter((line) => !silent.some((known) => line.startsWith(`${known}:`)))).toEqual([])
})
