import { sql } from 'kysely'
import type { FieldSource } from '../../domain/contacts.ts'
import type { Person } from '../../domain/inbox.ts'
import type { MergeUndo, NamedContact, UndoEdit } from '../../domain/merges/merge-list.ts'
import type { Database } from './database.ts'
import { namedContact, personOf, writtenValue } from './merge-list.ts'

/**
 * What is to be decided before a merge is undone: each field that was written since, at those who show who was merged.
 *
 * @param id of the merge, or of one of its edges
 * @returns undefined where there is none to see, or it is undone
 */
export async function findMergeUndo(
  database: Database,
  workspaceId: string,
  id: string,
): Promise<MergeUndo | undefined> {
  interface Row {
    reason: string
    made_at: Date
    made_by: Person | null
    survivor: NamedContact
    parted: NamedContact[]
  }
  const { rows } = await sql<Row>`
    select min(j.reason) as reason, min(j.created_at) as made_at,
      ${personOf(workspaceId, sql`(array_agg(j.made_by))[1]`)} as made_by,
      ${namedContact(workspaceId, sql`(array_agg(j.survivor_id))[1]`)} as survivor,
      jsonb_agg(${namedContact(workspaceId, sql`j.loser_id`)} order by j.created_at, j.id) as parted
    from public.contact_joins j
    where j.workspace_id = ${workspaceId} and j.source = 'staff' and j.is_active
      and (j.merge_id = ${id} or j.id = ${id})
    having count(*) > 0
  `.execute(database)
  const [found] = rows
  if (found === undefined) return undefined
  return {
    id,
    survivor: found.survivor,
    parted: found.parted,
    reason: found.reason,
    madeAt: found.made_at.toISOString(),
    madeBy: found.made_by,
    edits: await listEdits(database, workspaceId, id),
  }
}

async function listEdits(database: Database, workspaceId: string, id: string): Promise<UndoEdit[]> {
  interface Row {
    id: string
    holder: NamedContact
    field: string
    label: string | null
    old_value: string | null
    new_value: string | null
    source: FieldSource
    changed_at: Date
    changed_by: Person | null
    can_go: boolean
  }
  const { rows } = await sql<Row>`
    select l.id, ${namedContact(workspaceId, sql`l.holder_id`)} as holder, l.field, d.label,
      ${writtenValue(workspaceId, sql`l.field`, sql`l.old_value`)} as old_value,
      ${writtenValue(workspaceId, sql`l.field`, sql`l.new_value`)} as new_value, l.source, l.changed_at, ${personOf(workspaceId, sql`l.changed_by`)} as changed_by, l.can_go
    from private.list_later_edits(${workspaceId}, ${id}) l
    left join public.contact_field_definitions d
      on d.workspace_id = ${workspaceId} and concat_ws(':', 'field', d.id) = l.field
    order by l.changed_at desc, l.id
  `.execute(database)
  return rows.map((row) => ({
    id: row.id,
    holder: row.holder,
    field: row.field,
    label: row.label,
    oldValue: row.old_value,
    newValue: row.new_value,
    source: row.source,
    changedAt: row.changed_at.toISOString(),
    changedBy: row.changed_by,
    canGo: row.can_go,
  }))
}
