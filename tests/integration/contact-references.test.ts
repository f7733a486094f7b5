import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { runAs } from '../support/run-as.ts'
import { makeWorkspace } from '../support/workspace.ts'

let database: TestDatabase
let workspaceId: string
/** A contact with an account, a number, a value of a field and a line of history. */
let contact: string
let identity: string
let field: string
const nobody = randomUUID()

beforeAll(async () => {
  database = await createTestDatabase()
})
afterAll(() => database.drop())

const query = (statement: string, values: unknown[]) => runAs(database.adminUrl, statement, values)

beforeEach(async () => {
  workspaceId = (await makeWorkspace(database.adminUrl)).workspaceId
  contact = randomUUID()
  identity = randomUUID()
  field = randomUUID()
  await addContact(contact, contact)
  await addIdentity(identity, identity, contact)
  await addPhone(identity)
  await query(
    `insert into public.contact_field_definitions (workspace_id, id, label, kind) values ($1, $2, 'Kota', 'text')`,
    [workspaceId, field],
  )
  await addValue(contact, field)
  await addLine(contact)
})

const addContact = (id: string, root: string, workspace = workspaceId) =>
  query('insert into public.contacts (workspace_id, id, root_id) values ($1, $2, $3)', [workspace, id, root])
const addIdentity = (id: string, root: string, owner: string) =>
  query(
    'insert into public.contact_identities (workspace_id, id, root_id, contact_id) values ($1, $2, $3, $4)',
    [workspaceId, id, root, owner],
  )
const addPhone = (account: string) =>
  query(
    `insert into public.identity_phones
       (workspace_id, identity_id, phone_normalized, phone, first_seen_at, last_seen_at)
     values ($1, $2, '+628120000771', '+628120000771', now(), now())`,
    [workspaceId, account],
  )
const addValue = (owner: string, of: string) =>
  query(
    `insert into public.contact_field_values (workspace_id, contact_id, field_id, value, source, as_of)
     values ($1, $2, $3, 'Solo', 'staff', now())`,
    [workspaceId, owner, of],
  )
const addLine = (owner: string) =>
  query(`insert into public.contact_changes (workspace_id, contact_id, field) values ($1, $2, 'name')`, [
    workspaceId,
    owner,
  ])

const isRefused = (work: Promise<unknown>) => expect(work).rejects.toMatchObject({ code: '23503' })

test.each<[string, () => Promise<unknown>]>([
  ['a contact of no workspace', () => addContact(nobody, nobody, nobody)],
  ['a contact below nobody', () => addContact(randomUUID(), nobody)],
  ['an account of nobody', () => addIdentity(nobody, nobody, nobody)],
  ['an account below no account', () => addIdentity(randomUUID(), nobody, contact)],
  ['a number of no account', () => addPhone(nobody)],
  ['a value of nobody', () => addValue(nobody, field)],
  ['a value of no field', () => addValue(contact, nobody)],
  ['a line in the history of nobody', () => addLine(nobody)],
])('nothing is added that points to what is not there: %s', (_, add) => isRefused(add()))

test.each([
  ['contacts', 'root_id'],
  ['contact_identities', 'root_id'],
  ['contact_identities', 'contact_id'],
  ['identity_phones', 'identity_id'],
  ['contact_field_values', 'contact_id'],
  ['contact_field_values', 'field_id'],
  ['contact_changes', 'contact_id'],
])('nothing is changed to point to what is not there: %s.%s', (table, column) =>
  isRefused(
    query(`update public.${table} set ${column} = $2 where workspace_id = $1`, [workspaceId, nobody]),
  ),
)

test('nothing points into another workspace', async () => {
  const here = workspaceId
  workspaceId = (await makeWorkspace(database.adminUrl)).workspaceId
  await isRefused(addLine(contact))
  await isRefused(addIdentity(nobody, nobody, contact))
  await isRefused(addContact(randomUUID(), contact))
  workspaceId = here
})

test('nothing is removed that something points to', async () => {
  const remove = (table: string) =>
    query(`delete from public.${table} where workspace_id = $1 and root_id = id`, [workspaceId])
  await isRefused(
    query('delete from public.contact_field_definitions where workspace_id = $1', [workspaceId]),
  )
  await query('delete from public.contact_field_values where workspace_id = $1', [workspaceId])
  await query('delete from public.contact_field_definitions where workspace_id = $1', [workspaceId])

  await isRefused(remove('contact_identities'))
  await query('delete from public.identity_phones where workspace_id = $1', [workspaceId])
  const joined = randomUUID()
  await addIdentity(joined, identity, contact)
  await isRefused(remove('contact_identities'))
  await query('delete from public.contact_identities where workspace_id = $1', [workspaceId])

  await isRefused(remove('contacts'))
  await query('delete from public.contact_changes where workspace_id = $1', [workspaceId])
  await addContact(joined, contact)
  await isRefused(remove('contacts'))
  await query('delete from public.contacts where workspace_id = $1', [workspaceId])
})
