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
import { encryptionKeys } from '../support/workspace.ts'
import { askAction, findActions, type Action, type Answer } from '../support/workspace-endpoints.ts'

let database: TestDatabase
let admin: pg.Client
let web: ReturnType<typeof createDatabase>
let asMember: AsMember
let tenant: Tenant
const actions = await findActions()

beforeAll(async () => {
  database = await createTestDatabase()
  admin = new pg.Client(database.adminUrl)
  await admin.connect()
  web = createDatabase(createPool({ connectionString: database.webUrl, applicationName: 'test', max: 2 }))
  asMember = createAsMember(web, () => Promise.resolve())
})

beforeEach(async () => {
  tenant = await buildTenant(admin)
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
  'contacts?takeBack',
  'contacts/merges?reject',
  'contacts/merges?rejectThreads',
  'contacts/merges/new?propose',
  ...[
    'block',
    'deleteNote',
    'edit',
    'label',
    'leadStatus',
    'note',
    'optIn',
    'optOut',
    'owner',
    'unblock',
    'unlabel',
  ].map((name) => `contacts/[contact]?${name}`),
]

const labelId = () => String(tenant.rows.get('public.labels')?.[0]?.['id'])

const blockId = () => String(tenant.rows.get('public.contact_blocks')?.[0]?.['id'])
const noteId = () => String(tenant.rows.get('public.conversation_notes')?.[0]?.['id'])

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
  note: 'Wants to be called in the morning',
  conversation: tenant.conversationId,
  invitation: tenant.invitationId,
  ...(name.startsWith('contacts/merges?')
    ? {
        id: name.endsWith('?undo')
          ? tenant.mergeId
          : name.endsWith('Threads')
            ? tenant.threadProposalId
            : tenant.proposalId,
      }
    : {}),
  ...(name.endsWith('recovery?plan') ? { kind: 'recompute_numbers', from: '' } : {}),
  ...(name.endsWith('?takeBack') ? { block: blockId() } : {}),
  ...(name.endsWith('?deleteNote') ? { id: noteId() } : {}),
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
  onRead?: (name: string) => void,
): Promise<Answer> {
  const known: Record<string, string> = {
    event: String(tenant.webhookEventId),
    replay: tenant.replayId,
    contact: tenant.contactId,
    merge: tenant.mergeId,
    import: tenant.imports[action.name.endsWith('?undo') ? 'applied' : 'checked'],
    run: tenant.recoveryRunId,
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
    ...(onRead !== undefined && { onRead }),
    locals: {
      session: { kind: 'signed_in', claims: { sub: userId, exp: 4_102_444_800 } },
      membership: {
        workspace: { id: workspaceId, slug: 'shop', timeZone: 'Asia/Jakarta', defaultCountry: 'ID' },
        role,
        displayName: 'Somebody',
        preferences: defaultPreferences,
      },
      services: { asMember, environment: { ORIGIN: 'http://localhost', ENCRYPTION_KEYS: encryptionKeys } },
    },
  })
}

/** What no rule of ours foresees is an error with an id for them, and nothing done. */
const refused = (): Answer => ({ status: 500, text: '' })

async function readRows(): Promise<string> {
  const tables = Object.keys(seeds).map(
    (table) =>
      `(select jsonb_agg(to_jsonb(t) order by to_jsonb(t)) from ${table} t where t.${tenantColumnOf(table)} = $1)`,
  )
  const { rows } = await admin.query<{ rows: string }>({
    name: 'rows of a tenant',
    text: `select jsonb_build_array(${tables.join(', ')})::text as rows`,
    values: [tenant.workspaceId],
  })
  return rows[0]?.rows ?? ''
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

/** What stands in its way among the rows of a tenant, or is missing there. */
async function makeReadyFor({ name }: Action): Promise<void> {
  // A check that is under way, and one that is applied, stand in the way of the next.
  if (!name.includes('[replay]'))
    await admin.query('delete from replays where workspace_id = $1', [tenant.workspaceId])
  // Its plan is another one by now.
  if (name.endsWith('merges?accept'))
    await admin.query('update merge_proposals set plan_hash = $2 where workspace_id = $1', [
      tenant.workspaceId,
      await hashOfPlan(),
    ])
  if (name.endsWith('?optOut'))
    await admin.query('delete from contact_opt_outs where workspace_id = $1', [tenant.workspaceId])
  // Only what one wrote or set oneself is taken back.
  if (name.endsWith('?deleteNote'))
    await admin.query('update conversation_notes set author_id = $2 where workspace_id = $1', [
      tenant.workspaceId,
      tenant.people.owner,
    ])
  if (name.endsWith('?takeBack'))
    await admin.query('update contact_blocks set created_by = $2 where workspace_id = $1', [
      tenant.workspaceId,
      tenant.people.owner,
    ])
  if (/contacts\/\[contact\]\?(un)?label$/.test(name))
    await admin.query('update conversations set label_ids = $2 where workspace_id = $1', [
      tenant.workspaceId,
      name.endsWith('?label') ? [] : [labelId()],
    ])
  if (name.endsWith('recovery/[run]?undo'))
    await admin.query(`update recovery_runs set state = 'applied' where workspace_id = $1`, [
      tenant.workspaceId,
    ])
  if (name.endsWith('recovery/[run]?resume'))
    await admin.query(
      `update recovery_runs set state = 'failed', failed_step = 'applying', failure = 'error' where workspace_id = $1`,
      [tenant.workspaceId],
    )
  if (name.endsWith('contact-fields?restore'))
    await admin.query('update contact_field_definitions set archived_at = now() where id = $1', [
      tenant.fieldId,
    ])
}

test.each(actions)('$name does something where its page is one’s own', async (action) => {
  await makeReadyFor(action)
  const before = await readRows()
  const asker = { userId: tenant.people.owner, workspaceId: tenant.workspaceId, role: 'owner' } as const
  const { status, text } = await ask(action, asker)
  expect({ status, text }).toEqual({ status: expect.toSatisfy((code: number) => code < 400), text })
  expect(await readRows()).not.toBe(before)
})

test('forms are found', () => {
  expect(actions.length).toBeGreaterThan(20)
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
    const other = await buildTenant(admin)
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
  let asked = 0
  const asker = { userId: tenant.people.owner, workspaceId: tenant.workspaceId, role: 'owner' } as const
  for (const action of actions) {
    // Another value of one field can have it read another.
    const read = new Set<string>()
    const askWith = (change: Record<string, string>) =>
      ask(action, asker, { ...fieldsOf(action), ...change }, (name) => read.add(name))
    await askWith({}).catch(refused)
    const done = new Set<string>()
    while (done.size < read.size) {
      const names = [...read].filter((name) => !done.has(name))
      for (const name of names) done.add(name)
      const answers = names.map((name) =>
        askWith({ [name]: value }).catch((error: unknown) => {
          broken.push(`${action.name} ${name}: ${String(error)}`)
        }),
      )
      await Promise.all(answers)
    }
    asked += done.size
  }
  expect(broken).toEqual([])
  expect(asked).toBeGreaterThan(actions.length)
})
