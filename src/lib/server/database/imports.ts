import { sql } from 'kysely'
import {
  shownCellLength,
  type ContactImport,
  type ContactImportRow,
  type ImportCounts,
  type ImportFailure,
  type UndoOutcome,
} from '../../domain/csv/contact-import.ts'
import type { ImportMapping } from '../../domain/csv/import-columns.ts'
import type { ImportReason, ImportVerdict } from '../../domain/csv/import-plan.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from './database.ts'

/**
 * Begins an import, as an owner or admin.
 *
 * @returns its id
 * @throws RuleViolation `too_many_imports`; Postgres' 42501 for anybody else
 */
export async function createImport(
  database: Database,
  workspaceId: string,
  file: { name: string; byteSize: number },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select private.create_contact_import(${workspaceId}, ${file.name}, ${file.byteSize}) as id
  `
    .execute(database)
    .catch(throwViolation)
  const id = rows[0]?.id
  if (id === undefined) throw new Error('create_contact_import returned nothing')
  return id
}

/**
 * Adds a part of the file, as an owner or admin. Doing it again does nothing.
 *
 * @returns how many bytes are there
 * @throws RuleViolation `import_not_found` where it waits for none, `import_size`; Postgres' 42501
 */
export async function addImportPart(
  database: Database,
  workspaceId: string,
  importId: string,
  part: { place: number; bytes: Uint8Array },
): Promise<number> {
  const { rows } = await sql<{ present: number }>`
    select private.add_import_part(${workspaceId}, ${importId}, ${part.place}, ${Buffer.from(part.bytes)})::int as present
  `
    .execute(database)
    .catch(throwViolation)
  return rows[0]?.present ?? 0
}

const refusals: Readonly<Record<string, string>> = {
  too_many_imports: 'Ten files wait to be imported already.',
  import_not_found: 'No such import waits for a file.',
  import_size: 'More has come than the file was said to hold.',
}

function throwViolation(error: unknown): never {
  const message = error instanceof Error ? refusals[error.message] : undefined
  if (message === undefined || !(error instanceof Error)) throw error
  throw new RuleViolation(error.message, message)
}

export type ImportStep = { step: 'check'; mapping: ImportMapping } | { step: 'apply' | 'undo' }

/** Lets an import go its next step, as an owner or admin. False where it is not at that point; its job is to follow. */
export async function advanceImport(
  database: Database,
  workspaceId: string,
  importId: string,
  step: ImportStep,
): Promise<boolean> {
  const mapping = step.step === 'check' ? JSON.stringify(step.mapping) : null
  const { rows } = await sql`
    select id from private.advance_contact_import(${workspaceId}, ${importId}, ${step.step}, ${mapping}::jsonb)
  `.execute(database)
  return rows.length > 0
}

interface Row {
  id: string
  file_name: string
  byte_size: number
  state: ContactImport['state']
  mapping: ImportMapping
  headers: string[]
  progress_done: number
  progress_total: number
  counts: ImportCounts
  failure: ImportFailure | null
  made_by_name: string
  created_at: Date
  applied_at: Date | null
  undone_at: Date | null
}

const columns = sql`
  i.id, i.file_name, i.byte_size, i.state, i.mapping, i.headers, i.progress_done, i.progress_total, i.counts,
  i.failure, m.display_name as made_by_name, i.created_at, i.applied_at, i.undone_at
`

function toImport(row: Row): ContactImport {
  return {
    id: row.id,
    fileName: row.file_name,
    byteSize: row.byte_size,
    state: row.state,
    mapping: row.mapping,
    headers: row.headers,
    progressDone: row.progress_done,
    progressTotal: row.progress_total,
    counts: row.counts,
    failure: row.failure,
    madeBy: row.made_by_name,
    createdAt: row.created_at.toISOString(),
    appliedAt: row.applied_at?.toISOString() ?? null,
    undoneAt: row.undone_at?.toISOString() ?? null,
  }
}

/** One import; undefined where there is none, or the member may not see it. */
export async function findImport(
  database: Database,
  workspaceId: string,
  importId: string,
): Promise<ContactImport | undefined> {
  const { rows } = await sql<Row>`
    select ${columns}
    from public.contact_imports i
    join public.workspace_members m on m.workspace_id = i.workspace_id and m.user_id = i.made_by
    where i.workspace_id = ${workspaceId} and i.id = ${importId}
  `.execute(database)
  return rows[0] === undefined ? undefined : toImport(rows[0])
}

/** The last imports of a workspace, newest first. */
export async function listImports(
  database: Database,
  workspaceId: string,
  limit: number,
): Promise<ContactImport[]> {
  const { rows } = await sql<Row>`
    select ${columns}
    from public.contact_imports i
    join public.workspace_members m on m.workspace_id = i.workspace_id and m.user_id = i.made_by
    where i.workspace_id = ${workspaceId}
    order by i.created_at desc, i.id desc
    limit ${limit}
  `.execute(database)
  return rows.map(toImport)
}

/** The first part of a file: enough to see its header and some rows. Undefined where it is not there any more. */
export async function readFirstPart(
  database: Database,
  workspaceId: string,
  importId: string,
): Promise<Uint8Array | undefined> {
  const { rows } = await sql<{ bytes: Buffer }>`
    select p.bytes from public.contact_import_parts p
    where p.workspace_id = ${workspaceId} and p.import_id = ${importId} and p.place = 0
  `.execute(database)
  return rows[0]?.bytes
}

/** Whether all parts of a file are there, from the first to the last. */
export async function isImportWhole(
  database: Database,
  workspaceId: string,
  { id, byteSize }: Pick<ContactImport, 'id' | 'byteSize'>,
): Promise<boolean> {
  const { rows } = await sql<{ present: number; gaps: number }>`
    select coalesce(sum(length(p.bytes)), 0)::int as present, (max(p.place) + 1 - count(*))::int as gaps
    from public.contact_import_parts p
    where p.workspace_id = ${workspaceId} and p.import_id = ${id}
  `.execute(database)
  return rows[0]?.present === byteSize && rows[0].gaps === 0
}

export interface RowSelection {
  /** Null for all. */
  verdict: ImportVerdict | null
  outcome: UndoOutcome | null
  /** Rows behind this one. */
  after: number
  limit: number
}

/** Some rows of an import, in their order in the file, with what is shown of their cells. */
export async function listImportRows(
  database: Database,
  workspaceId: string,
  importId: string,
  { verdict, outcome, after, limit }: RowSelection,
): Promise<ContactImportRow[]> {
  const { rows } = await sql<{
    place: number
    line: number
    cells: string[]
    verdict: ImportVerdict
    reason: ImportReason | null
    reason_column: number | null
    duplicate_of: number | null
    duplicate_of_line: number | null
    kept: string[]
    hint: ContactImportRow['hint']
    contact_id: string | null
    undo_outcome: UndoOutcome | null
    undo_kept: string[]
  }>`
    select r.place, r.line, r.verdict, r.reason, r.reason_column, r.duplicate_of, r.kept, r.hint,
      r.contact_id, r.undo_outcome, r.undo_kept,
      array(
        select left(c.text, ${shownCellLength}) from jsonb_array_elements_text(r.cells) with ordinality c (text, place)
        order by c.place
      ) as cells,
      (
        select o.line from public.contact_import_rows o
        where o.workspace_id = ${workspaceId} and o.import_id = ${importId} and o.place = r.duplicate_of
      ) as duplicate_of_line
    from public.contact_import_rows r
    where r.workspace_id = ${workspaceId} and r.import_id = ${importId} and r.place > ${after}
      ${verdict === null ? sql`` : sql`and r.verdict = ${verdict}::public.contact_import_verdict`}
      ${outcome === null ? sql`` : sql`and r.undo_outcome = ${outcome}`}
    order by r.place
    limit ${limit}
  `.execute(database)
  return rows.map((row) => ({
    ...{ place: row.place, line: row.line, cells: row.cells, verdict: row.verdict, reason: row.reason },
    ...{ kept: row.kept, hint: row.hint, contactId: row.contact_id },
    reasonColumn: row.reason_column,
    duplicateOf: row.duplicate_of,
    duplicateOfLine: row.duplicate_of_line,
    undoOutcome: row.undo_outcome,
    undoKept: row.undo_kept,
  }))
}
