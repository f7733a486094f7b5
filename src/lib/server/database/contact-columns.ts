import { sql, type RawBuilder } from 'kysely'

/** What is shown of a contact, as SQL. */
export interface ShownColumns {
  name: RawBuilder<string | null>
  /** What lists are ordered by: never null, in the order of its bytes. */
  listName: RawBuilder<string>
  email: RawBuilder<string | null>
  leadStatus: RawBuilder<string>
  ownerId: RawBuilder<string | null>
}

/**
 * The one place that says which value of a contact is shown.
 *
 * @param alias of public.contacts, a row at a root
 */
export function shownColumns(alias: string): ShownColumns {
  const column = (name: string) => sql.ref(`${alias}.${name}`)
  return {
    name: sql`${column('name')}`,
    listName: sql`${column('list_name')}`,
    email: sql`${column('email')}`,
    leadStatus: sql`${column('lead_status')}`,
    ownerId: sql`${column('owner_id')}`,
  }
}

/**
 * The value of each field of a person, as rows of (field_id, value, source, as_of): over all contacts that were merged,
 * the most trusted source first, of it the latest.
 *
 * @param contactIds an array of the contacts of one root, as SQL
 */
export function selectShownFields(
  workspaceId: string,
  contactIds: RawBuilder<unknown>,
): RawBuilder<{ field_id: string; value: string; source: string; as_of: Date }> {
  return sql`
    select distinct on (v.field_id) v.field_id, v.value, v.source, v.as_of
    from public.contact_field_values v
    where v.workspace_id = ${workspaceId} and v.contact_id = any (${contactIds})
    order by v.field_id, v.source desc, v.as_of desc, v.contact_id
  `
}
