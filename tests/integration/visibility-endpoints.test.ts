import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAsMember, createDatabase, type AsMember } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { defaultPreferences } from '../../src/lib/domain/member-preferences.ts'
import { defaultNotificationSettings } from '../../src/lib/domain/notifications.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { seeds, tenantColumnOf, buildTenant, type Tenant } from '../support/tenancy/tenant.ts'
import { askEndpoint, findEndpoints, type Answer, type Endpoint } from '../support/workspace-endpoints.ts'

let database: TestDatabase
let admin: pg.Client
let web: ReturnType<typeof createDatabase>
let asMember: AsMember
let tenant: Tenant
let other: Tenant
let endpoints: Endpoint[]

beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Client(database.adminUrl)
  await admin.connect()
  web = createDatabase(createPool({ connectionString: database.webUrl, applicationName: 'test', max: 2 }))
  asMember = createAsMember(web, () => Promise.resolve())
  tenant = await buildTenant(admin)
  other = await buildTenant(admin)
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

/** Of what belongs to somebody else: what only they may see or change. */
const ofOwner = (table: string, column: string) =>
  String(tenant.rows.get(table)?.find((row) => row[column] === tenant.people.owner)?.['id'])

const templateId = () => String(tenant.rows.get('public.templates')?.[0]?.['id'])

/** Whatever any of them asks for: each reads what it knows. */
const bodyOf = () => ({
  clientReference: randomUUID(),
  kind: 'text',
  text: 'Hello',
  body: 'Hello',
  mentionedIds: [],
  messageId: tenant.messageId,
  conversationId: tenant.conversationId,
  emoji: '👍',
  state: 'closed',
  action: 'take_over',
  decision: 'different',
  labelIds: [],
  conversationIds: [tenant.conversationId],
  selection: { before: '2026-01-01T00:00:00Z' },
  reason: 'Two matters',
  assigneeId: tenant.people.agent,
  replyToMessageId: null,
  channelId: tenant.channelId,
  templateId: templateId(),
  to: { contactId: tenant.contactId },
  writtenAt: new Date().toISOString(),
  askedAt: new Date().toISOString(),
  fileName: 'picture.png',
  mimeType: 'image/png',
  byteSize: 1000,
  availability: 'online',
  name: 'Mine',
  filter: { view: 'open' },
  sort: 'newest',
  isShared: false,
  shortcut: `r${randomUUID()}`,
  title: 'Greeting',
  versions: [{ language: 'en', text: 'Good morning' }],
  ...defaultNotificationSettings,
  ...subscription,
})

const subscription = {
  endpoint: 'https://fcm.googleapis.com/fcm/send/abc',
  keys: { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: Buffer.alloc(16).toString('base64url') },
}

/** A message whose file can be opened. */
const pictureId = () =>
  String(tenant.rows.get('public.messages')?.find((row) => row['type'] === 'image')?.['id'])

/** What the places of an address are filled with. A new one is added here: until then these tests fail. */
function paramsOf({ path, method, params }: Endpoint): Record<string, string> {
  const known: Record<string, string> = {
    conversation: tenant.conversationId,
    message: path.startsWith('media/') && method === 'GET' ? pictureId() : tenant.messageId,
    note: String(tenant.rows.get('public.conversation_notes')?.[0]?.['id']),
    view: ofOwner(path.startsWith('contacts/') ? 'public.contact_views' : 'public.saved_views', 'owner_id'),
    reply: ofOwner('public.saved_replies', 'owner_id'),
    contact: tenant.contactId,
    candidate: tenant.candidateId,
    merge: tenant.mergeId,
    // Ledger and replays are for owners and admins.
    event: String(tenant.webhookEventId),
    replay: tenant.replayId,
    // Nothing to undo: whoever may not is told so first.
    join: tenant.conversationId,
    split: tenant.conversationId,
    import: tenant.imports.draft,
    run: tenant.recoveryRunId,
  }
  const unknown = params.filter((name) => known[name] === undefined)
  if (unknown.length > 0) throw new Error(`${path}: what stands for ${unknown.join(', ')}?`)
  return known
}

/** Those that refuse what they do not know are asked for less. */
function bodyFor({ path }: Endpoint): object {
  const { name, filter, sort, isShared, ...rest } = bodyOf()
  if (path === 'preferences') return { sort }
  if (path.startsWith('contacts/views')) return { name, query: 'owner=none', isShared }
  return path.startsWith('inbox/views')
    ? { name, filter, sort, isShared }
    : { name, filter, sort, isShared, ...rest }
}

interface Asker {
  /** Of the workspace that the address names, as the guard found it. */
  workspaceId: string
  role: 'owner' | 'admin' | 'agent'
}

function ask(
  endpoint: Endpoint,
  userId: string,
  asker: Asker = { workspaceId: tenant.workspaceId, role: 'agent' },
  body = JSON.stringify(bodyFor(endpoint)),
  query: Record<string, string> = {},
  onRead?: (name: string) => void,
): Promise<Answer> {
  const url = new URL('http://localhost/w/shop')
  url.searchParams.set('conversation', tenant.conversationId)
  url.searchParams.set('cursor', '0')
  url.searchParams.set('view', 'open')
  url.searchParams.set('q', 'Rahasia')
  url.searchParams.set('text', '+12025550123')
  url.searchParams.set('channel', tenant.channelId)
  url.searchParams.set('contacts', `${tenant.contactId},${tenant.otherContactId}`)
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return askEndpoint(endpoint, {
    url,
    params: paramsOf(endpoint),
    body,
    ...(onRead !== undefined && { onRead }),
    locals: {
      session: { kind: 'signed_in', claims: { sub: userId, exp: 4_102_444_800 } },
      membership: {
        workspace: { id: asker.workspaceId, slug: 'shop', timeZone: 'Asia/Jakarta', defaultCountry: 'ID' },
        role: asker.role,
        displayName: 'Agent',
        preferences: defaultPreferences,
      },
      // Storage gives addresses; nothing is put there.
      services: {
        asMember,
        environment: { ORIGIN: 'http://localhost' },
        mediaStore: {
          sign: () => Promise.resolve('http://localhost/file'),
          signUpload: () => Promise.resolve('http://localhost/upload'),
        },
      },
    },
  })
}

/** Rows of the tenant as they are, but for those that are somebody's own. */
async function readRows(exceptOf: string): Promise<string> {
  const rows: unknown[] = []
  for (const table of Object.keys(seeds)) {
    const found = await admin.query<{ row: unknown }>(
      `select to_jsonb(t) as row from ${table} t
       where t.${tenantColumnOf(table)} = $1 and position($2 in to_jsonb(t)::text) = 0 order by 1`,
      [tenant.workspaceId, exceptOf],
    )
    rows.push(table, found.rows)
  }
  return JSON.stringify(rows)
}

const isOfConversation = ({ path, params }: Endpoint) =>
  ['conversation', 'message', 'candidate'].some((name) => params.includes(name)) ||
  path.startsWith('contacts/[contact]')

/** Which answer the same to everybody here: no draft was written, no sign is given, nothing waits to be taken back. */
const silent = [
  'GET inbox/[conversation]/draft',
  'POST inbox/[conversation]/typing',
  'DELETE inbox/[conversation]/messages/[message]',
  // For owners and admins: all others are told so, whatever they see.
  'POST inbox/[conversation]/merges',
  'DELETE inbox/[conversation]/merges/[join=uuid]',
  'POST inbox/[conversation]/splits',
  'DELETE inbox/[conversation]/splits/[split=uuid]',
]

/** What may be answered of anything: that nothing was done, that there is no draft of one's own. */
const harmless = /^(|null|\{"isAsked":false\}|\{"text":"","replyToMessageId":null,"writtenAt":null\})$/

/** What only those may read who see the conversation; of it, what no other workspace has. */
const secrets = () => ['Hello', '+12025550123', ...secretsOfOne()]
const secretsOfOne = () => ['Rahasia', tenant.conversationId, tenant.contactId, tenant.fileId]

function told(text: string, secret = secrets()): string[] {
  // A catch-up says of the conversation that was asked about, there or not, that it is none of the asker's.
  const asked = `"removedConversationIds":["${tenant.conversationId}"]`
  // A list of contacts says what it was searched for, and a number how it would be stored.
  const echoes = [asked, '"filter":{"text":"Rahasia"', '"e164":"+12025550123"']
  const rest = echoes.reduce((left, echo) => left.replace(echo, ''), text)
  return secret.filter((each) => rest.includes(each))
}

test.each(['ownOnly', 'teamOnly'] as const)(
  'no endpoint tells %s of a conversation that is not theirs, or does anything to it',
  async (name) => {
    expect(endpoints.length).toBeGreaterThan(20)
    const before = await readRows(tenant.people[name])
    for (const endpoint of endpoints.filter(isOfConversation)) {
      const { status, text } = await ask(endpoint, tenant.people[name])
      const asked = `${endpoint.method} ${endpoint.path}: ${String(status)} ${text}`
      expect({ asked, isRefused: status >= 400 || harmless.test(text) }).toEqual({ asked, isRefused: true })
      expect({ asked, told: told(text) }).toEqual({ asked, told: [] })
    }
    expect(await readRows(tenant.people[name])).toBe(before)
    for (const endpoint of endpoints.filter((each) => !isOfConversation(each))) {
      const { status, text } = await ask(endpoint, tenant.people[name])
      const asked = `${endpoint.method} ${endpoint.path}: ${String(status)}`
      expect({ asked, told: told(text) }).toEqual({ asked, told: [] })
    }
    expect(await readRows(tenant.people[name])).toBe(before)
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

test('each of them understands what these tests ask', async () => {
  const misunderstood: string[] = []
  for (const endpoint of endpoints) {
    const { status } = await ask(endpoint, tenant.people.agent)
    if (status === 400 || status >= 500)
      misunderstood.push(`${endpoint.method} ${endpoint.path}: ${String(status)}`)
  }
  expect(misunderstood).toEqual([])
})

test.each(['owner', 'agent'] as const)(
  'no endpoint tells an %s of another workspace anything of this one, or does anything in it',
  async (role) => {
    const before = await readRows(randomUUID())
    const asker = { workspaceId: other.workspaceId, role }
    for (const endpoint of endpoints) {
      const { status, text } = await ask(endpoint, other.people[role], asker)
      const asked = `${endpoint.method} ${endpoint.path}: ${String(status)} ${text}`
      expect({ asked, told: told(text, [...secretsOfOne(), templateId()]) }).toEqual({ asked, told: [] })
      if (isOfConversation(endpoint))
        expect({ asked, isRefused: status >= 400 || harmless.test(text) }).toEqual({ asked, isRefused: true })
    }
    expect(await readRows(randomUUID())).toBe(before)
  },
)

test('no endpoint serves who was removed this very moment, after the guard let them through', async () => {
  const before = await readRows(randomUUID())
  const asker = { workspaceId: tenant.workspaceId, role: 'owner' } as const
  const served: string[] = []
  for (const endpoint of endpoints) {
    const { status, text } = await ask(endpoint, tenant.people.removed, asker).catch(refused)
    if (told(text).length > 0) served.push(`${endpoint.method} ${endpoint.path}: ${String(status)} ${text}`)
  }
  expect(served).toEqual([])
  expect(await readRows(randomUUID())).toBe(before)
})

/** What no rule of ours foresees is an error with an id for them, and nothing done. */
const refused = (): Answer => ({ status: 500, text: '' })

/** What programs send that are no browsers, in place of each text and list that is asked for. */
const hostile: Record<string, unknown> = {
  'a null sign': 'a\0b',
  'half a surrogate': 'a\uD800b',
  'an endless text': 'x'.repeat(100_000),
  'a number beyond all': 1e308,
  'a way to a prototype': { __proto__: { isShared: true }, constructor: { prototype: {} } },
  'a list of lists': [[[[[]]]]],
}

test.each(Object.entries(hostile))('no endpoint breaks over %s', async (_, value) => {
  const broken: string[] = []
  for (const endpoint of endpoints.filter(({ method }) => method !== 'GET' && method !== 'load')) {
    for (const [name, usual] of Object.entries(bodyFor(endpoint))) {
      if (typeof usual === 'boolean') continue
      const body = JSON.stringify({ ...bodyFor(endpoint), [name]: value })
      await ask(endpoint, tenant.people.agent, undefined, body).catch((error: unknown) => {
        broken.push(`${endpoint.method} ${endpoint.path} ${name}: ${String(error)}`)
      })
    }
  }
  expect(broken).toEqual([])
})

test.each(['a null sign', 'half a surrogate', 'an endless text'])(
  'no address breaks over %s',
  async (name) => {
    const broken: string[] = []
    const text = String(hostile[name]).slice(0, 10_000)
    let asked = 0
    for (const endpoint of endpoints.filter(({ method }) => method === 'GET' || method === 'load')) {
      const read = new Set<string>()
      const askWith = (query: Record<string, string>) =>
        ask(endpoint, tenant.people.agent, undefined, '', query, (each) => read.add(each)).catch(
          (error: unknown) => {
            broken.push(`${endpoint.method} ${endpoint.path} ${Object.keys(query).join()}: ${String(error)}`)
          },
        )
      await askWith({})
      // Another value of one can have it read another. Read is also what is added meanwhile.
      for (const parameter of read) {
        await askWith({ [parameter]: text })
        asked++
      }
    }
    expect(broken).toEqual([])
    expect(asked).toBeGreaterThan(30)
  },
)
