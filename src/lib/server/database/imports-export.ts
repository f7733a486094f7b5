import { sql, type RawBuilder } from 'kysely'
import type { ImportReason } from '../../domain/csv/import-plan.ts'
import { selectShownFields, shownColumns } from './contact-columns.ts'
import type { Database } from './database.ts'

/** A person as an export writes them. Moments are ISO 8601 in UTC. */
export interface ExportedContact {
  id: string
  name: string | null
  email: string | null
  /** E.164, that which was heard of last first. */
  phones: string[]
  profileName: string | null
  username: string | null
  leadStatus: string
  owner: string | null
  createdAt: string
  /** By the field's id. */
  fields: Record<string, string>
}

/**
 * Some of the contacts that a condition fits and the member sees, merged ones as one, in the order of their ids.
 *
 * @param condition on public.contacts, alias p: see `conditionsOf`
 * @param after the last id of the page before
 */
export async function readExportPage(
  database: Database,
  workspaceId: string,
  condition: RawBuilder<unknown>,
  after: string | null,
  limit: number,
): Promise<ExportedContact[]> {
  const { rows } = await sql<{ id: string }>`
    select p.id from public.contacts p
    where ${condition} and p.set_aside_at is null ${after === null ? sql`` : sql`and p.id > ${after}`}
    order by p.id
    limit ${limit}
  `.execute(database)
  return readExported(
    database,
    workspaceId,
    rows.map(({ id }) => id),
  )
}

async function readExported(
  database: Database,
  workspaceId: string,
  ids: string[],
): Promise<ExportedContact[]> {
  const shown = shownColumns('p')
  const { rows } = await sql<Omit<ExportedContact, 'createdAt'> & { createdAt: Date }>`
    select p.id, ${shown.name} as name, ${shown.email} as email, ${shown.leadStatus}::text as "leadStatus",
      p.created_at as "createdAt", who.phones, who.profile_name as "profileName", who.username,
      owner.display_name as owner, coalesce(filled.fields, '{}') as fields
    from unnest(${ids}::uuid[]) with ordinality as chosen (id, place)
    -- By ids alone, as a new workspace's tables look empty to Postgres.
    cross join lateral (
      select p.* from public.contacts p where p.workspace_id = ${workspaceId} and p.id = chosen.id limit 1
    ) p
    cross join lateral (
      select array(
        select k.id from public.contacts k where k.workspace_id = ${workspaceId} and k.root_id = p.id
      ) as ids offset 0
    ) part
    cross join lateral (
      select
        coalesce(
          array_agg(i.phone_normalized order by i.phone_as_of desc nulls last, i.id)
            filter (where i.phone_normalized is not null), '{}'
        ) as phones,
        (array_agg(i.profile_name order by i.profile_name_as_of desc nulls last, i.id)
          filter (where i.profile_name <> ''))[1] as profile_name,
        (array_agg(i.username order by i.username_as_of desc nulls last, i.id)
          filter (where i.username <> ''))[1] as username
      from public.contact_identities i
      where i.workspace_id = ${workspaceId} and i.contact_id = any (part.ids)
    ) who
    left join lateral (
      select m.display_name from public.workspace_members m
      where m.workspace_id = ${workspaceId} and m.user_id = ${shown.ownerId}
      limit 1
    ) owner on true
    cross join lateral (
      select jsonb_object_agg(v.field_id, v.value) as fields
      from (${selectShownFields(workspaceId, sql`part.ids`)}) v
    ) filled
    order by chosen.place
  `.execute(database)
  return rows.map((row) => ({ ...row, createdAt: row.createdAt.toISOString() }))
}

/** A row that could not be taken over, with its cells as they stand in the file. */
export interface InvalidImportRow {
  place: number
  line: number
  cells: string[]
  reason: ImportReason | null
  reasonColumn: number | null
}

/**
 * The next rows of an import that could not be taken over.
 *
 * @param page rows behind `after`: as many as are asked for, or fewer, once they hold that many characters
 */
export async function readInvalidRows(
  database: Database,
  workspaceId: string,
  importId: string,
  page: { after: number; rows: number; characters: number },
): Promise<InvalidImportRow[]> {
  const nextAfter = (place: RawBuilder<unknown>) => sql`
    select r.place, r.line, r.cells, r.reason, r.reason_column, length(r.cells::text) as length
    from public.contact_import_rows r
    where r.workspace_id = ${workspaceId} and r.import_id = ${importId} and r.verdict = 'invalid'
      and r.place > ${place}
    order by r.place
    limit 1
  `
  const { rows } = await sql<InvalidImportRow>`
    with recursive found as (
      select f.place, f.line, f.cells, f.reason, f.reason_column, 1 as rows, f.length as characters
      from (${nextAfter(sql`${page.after}`)}) f
      union all
      select n.place, n.line, n.cells, n.reason, n.reason_column, f.rows + 1, f.characters + n.length
      from found f
      cross join lateral (${nextAfter(sql`f.place`)}) n
      where f.rows < ${page.rows} and f.characters < ${page.characters}
    )
    select f.place, f.line, f.cells, f.reason, f.reason_column as "reasonColumn"
    from found f
    order by f.place
  `.execute(database)
  return rows
}
