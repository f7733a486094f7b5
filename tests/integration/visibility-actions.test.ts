import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { defaultPreferences } from '../../src/lib/domain/member-preferences.ts'
import { hashPlan } from '../../src/lib/domain/merges/hash-plan.ts'
import { readMergeFacts } from '../../src/lib/server/database/merge-facts.ts'
import { createAsMember, createDatabase, type AsMember } from '../../src/lib/server/database/database.ts'
import { createPool } from '../../src/lib/server/database/pool.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { buildTenant, seeds, tenantColumnOf, type RoleName, type Tenant } from '../support/tenancy/tenant.ts'
import { askAction, findActions, type Action, type Answer } from '../support/workspace-endpoints.ts'

let database: TestDatabase
let admin: pg.Client
let web: ReturnType<typeof createDatabase>
let asMember: AsMember
let tenant: Tenant
let other: Tenant
let actions: Action[]

beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Client(database.adminUrl)
  await admin.connect()
  web = createDatabase(createPool({ connectionString: database.webUrl, applicationName: 'test', max: 2 }))
  asMember = createAsMember(web, () => Promise.resolve())
  actions = await findActions()
})

beforeEach(async () => {
  tenant = await buildTenant(admin)
  other = await buildTenant(admin)
})

afterAll(async () => {
  await web.destroy()
  await admin.end()
  await database.drop()
})

/** Of every member's own: what only they are shown. Everything else is for owners and admins. */
const forEverybody = [
  'notifications?default',
  'settings/notifications?default',
  'settings/you?availability',
  'contacts?bulk',
  'contacts?create',
  'contacts/merges?reject',
  'contacts/merges/new?propose',
  ...['block', 'edit', 'leadStatus', 'optIn', 'optOut', 'owner', 'unblock'].map(
    (name) => `contacts/[contact]?${name}`,
  ),
]

const labelId = () => String(tenant.rows.get('public.labels')?.[0]?.['id'])

/** Whatever any of them asks for: each reads what it knows. A new one is added here: until then these tests fail. */
const fieldsOf = ({ name }: Action): Record<string, string> => ({
  user: tenant.people.agent,
  role: 'admin',
  visibility: 'own',
  availability: 'away',
  capacity: '5',
  team: tenant.teamId,
  member: tenant.people.admin,
  number: tenant.channelId,
  name: `Toko ${randomUUID().slice(0, 8)}`,
  label: labelId(),
  colour: 'violet',
  timeZone: 'Asia/Makassar',
  country: 'SG',
  readReceipts: 'on_open',
  awayMessage: 'Kami tutup',
  showsTyping: 'on',
  newMessages: 'all',
  quietFrom: '21:00',
  quietUntil: '07:00',
  channel: tenant.channelId,
  days: '5',
  finding: tenant.findingId,
  duplicatesFactor: '7',
  silenceHours: '4',
  wrongSignaturesPerHour: '30',
  unattendedMinutes: '20',
  bodyDays: '20',
  contact: tenant.contactId,
  contacts: `${tenant.contactId},${tenant.otherContactId}`,
  survivor: tenant.contactId,
  hash: planOfTenant,
  phone: '+1 202 555 0177',
  email: 'sari@example.com',
  owner: tenant.people.agent,
  lead: 'customer',
  level: 'quarantine',
  reason: 'Spam',
  until: '2099-01-31',
  do: 'lead',
  value: 'qualified',
  id: tenant.contactId,
  field: tenant.fieldId,
  kind: 'choice',
  choices: 'Gold\nSilver',
  direction: 'up',
  eventId: String(tenant.webhookEventId),
  'column-0': 'name',
  'column-1': 'phone',
  from: '2026-01-01T00:00',
  ...(name.startsWith('contacts/merges?')
    ? { id: name.endsWith('?undo') ? tenant.mergeId : tenant.proposalId }
    : {}),
  ...(name.endsWith('?replaySpan') ? { to: '2026-01-02T00:00' } : {}),
})

/** Stands for the hash of the plan to merge the tenant's contacts, as its owner is shown it. */
const planOfTenant = 'of the plan'

function hashOfPlan(): Promise<string> {
  const claims = { sub: tenant.people.owner, exp: 4_102_444_800 }
  return asMember(claims, async (database) => {
    const ids = [tenant.contactId, tenant.otherContactId]
    return hashPlan(await readMergeFacts(database, tenant.workspaceId, ids), tenant.contactId)
  })
}

interface Asker {
  userId: string
  /** Of the workspace that the address names, as the guard found it. */
  workspaceId: string
  role: RoleName
}

async function ask(
  action: Action,
  { userId, workspaceId, role }: Asker,
  fields = fieldsOf(action),
): Promise<Answer> {
  const known: Record<string, string> = {
    event: String(tenant.webhookEventId),
    replay: tenant.replayId,
    contact: tenant.contactId,
    import: tenant.imports[action.name.endsWith('?undo') ? 'applied' : 'checked'],
  }
  const unknown = action.params.filter((name) => known[name] === undefined)
  if (unknown.length > 0) throw new Error(`${action.name}: what stands for ${unknown.join(', ')}?`)
  const form = new FormData()
  const isPlanned = action.name.startsWith('contacts/merges/new')
  for (const [name, value] of Object.entries(fields))
    form.set(name, value === planOfTenant && isPlanned ? await hashOfPlan() : value)
  return askAction(action, {
    url: new URL('http://localhost/w/shop'),
    params: known,
    form,
    locals: {
      session: { kind: 'signed_in', claims: { sub: userId, exp: 4_102_444_800 } },
      membership: {
        workspace: { id: workspaceId, slug: 'shop', timeZone: 'Asia/Jakarta', defaultCountry: 'ID' },
        role,
        displayName: 'Somebody',
        preferences: defaultPreferences,
      },
      services: { asMember, environment: { ORIGIN: 'http://localhost' } },
    },
  })
}

/** What no rule of ours foresees is an error with an id for them, and nothing done. */
const refused = (): Answer => ({ status: 500, text: '' })

async function readRows(): Promise<string> {
  const rows: unknown[] = []
  for (const table of Object.keys(seeds)) {
    const found = await admin.query<{ row: unknown }>(
      `select to_jsonb(t) as row from ${table} t where t.${tenantColumnOf(table)} = $1 order by 1`,
      [tenant.workspaceId],
    )
    rows.push(table, found.rows)
  }
  return JSON.stringify(rows)
}

/** Asks for everything, one after the other, and tells which of it was not refused. */
async function findServed(wanted: readonly Action[], asker: Asker): Promise<string[]> {
  const served: string[] = []
  for (const action of wanted) {
    const { status, text } = await ask(action, asker).catch(refused)
    if (status < 400) served.push(`${action.name}: ${String(status)} ${text}`)
  }
  return served
}

const forAdmins = () => actions.filter(({ name }) => !forEverybody.includes(name))

test('each form does something where its page is one’s own', async () => {
  expect(actions.length).toBeGreaterThan(20)
  const idle: string[] = []
  for (const action of actions) {
    tenant = await buildTenant(admin)
    // A check that is under way, and one that is applied, stand in the way of the next.
    if (!action.name.includes('[replay]'))
      await admin.query('delete from replays where workspace_id = $1', [tenant.workspaceId])
    // Its plan is another one by now.
    if (action.name.endsWith('merges?accept'))
      await admin.query('update merge_proposals set plan_hash = $2 where workspace_id = $1', [
        tenant.workspaceId,
        await hashOfPlan(),
      ])
    if (action.name.endsWith('?optOut'))
      await admin.query('delete from contact_opt_outs where workspace_id = $1', [tenant.workspaceId])
    if (action.name.endsWith('contact-fields?restore'))
      await admin.query('update contact_field_definitions set archived_at = now() where id = $1', [
        tenant.fieldId,
      ])
    const before = await readRows()
    const asker = { userId: tenant.people.owner, workspaceId: tenant.workspaceId, role: 'owner' } as const
    const { status, text } = await ask(action, asker)
    if (status >= 400 || (await readRows()) === before) idle.push(`${action.name}: ${String(status)} ${text}`)
  }
  expect(idle).toEqual([])
})

test('no form of an admin’s page serves an agent, or does anything for one', async () => {
  const before = await readRows()
  const asker = { userId: tenant.people.agent, workspaceId: tenant.workspaceId, role: 'agent' } as const
  expect(await findServed(forAdmins(), asker)).toEqual([])
  expect(await readRows()).toBe(before)
})

test('no form does an admin’s work for somebody who is an agent since this very moment', async () => {
  const before = await readRows()
  const asker = { userId: tenant.people.agent, workspaceId: tenant.workspaceId, role: 'owner' } as const
  await findServed(forAdmins(), asker)
  expect(await readRows()).toBe(before)
})

test.each(['owner', 'admin', 'agent'] as const)(
  'no form lets an %s of another workspace do anything in this one, or tells of it',
  async (role) => {
    const before = await readRows()
    const secrets = [tenant.contactId, tenant.conversationId, 'Sales', 'VIP']
    for (const workspaceId of [other.workspaceId, tenant.workspaceId]) {
      for (const action of actions) {
        const { text } = await ask(action, { userId: other.people[role], workspaceId, role }).catch(refused)
        const told = secrets.filter((secret) => text.includes(secret) && !fieldsHold(action, secret))
        expect({ action: action.name, told }).toEqual({ action: action.name, told: [] })
      }
    }
    expect(await readRows()).toBe(before)
  },
)

/** What was typed is shown again. */
const fieldsHold = (action: Action, secret: string) =>
  Object.values(fieldsOf(action)).some((value) => value.includes(secret))

test('no form serves who was removed this very moment, after the guard let them through', async () => {
  const before = await readRows()
  const asker = { userId: tenant.people.removed, workspaceId: tenant.workspaceId, role: 'owner' } as const
  for (const action of actions) await ask(action, asker).catch(refused)
  expect(await readRows()).toBe(before)
})

test.each([
  ['signs that Postgres cannot keep', 'a\0b\uD800c'],
  ['an endless text', 'x'.repeat(100_000)],
  ['nothing', ''],
])('no form breaks over %s', async (_, value) => {
  const broken: string[] = []
  const asker = { userId: tenant.people.owner, workspaceId: tenant.workspaceId, role: 'owner' } as const
  for (const action of actions) {
    for (const name of Object.keys(fieldsOf(action))) {
      await ask(action, asker, { ...fieldsOf(action), [name]: value }).catch((error: unknown) => {
        broken.push(`${action.name} ${name}: ${String(error)}`)
      })
    }
  }
  expect(broken).toEqual([])
})
