import { setImmediate } from 'node:timers/promises'
import { isMapping } from '../../domain/csv/import-columns.ts'
import { readImportRow, type ImportContext } from '../../domain/csv/import-plan.ts'
import type { ImportFailure } from '../../domain/csv/contact-import.ts'
import { CsvProblem } from '../../domain/csv/csv-problem.ts'
import { detectCsv } from '../../domain/csv/detect-csv.ts'
import { readCsv } from '../../domain/csv/read-csv.ts'
import { listContactFields } from '../database/contact-fields.ts'
import type { AsSystem, Database } from '../database/database.ts'
import {
  dropImportRows,
  findLastImportRow,
  finishImportStep,
  insertImportRows,
  listCheckedRows,
  listOwnerNames,
  lockImport,
  lockImportStep,
  readImportPart,
  recordImportProgress,
  type ImportAtWork,
} from '../database/imports-work.ts'
import { judgeRows, SeenPeople, type PlacedRow } from './judge-rows.ts'
import { readLeadWords } from './lead-words.ts'
import { readHeaders } from './preview-file.ts'

const rowsAtATime = 1000
/** A row may hold half a million characters, each of which takes several bytes on its way to the database. */
const charactersAtATime = 2_000_000
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
 * written. Begun anew after a worker died it goes on behind the last row that is there; of two workers at one check the
 * one that finds rows which it did not write leaves it to the other. A file that cannot be read ends as failed, with the
 * reason and the line, and without rows.
 *
 * @throws when the database is to blame, parts of the file are missing or the signal ended it
 */
export async function checkImport(check: CheckedImport): Promise<void> {
  const { asSystem, workspaceId, importId } = check
  const work = await asSystem((database) => lockImport(database, workspaceId, importId))
  if (work?.state !== 'checking') return
  try {
    await begin(check, work)
    await checkFile(check, work)
  } catch (error) {
    if (!(error instanceof NotOurs)) throw error
  }
}

async function checkFile(check: CheckedImport, work: ImportAtWork): Promise<void> {
  const { asSystem, workspaceId, importId } = check
  try {
    const { headers, last } = await checkRows(check, work)
    await asSystem(async (database) => {
      await lockCheck(database, check, work, last)
      await finishImportStep(database, workspaceId, importId, 'checked', { headers })
    })
  } catch (error) {
    const failure = readFailure(error)
    if (failure === null) throw error
    await giveUp(check, work, failure)
  }
}

/** The rows of an earlier check, with another mapping, go. */
async function begin(check: CheckedImport, work: ImportAtWork): Promise<void> {
  const progress = { done: 0, total: work.byteSize }
  await clearRows(check, work, (database) =>
    recordImportProgress(database, check.workspaceId, check.importId, progress),
  )
}

/** Of a file that cannot be read to its end nothing is taken over. */
async function giveUp(check: CheckedImport, work: ImportAtWork, failure: ImportFailure): Promise<void> {
  const { asSystem, workspaceId, importId } = check
  await asSystem(async (database) => {
    const held = await lockImportStep(database, workspaceId, importId, work)
    if (held === undefined) throw new NotOurs('ended meanwhile')
    // As if nobody had begun: whoever else is at it stops, and whoever comes while the rows go begins anew.
    await recordImportProgress(database, workspaceId, importId, { done: 0, total: 0 })
  })
  await clearRows(check, work, (database) =>
    finishImportStep(database, workspaceId, importId, 'failed', { failure }),
  )
}

/**
 * Takes all rows away, some in each transaction, for as long as nobody has begun the check: nothing that belongs to it is
 * among them.
 *
 * @param last what is done in the transaction that finds no row any more
 */
async function clearRows(
  { asSystem, workspaceId, importId }: CheckedImport,
  work: ImportAtWork,
  last: (database: Database) => Promise<unknown>,
): Promise<void> {
  let isOver = false
  while (!isOver) {
    isOver = await asSystem(async (database) => {
      const held = await lockImportStep(database, workspaceId, importId, work)
      if (held === undefined) throw new NotOurs('ended meanwhile')
      if (held.isBegun) return true
      if ((await dropImportRows(database, workspaceId, importId)) > 0) return false
      await last(database)
      return true
    })
  }
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

/** The file, which is never read with a part missing: what is behind the gap would be left out without a word. */
async function* readParts(
  { asSystem, workspaceId, importId }: CheckedImport,
  work: ImportAtWork,
): AsyncGenerator<Uint8Array> {
  let bytesRead = 0
  for (let place = 0; bytesRead < work.byteSize; place++) {
    const bytes = await asSystem(async (database) => {
      const found = await readImportPart(database, workspaceId, importId, place)
      if (found !== undefined) return found
      const held = await lockImportStep(database, workspaceId, importId, work)
      throw held === undefined
        ? new NotOurs('ended meanwhile')
        : new Error(`part ${String(place)} of the file is missing`)
    })
    bytesRead += bytes.length
    yield bytes
  }
}

/** Reads on to the end. Gives the header, and the place of the last row. */
async function checkRows(
  check: CheckedImport,
  work: ImportAtWork,
): Promise<{ headers: string[]; last: number }> {
  const { asSystem, workspaceId, importId, signal } = check
  const format = await detectCsv(readParts(check, work), true)
  const context = await asSystem((database) => readContext(database, workspaceId, work))
  const before = await asSystem((database) => listCheckedRows(database, workspaceId, importId))
  const byPlace = new Map(before.map((row) => [row.place, row]))
  const checked = before.at(-1)?.place ?? 0
  const seen = new SeenPeople()

  let bytesRead = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const part of readParts(check, work)) {
      bytesRead += part.length
      yield part
    }
  }
  let headers: string[] | undefined
  let batch: PlacedRow[] = []
  let characters = 0
  let place = 0
  let written = checked
  const flush = async (): Promise<void> => {
    signal?.throwIfAborted()
    const rows = batch
    batch = []
    characters = 0
    await asSystem(async (database) => {
      await lockCheck(database, check, work, written)
      const judged = await judgeRows(database, workspaceId, rows, seen)
      await insertImportRows(database, workspaceId, importId, judged)
      await recordImportProgress(database, workspaceId, importId, { done: bytesRead, total: work.byteSize })
    })
    written = rows.at(-1)?.place ?? written
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
    if (place <= checked) {
      const { verdict, contact_id } = byPlace.get(place) ?? { verdict: 'invalid', contact_id: null }
      if (verdict !== 'invalid' && verdict !== 'duplicate')
        seen.add('reason' in read ? null : read, contact_id, place)
      continue
    }
    batch.push({ ...row, place, read })
    characters += row.cells.reduce((sum, cell) => sum + cell.length, 0)
    if (batch.length >= rowsAtATime || characters >= charactersAtATime) await flush()
  }
  if (headers === undefined || place === 0) throw new NoRows('nothing but a header')
  if (batch.length > 0) await flush()
  return { headers, last: place }
}

/** The lock under which rows are written: by one worker only, behind the last that it wrote or found. */
async function lockCheck(
  database: Database,
  { workspaceId, importId }: CheckedImport,
  work: ImportAtWork,
  last: number,
): Promise<void> {
  const held = await lockImportStep(database, workspaceId, importId, work)
  const isOurs = held?.isBegun === true && (await findLastImportRow(database, workspaceId, importId)) === last
  if (!isOurs) throw new NotOurs('ended, or taken up by another worker')
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
