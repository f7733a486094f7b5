import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ContactChanges, ContactPage } from '../../src/lib/domain/contacts.ts'
import { createContact, editContact } from '../../src/lib/server/database/contact-edits.ts'
import {
  changeContactField,
  createContactField,
  listContactFields,
} from '../../src/lib/server/database/contact-fields.ts'
import { moveContactField } from '../../src/lib/server/database/contact-field-order.ts'
import { findContactPage } from '../../src/lib/server/database/contact-page.ts'
import type { Claims } from '../../src/lib/server/database/database.ts'
import { makeContactBench, type ContactBench } from '../support/contact-bench.ts'
import { addMember, makeWorkspace } from '../support/workspace.ts'

let bench: ContactBench
let digits = 6281200000500

beforeAll(async () => {
  bench = await makeContactBench()
})

afterAll(() => bench.close())

/** A number that nobody had yet. */
let phone: string
beforeEach(() => {
  digits += 1
  phone = String(digits)
})

const edit = (id: string, changes: ContactChanges, claims: Claims = bench.owner) =>
  bench.asMember(claims, (trx) => editContact(trx, bench.of.id, id, changes))

async function pageOf(id: string): Promise<ContactPage> {
  const page = await bench.asOwner((trx) => findContactPage(trx, bench.of.id, id))
  if (page === undefined) throw new Error('there is no such contact')
  return page
}

/** As an import or a bot does it. */
const writeAs = (source: string, id: string, changes: object, asOf = new Date()) =>
  bench.query('select private.write_contact_values($1, $2, $3, $4, $5)', [
    bench.of.id,
    id,
    JSON.stringify(changes),
    source,
    asOf,
  ])

const makeField = (kind: 'text' | 'number' | 'date' | 'choice', choices: string[] = []) =>
  bench.asOwner((trx) =>
    createContactField(trx, bench.of.id, { label: `Field ${randomUUID().slice(0, 8)}`, kind, choices }),
  )

test('staff come before imports, imports before bots, bots before what WhatsApp says', async () => {
  const id = await bench.receive(phone, { name: 'profil' })
  const nameOf = async () => (({ value, source }) => ({ value, source }))((await pageOf(id)).name)
  expect(await nameOf()).toEqual({ value: 'profil', source: 'whatsapp_profile' })
  await writeAs('bot', id, { name: 'Bot' })
  expect(await nameOf()).toEqual({ value: 'Bot', source: 'bot' })
  await writeAs('import', id, { name: 'Import' })
  expect(await nameOf()).toEqual({ value: 'Import', source: 'import' })
  await writeAs('bot', id, { name: 'Bot again' })
  expect(await nameOf()).toEqual({ value: 'Import', source: 'import' })
  await edit(id, { name: ' Sari ' })
  await writeAs('import', id, { name: 'Import again', email: 'sari@example.com', lead_status: 'customer' })
  await bench.receive(phone, { name: 'profil baru', at: Math.floor(Date.now() / 1000) + 5 })
  expect(await nameOf()).toEqual({ value: 'Sari', source: 'staff' })
  // What nobody of the team has said is still the import's to say.
  const page = await pageOf(id)
  expect(page.email).toMatchObject({ value: 'sari@example.com', source: 'import' })
  expect(page.leadStatus).toMatchObject({ value: 'customer', source: 'import' })
})

test('of one source the later value stays, in whichever order they come', async () => {
  const id = await bench.receive(phone)
  await writeAs('import', id, { email: 'later@example.com' }, new Date('2026-03-02'))
  await writeAs('import', id, { email: 'earlier@example.com' }, new Date('2026-03-01'))
  expect((await pageOf(id)).email).toMatchObject({
    value: 'later@example.com',
    asOf: '2026-03-02T00:00:00.000Z',
  })
})

test('a name that is taken back is again what WhatsApp says now', async () => {
  const id = await bench.receive(phone, { name: 'profil' })
  await edit(id, { name: 'Sari', email: 'sari@example.com' })
  await bench.receive(phone, { name: 'profil baru', at: Math.floor(Date.now() / 1000) + 5 })
  await edit(id, { name: null, email: null })
  const page = await pageOf(id)
  expect(page.name).toMatchObject({ value: 'profil baru', source: 'whatsapp_profile' })
  expect(page.email).toMatchObject({ value: null, source: null, asOf: null })
  await bench.receive(phone, { name: 'profil ketiga', at: Math.floor(Date.now() / 1000) + 10 })
  expect((await pageOf(id)).name.value).toBe('profil ketiga')
})

test('tells each change with its source, its author and its time, and nothing where nothing changed', async () => {
  const id = await bench.receive(phone, { name: 'profil' })
  const agent = await bench.addAgent('all')
  await edit(id, { name: 'Sari', leadStatus: 'qualified' }, agent)
  await edit(id, { name: 'Sari', leadStatus: 'qualified' })
  await edit(id, { ownerId: agent.sub })
  const page = await pageOf(id)
  expect(page.name.history).toMatchObject([
    { oldValue: 'profil', newValue: 'Sari', source: 'staff', changedBy: { id: agent.sub } },
    { oldValue: null, newValue: 'profil', source: 'whatsapp_profile', changedBy: null },
  ])
  expect(page.leadStatus.history).toMatchObject([{ oldValue: 'new', newValue: 'qualified', source: 'staff' }])
  expect(page.owner).toMatchObject({
    value: agent.sub,
    history: [{ oldValue: null, newValue: page.ownerName }],
  })
  expect(page.editedAt).not.toBeNull()
  expect(page.timeline.map(({ kind }) => kind).toSorted()).toEqual(
    ['changed', 'changed', 'changed', 'changed', 'conversation_started', 'created'].toSorted(),
  )
})

test('an import names itself in the history', async () => {
  const id = await bench.receive(phone)
  const importId = randomUUID()
  await bench.query(
    `select set_config('my21.import_id', '${importId}', false);
     update contacts set lead_status = 'customer' where id = '${id}'`,
  )
  expect((await pageOf(id)).leadStatus.history).toMatchObject([{ importId, source: 'import' }])
})

test('a conversation follows the lead status that was edited', async () => {
  const id = await bench.receive(phone)
  await edit(id, { leadStatus: 'customer' })
  const rows = await bench.query(
    `select c.lead_status from conversations c join contact_identities i on i.id = c.identity_id where i.contact_id = $1`,
    [id],
  )
  expect(rows).toEqual([{ lead_status: 'customer' }])
})

test('holds custom fields in one spelling by kind, with source and history', async () => {
  const id = await bench.receive(phone)
  const [size, born, grade] = [
    await makeField('number'),
    await makeField('date'),
    await makeField('choice', ['Gold', ' Silver ', 'Gold']),
  ]
  await edit(id, { fields: { [size]: '41.5', [born]: '1990-02-28', [grade]: 'Silver' } })
  await writeAs('import', id, { fields: { [size]: '39' } })
  await edit(id, { fields: { [born]: null } })
  const { fields } = await pageOf(id)
  const valueOf = (field: string) => fields.find((each) => each.id === field)
  expect(valueOf(size)).toMatchObject({ value: '41.5', source: 'staff' })
  expect(valueOf(grade)).toMatchObject({ value: 'Silver', choices: ['Gold', 'Silver'] })
  expect(valueOf(born)).toMatchObject({ value: null, source: null })
  expect(valueOf(born)?.history).toMatchObject([
    { oldValue: '1990-02-28', newValue: null, source: 'staff', changedBy: { id: bench.owner.sub } },
    { oldValue: null, newValue: '1990-02-28' },
  ])
})

test.each([
  ['number', '41,5'],
  ['number', '1.50'],
  ['number', '-0'],
  ['number', '1e3'],
  ['date', '2026-02-30'],
  ['date', '2026-13-01'],
  ['date', 'tomorrow'],
  ['choice', 'Bronze'],
  ['text', 'x'.repeat(2001)],
] as const)('keeps nothing else in a field of kind %s: %s', async (kind, value) => {
  const id = await bench.receive(phone)
  const field = await makeField(kind, kind === 'choice' ? ['Gold'] : [])
  await expect(edit(id, { name: 'Not this', fields: { [field]: value } })).rejects.toMatchObject({
    code: 'field_value_invalid',
    fieldId: field,
  })
  expect((await pageOf(id)).name.value).not.toBe('Not this')
})

test('refuses junk in words, and changes nothing', async () => {
  const id = await bench.receive(phone)
  const stranger = await addMember(
    bench.database.adminUrl,
    (await makeWorkspace(bench.database.adminUrl)).workspaceId,
    'agent',
  )
  const removed = await bench.addAgent('all')
  await bench.query('update workspace_members set removed_at = now() where user_id = $1', [removed.sub])
  const refusals: [ContactChanges, string][] = [
    [{ name: 'x'.repeat(201) }, 'name_length'],
    [{ name: '  ' }, 'name_length'],
    [{ email: 'nobody' }, 'email_invalid'],
    [{ email: `${'x'.repeat(250)}@example.com` }, 'email_invalid'],
    [{ leadStatus: 'rich' as 'new' }, 'lead_status_unknown'],
    [{ ownerId: stranger.sub }, 'owner_not_member'],
    [{ ownerId: removed.sub }, 'owner_not_member'],
    [{ ownerId: 'me' }, 'owner_not_member'],
    [{ fields: { [randomUUID()]: 'x' } }, 'field_not_found'],
    [{ fields: { junk: 'x' } }, 'field_not_found'],
  ]
  const before = await pageOf(id)
  for (const [changes, code] of refusals) await expect(edit(id, changes)).rejects.toMatchObject({ code })
  expect(await pageOf(id)).toEqual(before)
})

test('two who edit at the same time both have their word, and the later one stays', async () => {
  const id = await bench.receive(phone)
  const agent = await bench.addAgent('all')
  await Promise.all([
    edit(id, { email: 'satu@example.com' }),
    edit(id, { leadStatus: 'customer' }, agent),
    ...['A', 'B', 'C', 'D'].map((name) => edit(id, { name })),
  ])
  const page = await pageOf(id)
  expect(page.email.value).toBe('satu@example.com')
  expect(page.leadStatus.value).toBe('customer')
  expect(page.name.value).toBe(page.name.history[0]?.newValue)
  expect(page.name.history.filter(({ source }) => source === 'staff')).toHaveLength(4)
})

test('a member of another workspace, and one who does not see them, edit nobody', async () => {
  const id = await bench.receive(phone)
  const other = await makeWorkspace(bench.database.adminUrl)
  const strangers = [{ sub: other.ownerId, exp: 0 }, await bench.addAgent('own')]
  for (const claims of strangers) {
    await expect(edit(id, { name: 'Mine' }, claims)).rejects.toMatchObject({ code: 'contact_not_found' })
    expect(await bench.asMember(claims, (trx) => findContactPage(trx, bench.of.id, id))).toBeUndefined()
  }
  // Nor do they by the name of their own workspace.
  await expect(
    bench.asMember({ sub: other.ownerId, exp: 0 }, (trx) =>
      editContact(trx, other.workspaceId, id, { name: 'Mine' }),
    ),
  ).rejects.toMatchObject({ code: 'contact_not_found' })
  expect((await pageOf(id)).name.value).not.toBe('Mine')
})

test('one who sees only their own edits those whose conversation they have', async () => {
  const id = await bench.receive(phone)
  const agent = await bench.addAgent('own')
  await bench.query(
    `update conversations c set assignee_id = $2 from contact_identities i
     where i.id = c.identity_id and i.contact_id = $1`,
    [id, agent.sub],
  )
  await edit(id, { name: 'Punya saya' }, agent)
  expect((await pageOf(id)).name.value).toBe('Punya saya')
})

test('who edits a merged contact edits the one that shows it', async () => {
  const id = await bench.receive(phone)
  digits += 1
  const loser = await bench.receive(String(digits))
  await bench.query('update contacts set root_id = $1 where id = $2', [id, loser])
  await edit(loser, { name: 'Satu orang' })
  expect((await pageOf(id)).name.value).toBe('Satu orang')
  expect((await pageOf(id)).identities).toHaveLength(2)
  expect(await bench.asOwner((trx) => findContactPage(trx, bench.of.id, loser))).toBeUndefined()
})

const create = (typed: string | null, changes: ContactChanges, claims: Claims = bench.owner) =>
  bench.asMember(claims, (trx) => createContact(trx, bench.of.id, 'ID', typed, changes))

test('makes a contact whose messages are theirs from then on', async () => {
  const typed = `0${phone.slice(2)}`
  const id = await create(typed, { name: 'Sari', leadStatus: 'qualified' })
  expect(await pageOf(id)).toMatchObject({
    title: 'Sari',
    leadStatus: { value: 'qualified', source: 'staff' },
    identities: [{ source: 'staff', phoneVerdict: 'valid' }],
    conversations: [],
  })
  expect(await bench.receive(phone, { name: 'profil' })).toBe(id)
  expect(await pageOf(id)).toMatchObject({ title: 'Sari', conversations: [{ state: 'open' }] })
})

test('makes nobody whose number is known, in any spelling, and tells who has it', async () => {
  const id = await bench.receive(phone)
  for (const typed of [`+${phone}`, `0${phone.slice(2)}`, `https://wa.me/${phone}`])
    await expect(create(typed, { name: 'Again' })).rejects.toMatchObject({
      code: 'known_number',
      contactId: id,
    })
  const made = await Promise.allSettled([1, 2, 3].map(() => create(String(digits + 5000), { name: 'Once' })))
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
})

test('makes somebody without a number, and nobody of nothing', async () => {
  const id = await create(null, { email: 'tanpa@example.com' })
  expect(await pageOf(id)).toMatchObject({ title: 'tanpa@example.com', identities: [], address: null })
  await edit(id, { name: 'Tanpa Nomor' })
  await edit(id, { name: null })
  expect((await pageOf(id)).name.value).toBeNull()
  await expect(create(null, {})).rejects.toMatchObject({ code: 'contact_empty' })
  await expect(create('12', { name: 'x' })).rejects.toMatchObject({ code: 'phone_invalid' })
  const restricted = await bench.addAgent('own')
  await expect(create(`+${phone}`, { name: 'x' }, restricted)).rejects.toMatchObject({
    code: 'sees_own_only',
  })
})

test('admins make fields, rename, order, archive and bring them back; agents do not', async () => {
  const agent = await bench.addAgent('all')
  const field = { label: 'Kota', kind: 'text', choices: [] } as const
  const city = await bench.asOwner((trx) => createContactField(trx, bench.of.id, { ...field, choices: [] }))
  await expect(
    bench.asMember(agent, (trx) =>
      createContactField(trx, bench.of.id, { ...field, label: 'Lain', choices: [] }),
    ),
  ).rejects.toMatchObject({ code: 'not_allowed' })
  await expect(
    bench.asMember(agent, (trx) => moveContactField(trx, bench.of.id, city, 'up')),
  ).rejects.toMatchObject({ code: 'not_allowed' })
  await expect(
    bench.asOwner((trx) =>
      createContactField(trx, bench.of.id, { label: ' KOTA ', kind: 'text', choices: [] }),
    ),
  ).rejects.toMatchObject({ code: 'name_taken' })
  await expect(
    bench.asOwner((trx) =>
      createContactField(trx, bench.of.id, { label: 'Warna', kind: 'choice', choices: [' '] }),
    ),
  ).rejects.toMatchObject({ code: 'choices_invalid' })
  const id = await bench.receive(phone)
  await edit(id, { fields: { [city]: 'Bandung' } })
  const change = (changes: Parameters<typeof changeContactField>[3]) =>
    bench.asOwner((trx) => changeContactField(trx, bench.of.id, city, changes))
  const labels = async () =>
    (await bench.asOwner((trx) => listContactFields(trx, bench.of.id))).map(({ label }) => label)
  await change({ isArchived: true })
  expect(await labels()).not.toContain('Kota')
  await expect(edit(id, { fields: { [city]: 'Solo' } })).rejects.toMatchObject({ code: 'field_not_found' })
  await change({ isArchived: false, label: 'Kota asal' })
  expect((await pageOf(id)).fields.find((each) => each.id === city)).toMatchObject({ value: 'Bandung' })
  const before = await labels()
  await bench.asOwner((trx) => moveContactField(trx, bench.of.id, city, 'up'))
  expect((await labels()).indexOf('Kota asal')).toBe(Math.max(before.indexOf('Kota asal') - 1, 0))
})
