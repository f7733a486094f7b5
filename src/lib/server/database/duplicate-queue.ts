import { sql, type RawBuilder } from 'kysely'
import type { Evidence, Flip } from '../../domain/duplicates/evidence.ts'
import type {
  DuplicateCounts,
  DuplicatePage,
  DuplicatePair,
  DuplicateSearch,
  DuplicateState,
  ListedVerdict,
} from '../../domain/duplicates/queue.ts'
import { NotFound } from '../../domain/not-found.ts'
import { formatPhone } from '../../domain/phone-number.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import { isUuid } from '../../domain/uuid.ts'
import { shownColumns } from './contact-columns.ts'
import type { Database } from './database.ts'
import { findDuplicateSides } from './duplicate-sides.ts'
import { badCursor } from './page-cursor.ts'

interface CandidateRow {
  id: string
  left_id: string
  right_id: string
  score: number
  score_text: string
  verdict: ListedVerdict
  evidence: Evidence[]
  counter_evidence: Evidence[]
  turning_point: Flip | null
  found_at: Date
}

const pageSize = 20
/** Of one contact, no more are told. */
const mostOfContact = 20
/** No more are counted. */
const mostCounted = 1000

/**
 * Pairs that nobody has decided on, the surest first. Those of which one was joined to somebody a moment ago are left
 * out, whether or not the worker has seen it.
 *
 * @param after the `next` of the page before; null for the first one
 * @throws RuleViolation `bad_cursor`
 */
export async function listDuplicates(
  database: Database,
  workspaceId: string,
  after: string | null,
): Promise<DuplicatePage> {
  const rows = await findRows(
    database,
    workspaceId,
    after === null ? sql`true` : readCursor(after),
    pageSize + 1,
  )
  const last = rows.length > pageSize ? rows[pageSize - 1] : undefined
  return {
    pairs: await toPairs(database, workspaceId, rows.slice(0, pageSize)),
    next: last === undefined ? null : `${last.score_text}_${last.id}`,
  }
}

/**
 * With whom a contact may be one person, the surest first; by any contact that was joined to it, too.
 */
export async function listDuplicatesOf(
  database: Database,
  workspaceId: string,
  contactId: string,
): Promise<DuplicatePair[]> {
  const root = sql`(
    select c.root_id from public.contacts c where c.workspace_id = ${workspaceId} and c.id = ${contactId}
  )`
  const ofContact = sql`(d.left_id = ${root} or d.right_id = ${root})`
  return toPairs(database, workspaceId, await findRows(database, workspaceId, ofContact, mostOfContact))
}

async function findRows(
  database: Database,
  workspaceId: string,
  condition: RawBuilder<unknown>,
  limit: number,
): Promise<CandidateRow[]> {
  const { rows } = await sql<CandidateRow>`
    select d.id, d.left_id, d.right_id, d.score, d.score::text as score_text, d.verdict, d.evidence,
      d.counter_evidence, d.turning_point, d.found_at
    from public.duplicate_candidates d
    where d.workspace_id = ${workspaceId} and d.state = 'open' and ${condition} and ${areToDecide(workspaceId)}
    order by d.score desc, d.id desc
    limit ${limit}
  `.execute(database)
  return rows
}

/**
 * Both are there, and neither was set aside as spam or as a duplicate: on those somebody has decided already. Row by row
 * and by id, so that the order of the index holds.
 */
function areToDecide(workspaceId: string): RawBuilder<unknown> {
  return sql`(
    select count(*) = 2 from public.contacts c
    where c.workspace_id = ${workspaceId} and c.id = any(array[d.left_id, d.right_id]) and c.root_id = c.id
      and ${shownColumns('c').leadStatus} not in ('spam', 'duplicate')
  )`
}

async function toPairs(
  database: Database,
  workspaceId: string,
  rows: CandidateRow[],
): Promise<DuplicatePair[]> {
  const ids = [...new Set(rows.flatMap((row) => [row.left_id, row.right_id]))]
  const sides = await findDuplicateSides(database, workspaceId, ids)
  const labels = await findFieldLabels(database, workspaceId, rows.flatMap(fieldsOf))
  return rows.flatMap((row) => {
    const left = sides.get(row.left_id)
    const right = sides.get(row.right_id)
    if (left === undefined || right === undefined) return []
    return {
      id: row.id,
      score: row.score,
      probability: 1 / (1 + 2 ** -row.score),
      verdict: row.verdict,
      evidence: row.evidence.map(showNumbers),
      counterEvidence: row.counter_evidence.map(showNumbers),
      turningPoint: row.turning_point,
      fieldLabels: Object.fromEntries(fieldsOf(row).map((fieldId) => [fieldId, labels.get(fieldId) ?? ''])),
      foundAt: row.found_at.toISOString(),
      left,
      right,
    }
  })
}

/** Numbers as people read them; those of two spellings stay as they were written. */
function showNumbers(finding: Evidence): Evidence {
  switch (finding.code) {
    case 'same_number':
    case 'former_number':
      return { ...finding, number: formatPhone(finding.number) }
    case 'national_variant':
    case 'same_last_digits':
    case 'similar_number':
    case 'both_numbers_active':
      return { ...finding, left: formatPhone(finding.left), right: formatPhone(finding.right) }
    default:
      return finding
  }
}

function fieldsOf(row: CandidateRow): string[] {
  const findings = [...row.evidence, ...row.counter_evidence]
  return findings.flatMap((finding) => ('customField' in finding ? finding.customField : []))
}

async function findFieldLabels(
  database: Database,
  workspaceId: string,
  fieldIds: string[],
): Promise<Map<string, string>> {
  if (fieldIds.length === 0) return new Map()
  const { rows } = await sql<{ id: string; label: string }>`
    select f.id, f.label from public.contact_field_definitions f
    where f.workspace_id = ${workspaceId} and f.id = any(${[...new Set(fieldIds)]}::uuid[])
  `.execute(database)
  return new Map(rows.map(({ id, label }) => [id, label]))
}

function readCursor(cursor: string): RawBuilder<unknown> {
  const [score = '', id = '', ...more] = cursor.split('_')
  if (more.length > 0 || !isUuid(id) || !/^-?\d{1,4}(\.\d{1,20})?$/.test(score)) throw badCursor()
  return sql`(d.score, d.id) < (${score}::float8, ${id}::uuid)`
}

export async function countDuplicates(database: Database, workspaceId: string): Promise<DuplicateCounts> {
  const { rows } = await sql<{ verdict: ListedVerdict; count: number }>`
    select d.verdict, count(*)::integer as count
    from (
      select d.verdict from public.duplicate_candidates d
      where d.workspace_id = ${workspaceId} and d.state = 'open' and ${areToDecide(workspaceId)}
      order by d.score desc, d.id desc
      limit ${mostCounted}
    ) d
    group by d.verdict
  `.execute(database)
  const counts = { same: 0, likely: 0, possible: 0 }
  for (const { verdict, count } of rows) counts[verdict] = count
  return { ...counts, isMore: counts.same + counts.likely + counts.possible === mostCounted }
}

export async function findDuplicateSearch(database: Database, workspaceId: string): Promise<DuplicateSearch> {
  const { rows } = await sql<{ is_running: boolean; finished_at: Date | null; has_changes: boolean }>`
    select s.is_running, s.finished_at, s.has_changes from private.duplicate_search(${workspaceId}) s
  `.execute(database)
  const [row] = rows
  return {
    isRunning: row?.is_running ?? false,
    hasChanges: row?.has_changes ?? false,
    finishedAt: row?.finished_at?.toISOString() ?? null,
  }
}

/**
 * Says that two contacts are different people, or takes it back.
 *
 * @returns what the pair is then
 * @throws NotFound `duplicate_not_found`
 * @throws RuleViolation `already_merged`; `not_yours` for what a colleague said
 */
export async function decideDuplicate(
  database: Database,
  workspaceId: string,
  candidateId: string,
  decision: 'different' | 'undo',
): Promise<DuplicateState> {
  const call =
    decision === 'different'
      ? sql`private.tell_contacts_apart(${workspaceId}, ${candidateId})`
      : sql`private.take_back_apart(${workspaceId}, ${candidateId})`
  const { rows } = await sql<{ state: DuplicateState }>`select ${call} as state`
    .execute(database)
    .catch((error: unknown) => {
      throw toRefusal(error)
    })
  const [row] = rows
  if (row === undefined) throw new Error('the state was not returned')
  return row.state
}

/** Asks for a run over all contacts, as an owner or admin. @throws RuleViolation `not_allowed` */
export async function askForDuplicates(database: Database, workspaceId: string): Promise<void> {
  await sql`select private.ask_for_duplicates(${workspaceId})`.execute(database).catch((error: unknown) => {
    if (codeOf(error) === '42501') throw new RuleViolation('not_allowed', 'For owners and admins.')
    throw error
  })
}

function toRefusal(error: unknown): unknown {
  if (codeOf(error) === '42501')
    return new NotFound('duplicate_not_found', 'This pair does not exist, or is not to see.')
  const { message } = error as Error
  if (codeOf(error) === 'P0001' && message === 'already_merged')
    return new RuleViolation('already_merged', 'The two are one contact by now.')
  if (codeOf(error) === 'P0001' && message === 'not_yours')
    return new RuleViolation('not_yours', 'A colleague said so.')
  return error
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
