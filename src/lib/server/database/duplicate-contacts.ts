import { sql } from 'kysely'
import type {
  ContactAccount,
  ContactName,
  DuplicateContact,
  NameSource,
} from '../../domain/duplicates/contact.ts'
import { readFieldValues, type FieldValue } from '../../domain/duplicates/custom-fields.ts'
import type { Database } from './database.ts'

interface ContactRow {
  id: string
  root_id: string
  created_at: Date
  name: string | null
  name_source: NameSource | null
  email: string | null
  /** What a merge chose, which is shown in place of its own. */
  chosen_name: string | null
  chosen_email: string | null
}

interface AccountRow {
  id: string
  contact_id: string
  root_id: string
  phone: string | null
  phone_normalized: string | null
  profile_name: string | null
}

interface PhoneRow {
  identity_id: string
  phone_normalized: string
  first_seen_at: Date
  last_seen_at: Date
}

interface ScopedIdRow {
  identity_id: string
  scope: string
  value: string
}

/** The roots of a workspace, a page at a time in the order of their ids. @param after the last one of the page before */
export async function listRootContacts(
  database: Database,
  workspaceId: string,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select c.id from public.contacts c
    where c.workspace_id = ${workspaceId} and c.root_id = c.id
      and c.id > ${after ?? '00000000-0000-0000-0000-000000000000'}::uuid
    order by c.id
    limit ${limit}
  `.execute(database)
  return rows.map(({ id }) => id)
}

/** The roots of some contacts, each once. */
export async function findRoots(
  database: Database,
  workspaceId: string,
  contactIds: string[],
): Promise<string[]> {
  const { rows } = await sql<{ root_id: string }>`
    select distinct c.root_id from public.contacts c
    where c.workspace_id = ${workspaceId} and c.id = any(${contactIds}::uuid[])
  `.execute(database)
  return rows.map((row) => row.root_id)
}

/**
 * Contacts as they are compared, each with all that was joined to it. Whoever is no root is left out.
 *
 * @returns in the order of their ids
 */
export async function loadDuplicateContacts(
  database: Database,
  workspaceId: string,
  rootIds: string[],
): Promise<DuplicateContact[]> {
  if (rootIds.length === 0) return []
  const { rows: contacts } = await sql<ContactRow>`
    select c.id, c.root_id, c.created_at, c.name, c.name_source, c.email, c.chosen_name, c.chosen_email
    from public.contacts c
    where c.workspace_id = ${workspaceId} and c.root_id = any(${rootIds}::uuid[])
    order by c.root_id, (c.id = c.root_id) desc, c.id
  `.execute(database)
  const contactIds = contacts.map(({ id }) => id)
  const { rows: accounts } = await sql<AccountRow>`
    select i.id, i.contact_id, i.root_id, i.phone, i.phone_normalized, i.profile_name
    from public.contact_identities i
    where i.workspace_id = ${workspaceId} and i.contact_id = any(${contactIds}::uuid[])
    order by (i.id = i.root_id) desc, i.id
  `.execute(database)
  const accountIds = accounts.map(({ id }) => id)
  const { rows: phones } = await sql<PhoneRow>`
    select p.identity_id, p.phone_normalized, p.first_seen_at, p.last_seen_at from public.identity_phones p
    where p.workspace_id = ${workspaceId} and p.identity_id = any(${accountIds}::uuid[])
    order by p.last_seen_at desc, p.phone_normalized
  `.execute(database)
  const { rows: scopedIds } = await sql<ScopedIdRow>`
    select b.identity_id, b.scope, b.value from public.business_scoped_ids b
    where b.workspace_id = ${workspaceId} and b.identity_id = any(${accountIds}::uuid[])
    order by b.scope, b.value
  `.execute(database)
  const { rows: fields } = await sql<FieldValue & { contactId: string }>`
    select v.contact_id as "contactId", v.field_id as "fieldId", f.label, f.kind, v.value
    from public.contact_field_values v
    join public.contact_field_definitions f on f.workspace_id = v.workspace_id and f.id = v.field_id
    where v.workspace_id = ${workspaceId} and v.contact_id = any(${contactIds}::uuid[]) and f.archived_at is null
    order by f.position, v.field_id, v.contact_id
  `.execute(database)

  const facts = {
    accounts: Map.groupBy(accounts, (row) => row.contact_id),
    fields: Map.groupBy(fields, (row) => row.contactId),
  }
  const told = {
    phones: Map.groupBy(phones, (row) => row.identity_id),
    ids: Map.groupBy(scopedIds, (row) => row.identity_id),
  }
  return [...Map.groupBy(contacts, (row) => row.root_id)].flatMap(([id, parts]) => {
    const root = parts.find((part) => part.id === id)
    if (root === undefined) return []
    const ownAccounts = parts.flatMap((part) => facts.accounts.get(part.id) ?? [])
    return {
      id,
      createdAt: root.created_at.getTime(),
      names: namesOf(root, parts, ownAccounts),
      accounts: [...Map.groupBy(ownAccounts, (account) => account.root_id).values()].map((joined) =>
        toAccount(joined, told),
      ),
      emails: [root.chosen_email, ...parts.map(({ email }) => email)].flatMap((email) => email ?? []),
      ...readFieldValues(parts.flatMap((part) => facts.fields.get(part.id) ?? [])),
    }
  })
}

function namesOf(root: ContactRow, parts: ContactRow[], accounts: AccountRow[]): ContactName[] {
  const isOwn = parts.some(({ name }) => name === root.chosen_name)
  return [
    // Chosen by a person; where it is one of their own, that is compared.
    ...(root.chosen_name === null || isOwn ? [] : [{ value: root.chosen_name, source: 'staff' as const }]),
    ...parts.flatMap(({ name, name_source: source }) =>
      name === null || source === null ? [] : { value: name, source },
    ),
    ...accounts.flatMap(({ profile_name: name }) =>
      name === null ? [] : { value: name, source: 'whatsapp_profile' as const },
    ),
  ]
}

/** Accounts that were joined are one. Their root, which has the present number, comes first. */
function toAccount(
  joined: AccountRow[],
  { phones, ids }: { phones: Map<string, PhoneRow[]>; ids: Map<string, ScopedIdRow[]> },
): ContactAccount {
  const present = joined.find(({ phone, phone_normalized: number }) => (phone ?? number) !== null)
  const seen = joined.flatMap(({ id }) => phones.get(id) ?? [])
  const scopedIds = joined.flatMap(({ id }) => ids.get(id) ?? [])
  const spans = seen.filter((row) => row.phone_normalized === present?.phone_normalized)
  // Only WhatsApp tells of profiles and ids. A number that somebody typed has been seen nowhere.
  const isVerified = scopedIds.length > 0 || joined.some(({ profile_name: name }) => name !== null)
  const isSeen = isVerified && spans.length > 0
  return {
    phone: present?.phone ?? present?.phone_normalized ?? null,
    phoneNormalized: present?.phone_normalized ?? null,
    formerPhones: [...new Set(seen.map((row) => row.phone_normalized))].filter(
      (number) => number !== present?.phone_normalized,
    ),
    scopedIds: scopedIds.map(({ scope, value }) => ({ scope, value })),
    isVerified,
    activeFrom: isSeen ? Math.min(...spans.map((row) => row.first_seen_at.getTime())) : null,
    activeUntil: isSeen ? Math.max(...spans.map((row) => row.last_seen_at.getTime())) : null,
  }
}
