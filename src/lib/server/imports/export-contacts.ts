import { exportColumns, fieldHeader } from '../../domain/csv/import-columns.ts'
import { byteOrderMark, writeCsvRow, writeSafeCell } from '../../domain/csv/write-csv.ts'
import type { ContactFilter, FieldDefinition } from '../../domain/contacts.ts'
import { conditionsOf } from '../database/contact-conditions.ts'
import { listContactFields } from '../database/contact-fields.ts'
import { findContactIds, type ContactsOf } from '../database/contacts.ts'
import type { AsMember, Claims, Database } from '../database/database.ts'
import { readExportPage, type ExportedContact } from '../database/imports-export.ts'
import { sql, type RawBuilder } from 'kysely'

const contactsAtATime = 1000
/** As many as a search finds. */
const mostMatches = 200

/**
 * The contacts that a list shows, as the text of a CSV file, piece by piece: all fields, people without a number among
 * them. The columns are the same in every language; what begins like a formula is written so that no spreadsheet runs it.
 * An import of the file as it is changes nothing.
 *
 * @throws what `findContactIds` throws of a filter with text
 */
export async function* exportContacts(
  asMember: AsMember,
  claims: Claims,
  workspace: ContactsOf,
  filter: ContactFilter,
): AsyncGenerator<string> {
  const { fields, condition } = await asMember(claims, async (database) => ({
    fields: await listContactFields(database, workspace.id),
    condition: await conditionOf(database, workspace, filter),
  }))
  yield (
    byteOrderMark +
    writeCsvRow([...exportColumns, ...fields.map(({ label }) => writeSafeCell(fieldHeader(label)))])
  )
  let after: string | null = null
  for (;;) {
    const page: ExportedContact[] = await asMember(claims, (database) =>
      readExportPage(database, workspace.id, condition, after, contactsAtATime),
    )
    const last = page.at(-1)
    if (last === undefined) return
    yield page.map((contact) => writeContact(contact, fields)).join('')
    after = last.id
  }
}

/** A search finds the best matches, whose ids are the condition from then on. */
async function conditionOf(
  database: Database,
  workspace: ContactsOf,
  filter: ContactFilter,
): Promise<RawBuilder<unknown>> {
  if (filter.text === undefined) return conditionsOf(filter, workspace.id, workspace.timeZone)
  const ids = await findContactIds(database, workspace, filter, mostMatches)
  return sql`p.workspace_id = ${workspace.id} and p.id = any (${ids}::uuid[])`
}

function writeContact(contact: ExportedContact, fields: readonly FieldDefinition[]): string {
  const [phone = '', ...otherPhones] = contact.phones
  const values: Record<(typeof exportColumns)[number], string> = {
    contact_id: contact.id,
    name: contact.name ?? '',
    email: contact.email ?? '',
    phone,
    other_phones: otherPhones.join(' '),
    whatsapp_name: contact.profileName ?? '',
    whatsapp_username: contact.username ?? '',
    lead_status: contact.leadStatus,
    owner: contact.owner ?? '',
    created_at: contact.createdAt,
  }
  return writeCsvRow(
    [
      ...exportColumns.map((column) => values[column]),
      ...fields.map(({ id }) => contact.fields[id] ?? ''),
    ].map(writeSafeCell),
  )
}
