import { sql } from 'kysely'
import type { ImportCounts, ImportFailure, ImportState } from '../../domain/csv/contact-import.ts'
import type { ImportMapping } from '../../domain/csv/import-columns.ts'
import type { ImportChange, KnownContact } from '../../domain/csv/import-plan.ts'
import type { ImportReason, ImportVerdict } from '../../domain/csv/import-plan.ts'
import { selectShownFields, shownColumns } from './contact-columns.ts'
import type { Database, JobRequest } from './database.ts'
import { importContactsJob } from '../imports/import-job.ts'

/** What the worker needs to know of an import. */
export interface ImportAtWork {
  state: ImportState
  byteSize: number
  mapping: ImportMapping
  /** False before the first worker has taken this step up. */
  isBegun: boolean
  country: string
}

/**
 * An import with the lock that whoever works on it holds: of two workers the second one waits for the batch of the
 * first. Undefined where there is none.
 */
export async function lockImport(
  database: Database,
  workspaceId: string,
  importId: string,
): Promise<ImportAtWork | undefined> {
  const { rows } = await sql<ImportAtWork>`
    select i.state, i.byte_size as "byteSize", i.mapping, i.progress_total > 0 as "isBegun", w.default_country as country
    from public.contact_imports i
    join public.workspaces w on w.id = i.workspace_id
    where i.workspace_id = ${workspaceId} and i.id = ${importId}
    for no key update of i
  `.execute(database)
  return rows[0]
}

/** Everybody who belongs or belonged to a workspace, by name. */
export async function listOwnerNames(
  database: Database,
  workspaceId: string,
): Promise<{ id: string; name: string; isMember: boolean }[]> {
  const { rows } = await sql<{ id: string; name: string; isMember: boolean }>`
    select m.user_id as id, m.display_name as name, m.removed_at is null as "isMember"
    from public.workspace_members m where m.workspace_id = ${workspaceId}
  `.execute(database)
  return rows
}

/** One part of the file; undefined behind the last. */
export async function readImportPart(
  database: Database,
  workspaceId: string,
  importId: string,
  place: number,
): Promise<Uint8Array | undefined> {
  const { rows } = await sql<{ bytes: Buffer }>`
    select p.bytes from public.contact_import_parts p
    where p.workspace_id = ${workspaceId} and p.import_id = ${importId} and p.place = ${place}
  `.execute(database)
  return rows[0]?.bytes
}

/** Takes the rows of an earlier check away, some at a time. Gives how many it were. */
export async function dropImportRows(
  database: Database,
  workspaceId: string,
  importId: string,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    with chosen as materialized (
      select r.ctid as row from public.contact_import_rows r
      where r.workspace_id = ${workspaceId} and r.import_id = ${importId}
      limit 20000
    ), dropped as (
      delete from public.contact_import_rows r using chosen where r.ctid = chosen.row returning 1
    )
    select count(*)::int as count from dropped
  `.execute(database)
  return rows[0]?.count ?? 0
}

/** A row with its verdict, as it is written down. */
export interface CheckedRow {
  place: number
  line: number
  cells: string[]
  verdict: ImportVerdict
  reason: ImportReason | null
  reason_column: number | null
  duplicate_of: number | null
  kept: string[]
  hint: { contactId: string; phone: string } | null
  change: ImportChange | null
  contact_id: string | null
}

/** Writes down what is thought of some rows. One that is there already stays. */
export async function insertImportRows(
  database: Database,
  workspaceId: string,
  importId: string,
  rows: CheckedRow[],
): Promise<void> {
  await sql`
    insert into public.contact_import_rows (workspace_id, import_id, place, line, cells, verdict, reason,
      reason_column, duplicate_of, kept, hint, change, contact_id)
    select ${workspaceId}, ${importId}, r.place, r.line, r.cells, r.verdict::public.contact_import_verdict, r.reason,
      r.reason_column, r.duplicate_of, r.kept, nullif(r.hint, 'null'), nullif(r.change, 'null'), r.contact_id
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (
      place integer, line integer, cells jsonb, verdict text, reason text, reason_column integer,
      duplicate_of integer, kept text[], hint jsonb, change jsonb, contact_id uuid
    )
    on conflict (workspace_id, import_id, place) do nothing
  `.execute(database)
}

/** Who has these numbers, or had them last: contacts at the root. */
export async function findContactsByPhone(
  database: Database,
  workspaceId: string,
  phones: string[],
): Promise<Map<string, string>> {
  if (phones.length === 0) return new Map()
  const { rows } = await sql<{ phone: string; contact_id: string }>`
    select f.phone, f.contact_id from private.find_contacts_by_phone(${workspaceId}, ${phones}::text[]) f
  `.execute(database)
  return new Map(rows.map(({ phone, contact_id }) => [phone, contact_id]))
}

/** The roots of contacts, by the ids that are asked for. */
export async function findContactRoots(
  database: Database,
  workspaceId: string,
  ids: string[],
): Promise<Map<string, string>> {
  if (ids.length === 0) return new Map()
  const { rows } = await sql<{ id: string; root_id: string }>`
    select c.id, c.root_id
    from unnest(${ids}::uuid[]) as asked (id)
    cross join lateral (
      select c.id, c.root_id from public.contacts c
      where c.workspace_id = ${workspaceId} and c.id = asked.id
      limit 1
    ) c
  `.execute(database)
  return new Map(rows.map(({ id, root_id }) => [id, root_id]))
}

/** What is shown of contacts, which are roots. What a merge chose is the word of the team. */
export async function readKnownContacts(
  database: Database,
  workspaceId: string,
  ids: string[],
): Promise<Map<string, KnownContact>> {
  if (ids.length === 0) return new Map()
  const shown = shownColumns('p')
  const { rows } = await sql<KnownContact>`
    select p.id,
      jsonb_build_object('value', ${shown.name}, 'source',
        case when p.chosen_name is null then p.name_source else 'staff' end) as name,
      jsonb_build_object('value', ${shown.email}, 'source',
        case when p.chosen_email is null then p.email_source else 'staff' end) as email,
      jsonb_build_object('value', ${shown.leadStatus}, 'source',
        case when p.chosen_lead_status is null then p.lead_status_source else 'staff' end) as "leadStatus",
      ${shown.ownerId} as "ownerId",
      coalesce(filled.fields, '{}') as fields
    from unnest(${ids}::uuid[]) as asked (id)
    cross join lateral (
      select p.* from public.contacts p where p.workspace_id = ${workspaceId} and p.id = asked.id limit 1
    ) p
    cross join lateral (
      select array(
        select k.id from public.contacts k where k.workspace_id = ${workspaceId} and k.root_id = p.id
      ) as ids offset 0
    ) part
    cross join lateral (
      select jsonb_object_agg(v.field_id, jsonb_build_object('value', v.value, 'source',
        case when c.field_id is null then v.source else 'staff' end)) as fields
      from (${selectShownFields(workspaceId, sql`part.ids`)}) v
      left join public.contact_chosen_values c
        on c.workspace_id = ${workspaceId} and c.contact_id = p.id and c.field_id = v.field_id and c.value is not null
    ) filled
  `.execute(database)
  return new Map(rows.map((row) => [row.id, row]))
}

/** Writes down how far an import is. */
export async function recordImportProgress(
  database: Database,
  workspaceId: string,
  importId: string,
  progress: { done: number; total: number },
): Promise<void> {
  await sql`
    update public.contact_imports i
    set progress_done = ${progress.done}, progress_total = ${progress.total}, worked_at = clock_timestamp()
    where i.workspace_id = ${workspaceId} and i.id = ${importId}
  `.execute(database)
}

/** Ends a step of an import, and counts its rows. The file goes when it will not be read again. */
export async function finishImportStep(
  database: Database,
  workspaceId: string,
  importId: string,
  state: 'checked' | 'applied' | 'undone' | 'failed',
  { failure = null, headers }: { failure?: ImportFailure | null; headers?: string[] } = {},
): Promise<ImportCounts> {
  const { rows } = await sql<{ counts: ImportCounts }>`
    with counted as (
      select r.verdict::text as name, count(*) as count from public.contact_import_rows r
      where r.workspace_id = ${workspaceId} and r.import_id = ${importId}
      group by r.verdict
      union all
      select r.undo_outcome, count(*) from public.contact_import_rows r
      where r.workspace_id = ${workspaceId} and r.import_id = ${importId} and r.undo_outcome is not null
      group by r.undo_outcome
    ), dropped as (
      delete from public.contact_import_parts p
      where p.workspace_id = ${workspaceId} and p.import_id = ${importId} and ${state} in ('applied', 'undone', 'failed')
    )
    update public.contact_imports i
    set state = ${state}::public.contact_import_state, failure = ${failure === null ? null : JSON.stringify(failure)}::jsonb,
      headers = coalesce(${headers === undefined ? null : JSON.stringify(headers)}::jsonb, i.headers),
      counts = coalesce((select jsonb_object_agg(c.name, c.count) from counted c), '{}'),
      checked_at = case when ${state} = 'checked' then now() else i.checked_at end,
      undone_at = case when ${state} = 'undone' then now() else i.undone_at end,
      worked_at = clock_timestamp()
    where i.workspace_id = ${workspaceId} and i.id = ${importId}
    returning i.counts
  `.execute(database)
  return rows[0]?.counts ?? {}
}

/** A row that waits, with the number that it brings. */
export interface WaitingRow {
  place: number
  phone: string | null
}

/** Where to go on, so that the rows which are done are not looked through each time; null for the beginning. */
interface RowsFrom {
  passed: number | null
  limit: number
}

/** Rows that wait to be applied, first ones first. */
export async function listRowsToApply(
  database: Database,
  workspaceId: string,
  importId: string,
  { passed, limit }: RowsFrom,
): Promise<WaitingRow[]> {
  const { rows } = await sql<WaitingRow>`
    select r.place, r.change ->> 'phone_normalized' as phone
    from public.contact_import_rows r
    where r.workspace_id = ${workspaceId} and r.import_id = ${importId}
      and r.verdict in ('new', 'update') and r.applied_at is null and r.place > ${passed ?? 0}
    order by r.place
    limit ${limit}
  `.execute(database)
  return rows
}

/** Rows that wait to be taken back, last ones first. */
export async function listRowsToUndo(
  database: Database,
  workspaceId: string,
  importId: string,
  { passed, limit }: RowsFrom,
): Promise<WaitingRow[]> {
  const { rows } = await sql<WaitingRow>`
    select r.place, r.change ->> 'phone_normalized' as phone
    from public.contact_import_rows r
    where r.workspace_id = ${workspaceId} and r.import_id = ${importId}
      and r.applied_at is not null and r.undone_at is null and r.verdict in ('new', 'update')
      ${passed === null ? sql`` : sql`and r.place < ${passed}`}
    order by r.place desc
    limit ${limit}
  `.execute(database)
  return rows
}

/** How many rows an apply or an undo has in all, and how many of them are done. */
export async function countImportWork(
  database: Database,
  workspaceId: string,
  importId: string,
  step: 'apply' | 'undo',
): Promise<{ done: number; total: number }> {
  const { rows } = await sql<{ done: number; total: number }>`
    select count(*) filter (where ${step === 'apply' ? sql`r.applied_at` : sql`r.undone_at`} is not null)::int as done,
      count(*)::int as total
    from public.contact_import_rows r
    where r.workspace_id = ${workspaceId} and r.import_id = ${importId} and r.verdict in ('new', 'update')
      ${step === 'apply' ? sql`` : sql`and r.applied_at is not null`}
  `.execute(database)
  return rows[0] ?? { done: 0, total: 0 }
}

/**
 * Writes rows to contacts, or takes them back. The import and the locks of their numbers must be held. The transaction does
 * not wait until the disk has it: should Postgres die, these rows are as they were before, and are done again.
 */
export async function workOnRows(
  database: Database,
  workspaceId: string,
  importId: string,
  step: 'apply' | 'undo',
  places: number[],
): Promise<void> {
  await sql`select set_config('synchronous_commit', 'off', true)`.execute(database)
  await (
    step === 'apply'
      ? sql`select private.apply_import_rows(${workspaceId}, ${importId}, ${places}::integer[])`
      : sql`select private.undo_import_rows(${workspaceId}, ${importId}, ${places}::integer[])`
  ).execute(database)
}

/** Imports whose worker has done nothing for a while: it died, or its job is lost. They are taken for begun anew. */
export async function findForgottenImports(database: Database, seconds: number): Promise<JobRequest[]> {
  const { rows } = await sql<{ workspace_id: string; id: string }>`
    update public.contact_imports i
    set worked_at = clock_timestamp()
    where i.state in ('checking', 'applying', 'undoing')
      and i.worked_at < clock_timestamp() - make_interval(secs => ${seconds})
      and i.id in (
        select f.id from public.contact_imports f
        where f.state in ('checking', 'applying', 'undoing')
          and f.worked_at < clock_timestamp() - make_interval(secs => ${seconds})
        for update skip locked
      )
    returning i.workspace_id, i.id
  `.execute(database)
  return rows.map(({ workspace_id, id }) => importContactsJob(workspace_id, id))
}

/**
 * `lockImport`, of an import that is still at the step, and with the columns, at which it was found; undefined where
 * somebody has moved it on since.
 */
export async function lockImportStep(
  database: Database,
  workspaceId: string,
  importId: string,
  found: Pick<ImportAtWork, 'state' | 'mapping'>,
): Promise<ImportAtWork | undefined> {
  const held = await lockImport(database, workspaceId, importId)
  const isSame = held?.state === found.state && JSON.stringify(held.mapping) === JSON.stringify(found.mapping)
  return isSame ? held : undefined
}

/** The place of the last row that has its verdict; 0 before the first. */
export async function findLastImportRow(
  database: Database,
  workspaceId: string,
  importId: string,
): Promise<number> {
  const { rows } = await sql<{ place: number | null }>`
    select max(r.place) as place from public.contact_import_rows r
    where r.workspace_id = ${workspaceId} and r.import_id = ${importId}
  `.execute(database)
  return rows[0]?.place ?? 0
}

/** The rows that were checked before a worker died, first ones first: what is thought of them, and whose they are. */
export async function listCheckedRows(
  database: Database,
  workspaceId: string,
  importId: string,
): Promise<Pick<CheckedRow, 'place' | 'verdict' | 'contact_id'>[]> {
  const { rows } = await sql<Pick<CheckedRow, 'place' | 'verdict' | 'contact_id'>>`
    select r.place, r.verdict, r.contact_id from public.contact_import_rows r
    where r.workspace_id = ${workspaceId} and r.import_id = ${importId}
    order by r.place
  `.execute(database)
  return rows
}
