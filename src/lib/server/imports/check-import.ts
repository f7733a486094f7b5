import { setImmediate } from 'node:timers/promises'
import { isMapping } from '../../domain/csv/import-columns.ts'
import {
  compareWithKnown,
  planNewContact,
  readImportRow,
  type ImportContext,
  type InvalidRow,
  type ReadRow,
} from '../../domain/csv/import-plan.ts'
import type { ImportFailure } from '../../domain/csv/contact-import.ts'
import { CsvProblem } from '../../domain/csv/csv-problem.ts'
import type { CsvRow } from '../../domain/csv/csv-records.ts'
import { detectCsv } from '../../domain/csv/detect-csv.ts'
import { listNumberVariants } from '../../domain/csv/number-variants.ts'
import { readCsv } from '../../domain/csv/read-csv.ts'
import { listContactFields } from '../database/contact-fields.ts'
import type { AsSystem, Database } from '../database/database.ts'
import {
  dropImportRows,
  findContactRoots,
  findContactsByPhone,
  finishImportStep,
  insertImportRows,
  listClaimedContacts,
  listOwnerNames,
  lockImport,
  readImportPart,
  readKnownContacts,
  recordImportProgress,
  type CheckedRow,
  type ImportAtWork,
} from '../database/imports-work.ts'
import { readLeadWords } from './lead-words.ts'
import { readHeaders } from './preview-file.ts'

const rowsAtATime = 1000
/** Reading numbers is slow; whoever else this process serves gets their turn in between. */
const rowsInATurn = 50

/** Another worker is at it, or it was ended: whatever the reason, it is not ours any more. */
class NotOurs extends Error {
  override name = 'NotOurs'
}

interface CheckedImport {
  asSystem: AsSystem
  workspaceId: string
  importId: string
  signal?: AbortSignal | undefined
}

/**
 * Reads the file of an import that is being checked and writes down what is to be thought of each row. Nothing else is
 * written. Begun anew after a worker died it goes on behind the last row that is there. A file that cannot be read ends
 * as failed, with the reason and the line, and without rows.
 *
 * @throws when the database is to blame or the signal ended it
 */
export async function checkImport(check: CheckedImport): Promise<void> {
  const { asSystem, workspaceId, importId } = check
  const work = await asSystem((database) => lockImport(database, workspaceId, importId))
  if (work?.state !== 'checking') return
  try {
    if (!work.isBegun) await begin(check, work)
    const headers = await checkRows(check, work)
    await asSystem(async (database) => {
      await lockChecking(database, check)
      await finishImportStep(database, workspaceId, importId, 'checked', { headers })
    })
  } catch (error) {
    if (error instanceof NotOurs) return
    const failure = readFailure(error)
    if (failure === null) throw error
    // Of a file that cannot be read to its end nothing is taken over.
    await dropAllRows(check)
    await asSystem((database) => finishImportStep(database, workspaceId, importId, 'failed', { failure }))
  }
}

/** The rows of an earlier check, with another mapping, go. */
async function begin(
  { asSystem, workspaceId, importId }: CheckedImport,
  { byteSize }: ImportAtWork,
): Promise<void> {
  await dropAllRows({ asSystem, workspaceId, importId })
  await asSystem((database) =>
    recordImportProgress(database, workspaceId, importId, { done: 0, total: byteSize }),
  )
}

async function dropAllRows({ asSystem, workspaceId, importId }: CheckedImport): Promise<void> {
  let dropped: number
  do dropped = await asSystem((database) => dropImportRows(database, workspaceId, importId))
  while (dropped > 0)
}

class NoRows extends Error {
  override name = 'NoRows'
}

/** What the columns were to hold is not there any more, such as a field that was archived meanwhile. */
class WrongColumns extends Error {
  override name = 'WrongColumns'
}

function readFailure(error: unknown): ImportFailure | null {
  if (error instanceof CsvProblem) return { code: error.code, line: error.line }
  if (error instanceof NoRows) return { code: 'no_rows', line: null }
  return error instanceof WrongColumns ? { code: 'columns', line: null } : null
}

async function* readParts({ asSystem, workspaceId, importId }: CheckedImport): AsyncGenerator<Uint8Array> {
  for (let place = 0; ; place++) {
    const bytes = await asSystem((database) => readImportPart(database, workspaceId, importId, place))
    if (bytes === undefined) return
    yield bytes
  }
}

/** Reads on to the end. Gives the header. */
async function checkRows(check: CheckedImport, work: ImportAtWork): Promise<string[]> {
  const { asSystem, workspaceId, importId, signal } = check
  const format = await detectCsv(readParts(check), true)
  const context = await asSystem((database) => readContext(database, workspaceId, work))
  const before = await asSystem((database) => listClaimedContacts(database, workspaceId, importId))
  const seen = new SeenPeople()
  for (const { place, contactId } of before) if (contactId !== null) seen.claimContact(contactId, place)
  const checked = before.at(-1)?.place ?? 0

  let bytesRead = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const part of readParts(check)) {
      bytesRead += part.length
      yield part
    }
  }
  let headers: string[] | undefined
  let batch: PlacedRow[] = []
  let place = 0
  const flush = async (): Promise<void> => {
    signal?.throwIfAborted()
    const rows = batch
    batch = []
    await asSystem(async (database) => {
      await lockChecking(database, check)
      await insertImportRows(
        database,
        workspaceId,
        importId,
        await judgeRows(database, workspaceId, rows, seen),
      )
      await recordImportProgress(database, workspaceId, importId, { done: bytesRead, total: work.byteSize })
    })
  }
  for await (const row of readCsv(counted(), format)) {
    if (headers === undefined) {
      headers = readHeaders(row)
      if (!isMapping(work.mapping, headers.length, context.fields))
        throw new WrongColumns('the mapping is of another file')
      continue
    }
    if (row.cells.every((cell) => cell.trim() === '')) continue
    place++
    if (place % rowsInATurn === 0) await setImmediate()
    const read = readImportRow(row.cells, context)
    const duplicateOf = 'reason' in read ? null : seen.claim(read, place)
    if (place <= checked) continue
    batch.push({ ...row, place, read, duplicateOf })
    if (batch.length >= rowsAtATime) await flush()
  }
  if (headers === undefined || place === 0) throw new NoRows('nothing but a header')
  if (batch.length > 0) await flush()
  return headers
}

async function lockChecking(database: Database, { workspaceId, importId }: CheckedImport): Promise<void> {
  const held = await lockImport(database, workspaceId, importId)
  if (held?.state !== 'checking') throw new NotOurs('ended meanwhile')
}

async function readContext(
  database: Database,
  workspaceId: string,
  work: ImportAtWork,
): Promise<ImportContext> {
  const names = await listOwnerNames(database, workspaceId)
  return {
    mapping: work.mapping,
    country: work.country,
    fields: await listContactFields(database, workspaceId),
    owners: Map.groupBy(names, ({ name }) => name.trim().toLowerCase()),
    leadWords: readLeadWords(),
  }
}

interface PlacedRow extends CsvRow {
  place: number
  read: ReadRow | InvalidRow
  duplicateOf: number | null
}

/** Who was named in this file already, and in which row first. */
class SeenPeople {
  readonly #byKey = new Map<string, number>()

  /** The row that has the same number or id, or all the same values; null for the first of them, which it becomes. */
  claim({ contactId, change }: ReadRow, place: number): number | null {
    const keys = [
      ...(contactId === null ? [] : [contactId]),
      ...(change.phone_normalized === undefined ? [] : [change.phone_normalized]),
    ]
    if (keys.length === 0) keys.push(JSON.stringify(change))
    const first = keys.map((key) => this.#byKey.get(key)).find((found) => found !== undefined) ?? null
    if (first === null) for (const key of keys) this.#byKey.set(key, place)
    return first
  }

  /** The row that is of the same contact; null for the first, which it becomes. */
  claimContact(contactId: string, place: number): number | null {
    const key = `contact ${contactId}`
    const first = this.#byKey.get(key)
    if (first !== undefined && first !== place) return first
    this.#byKey.set(key, place)
    return null
  }
}

async function judgeRows(
  database: Database,
  workspaceId: string,
  rows: PlacedRow[],
  seen: SeenPeople,
): Promise<CheckedRow[]> {
  const asked = rows.flatMap(({ read, duplicateOf }) =>
    'reason' in read || duplicateOf !== null ? [] : [read],
  )
  const phones = asked.flatMap(({ change }) => change.phone_normalized ?? [])
  const byPhone = await findContactsByPhone(database, workspaceId, phones)
  const unknown = phones.filter((phone) => !byPhone.has(phone))
  const byVariant = await findContactsByPhone(database, workspaceId, unknown.flatMap(listNumberVariants))
  const roots = await findContactRoots(
    database,
    workspaceId,
    asked.flatMap(({ contactId }) => contactId ?? []),
  )
  const known = await readKnownContacts(database, workspaceId, [
    ...new Set([...byPhone.values(), ...roots.values()]),
  ])

  return rows.map(({ place, line, cells, read, duplicateOf }): CheckedRow => {
    const told = {
      place,
      line,
      cells,
      reason: null,
      reason_column: null,
      duplicate_of: null,
      kept: [],
      hint: null,
    }
    const nothing = { ...told, change: null, contact_id: null }
    const invalid = ({ reason, column }: InvalidRow): CheckedRow => {
      return { ...nothing, verdict: 'invalid', reason, reason_column: column }
    }
    if ('reason' in read) return invalid(read)
    if (duplicateOf !== null) return { ...nothing, verdict: 'duplicate', duplicate_of: duplicateOf }
    const phone = read.change.phone_normalized
    const holder = phone === undefined ? undefined : byPhone.get(phone)
    const named = read.contactId === null ? undefined : roots.get(read.contactId)
    if (read.contactId !== null && named === undefined)
      return invalid({ reason: 'contact_unknown', column: null })
    if (named !== undefined && holder !== undefined && named !== holder) {
      return invalid({ reason: 'phone_of_another', column: null })
    }
    const person = known.get(named ?? holder ?? '')
    if (person === undefined) {
      const change = planNewContact(read)
      if ('reason' in change) return invalid(change)
      const alike =
        phone === undefined ? undefined : listNumberVariants(phone).find((each) => byVariant.has(each))
      const hint = alike === undefined ? null : { contactId: byVariant.get(alike) ?? '', phone: alike }
      return { ...told, verdict: 'new', hint, change, contact_id: null }
    }
    const first = seen.claimContact(person.id, place)
    if (first !== null) return { ...nothing, verdict: 'duplicate', duplicate_of: first }
    const difference = compareWithKnown(read, person, holder !== undefined)
    if ('reason' in difference) return invalid(difference)
    const changes = Object.keys(difference.change).length > 0
    return {
      ...told,
      verdict: changes ? 'update' : 'unchanged',
      kept: difference.kept,
      change: changes ? difference.change : null,
      contact_id: person.id,
    }
  })
}
