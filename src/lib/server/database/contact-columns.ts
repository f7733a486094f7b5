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
 * The one place that says which value of a contact is shown: what a merge chose, else its own.
 *
 * @param alias of public.contacts, a row at a root
 */
export function shownColumns(alias: string): ShownColumns {
  const column = (name: string) => sql.ref(`${alias}.${name}`)
  return {
    name: sql`coalesce(${column('chosen_name')}, ${column('name')})`,
    listName: sql`${column('list_name')}`,
    email: sql`coalesce(${column('chosen_email')}, ${column('email')})`,
    leadStatus: sql`coalesce(${column('chosen_lead_status')}, ${column('lead_status')})`,
    ownerId: sql`coalesce(${column('chosen_owner_id')}, ${column('owner_id')})`,
  }
}

/**
 * The value of each field of a person, as rows of (field_id, value, source, as_of, from_id): what a merge chose, else
 * over all contacts that were merged the most trusted source first, of it the latest. from_id is whose own value it is,
 * null for one that was typed for a merge.
 *
 * @param contactIds an array of the contacts of one root, as SQL
 */
export function selectShownFields(
  workspaceId: string,
  contactIds: RawBuilder<unknown>,
): RawBuilder<{ field_id: string; value: string; source: string; as_of: Date; from_id: string | null }> {
  return sql`
    select distinct on (v.field_id) v.field_id, v.value, v.source, v.as_of, v.from_id
    from (
      select o.field_id, o.value, o.source, o.as_of, o.contact_id as from_id, false as is_chosen
      from public.contact_field_values o
      where o.workspace_id = ${workspaceId} and o.contact_id = any (${contactIds})
        -- Staff, or a merge, said that the contact's own value is what counts.
        and not exists (
          select from public.contact_chosen_values c
          where c.workspace_id = ${workspaceId} and c.contact_id = any (${contactIds})
            and c.field_id = o.field_id and c.contact_id <> o.contact_id
        )
      union all
      select c.field_id, c.value, c.source, c.as_of, c.from_id, true
      from public.contact_chosen_values c
      where c.workspace_id = ${workspaceId} and c.contact_id = any (${contactIds})
        and c.field_id is not null and c.value is not null
    ) v
    order by v.field_id, v.is_chosen desc, v.source desc, v.as_of desc, v.from_id
  `
}
