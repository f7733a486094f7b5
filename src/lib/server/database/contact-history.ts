import { sql } from 'kysely'
import type { FieldChange, FieldSource } from '../../domain/contacts.ts'
import type { Person } from '../../domain/inbox.ts'
import type { Database } from './database.ts'

/** A person by all contacts and accounts that are theirs. */
export interface PersonOf {
  workspaceId: string
  contactIds: string[]
  accountIds: string[]
  /** Members, also former ones, by their user id. */
  people: ReadonlyMap<string, Person>
}

export type NamedChange = FieldChange & {
  /** 'name', 'email', 'owner', 'lead_status' or 'field:<id>' */
  field: string
}

const most = 300

/** What was changed of a person, latest first; of very much the latest. Owners are told by their names. */
export async function readHistory(
  database: Database,
  { workspaceId, contactIds, people }: PersonOf,
): Promise<NamedChange[]> {
  interface Row {
    id: string
    field: string
    old_value: string | null
    new_value: string | null
    source: FieldSource | null
    changed_at: Date
    changed_by: string | null
    import_id: string | null
    is_by_recovery: boolean
  }
  const { rows } = await sql<Row>`
    select h.id, h.field, h.old_value, h.new_value, h.source, h.changed_at, h.changed_by, h.import_id,
      h.recovery_run_id is not null as is_by_recovery
    from public.contact_changes h
    where h.workspace_id = ${workspaceId} and h.contact_id = any (${contactIds}::uuid[])
    order by h.changed_at desc, h.id desc
    limit ${sql.lit(most)}
  `.execute(database)
  return rows.map((row) => {
    const say = (value: string | null) =>
      row.field === 'owner' && value !== null ? (people.get(value)?.name ?? value) : value
    return {
      id: row.id,
      field: row.field,
      oldValue: say(row.old_value),
      newValue: say(row.new_value),
      source: row.source,
      changedAt: row.changed_at.toISOString(),
      changedBy: findPerson(people, row.changed_by),
      importId: row.import_id,
      isByRecovery: row.is_by_recovery,
    }
  })
}

export function findPerson(people: ReadonlyMap<string, Person>, id: string | null): Person | null {
  return id === null ? null : (people.get(id) ?? null)
}
