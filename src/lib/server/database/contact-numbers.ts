import { sql } from 'kysely'
import type { TypedNumber } from '../../domain/contacts.ts'
import { describeTypedPhone } from '../../domain/typed-phone.ts'
import { readContactRows } from './contact-rows.ts'
import type { Database } from './database.ts'

/** How a typed number would be stored, and who has it already. A number that changed hands is its present owner's. */
export async function describeNumber(
  database: Database,
  workspaceId: string,
  country: string,
  typed: string,
): Promise<TypedNumber> {
  const phone = describeTypedPhone(typed, country)
  if (phone.e164 === null) return { ...phone, knownContact: null, isKnown: false }
  const { rows } = await sql<{ id: string }>`
    select kept.root_id as id
    from public.contact_identities i
    join public.contact_identities r on r.id = i.root_id
    join public.contacts kept on kept.id = r.contact_id
    where i.workspace_id = ${workspaceId} and i.phone_normalized = ${phone.e164}
  `.execute(database)
  const [contact] = await readContactRows(
    database,
    workspaceId,
    rows.map(({ id }) => id),
  )
  return {
    ...phone,
    knownContact: contact === undefined ? null : { id: contact.id, name: contact.name },
    isKnown: contact !== undefined,
  }
}
