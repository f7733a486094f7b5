import { sql } from 'kysely'
import type { Person } from '../../domain/inbox.ts'
import { findPerson, type NamedChange } from './contact-history.ts'
import type { Database } from './database.ts'

/** An import that wrote something of a person. */
export interface ContactImport {
  id: string
  /** Null for who may not see imports. */
  fileName: string | null
  at: string
  by: Person | null
  undoneAt: string | null
}

/** The imports that a history tells of, each with when it first wrote and, for who may see it, its file. */
export async function readContactImports(
  database: Database,
  { workspaceId, people }: { workspaceId: string; people: ReadonlyMap<string, Person> },
  history: readonly NamedChange[],
): Promise<ContactImport[]> {
  const changes = Map.groupBy(
    history.filter(({ importId }) => importId !== null),
    ({ importId }) => importId ?? '',
  )
  if (changes.size === 0) return []
  const { rows } = await sql<{ id: string; file_name: string; made_by: string; undone_at: Date | null }>`
    select i.id, i.file_name, i.made_by, i.undone_at from public.contact_imports i
    where i.workspace_id = ${workspaceId} and i.id = any (${[...changes.keys()]}::uuid[])
  `.execute(database)
  const known = new Map(rows.map((row) => [row.id, row]))
  return [...changes].map(([id, written]) => {
    const found = known.get(id)
    const first = written.at(-1)
    return {
      id,
      fileName: found?.file_name ?? null,
      at: first?.changedAt ?? '',
      by: found === undefined ? (first?.changedBy ?? null) : findPerson(people, found.made_by),
      undoneAt: found?.undone_at?.toISOString() ?? null,
    }
  })
}
