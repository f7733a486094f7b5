import type { ContactImport, ContactImportRow } from '../../domain/csv/contact-import.ts'
import type { ImportReason } from '../../domain/csv/import-plan.ts'
import { readSafeCell, writeCsvRow, writeSafeCell } from '../../domain/csv/write-csv.ts'
import type { AsMember, Claims } from '../database/database.ts'
import { listImportRows } from '../database/imports.ts'

const rowsAtATime = 1000

/** Spreadsheets take a file for Windows' own letters otherwise. */
const byteOrderMark = '\ufeff'

/** What is written besides the rows, in the reader's words. */
export interface InvalidRowWords {
  line: string
  problem: string
  /** @param column what the column is called in which it shows; undefined where it is the row as a whole */
  describe: (reason: ImportReason, column: string | undefined) => string
}

/**
 * The rows of an import that could not be taken over, as the text of a CSV file, piece by piece: as they stood in their
 * file, with their line and what is wrong before them, to be mended and imported again.
 */
export async function* exportInvalidRows(
  asMember: AsMember,
  claims: Claims,
  workspaceId: string,
  found: Pick<ContactImport, 'id' | 'headers'>,
  words: InvalidRowWords,
): AsyncGenerator<string> {
  yield byteOrderMark + writeRow([words.line, words.problem, ...found.headers])
  let after = 0
  for (;;) {
    const rows: ContactImportRow[] = await asMember(claims, (database) =>
      listImportRows(database, workspaceId, found.id, {
        verdict: 'invalid',
        outcome: null,
        after,
        limit: rowsAtATime,
      }),
    )
    const last = rows.at(-1)
    if (last === undefined) return
    yield rows
      .map(({ line, cells, reason, reasonColumn }) => {
        const column = reasonColumn === null ? undefined : found.headers[reasonColumn]
        const problem = reason === null ? '' : words.describe(reason, column)
        return writeRow([String(line), problem, ...cells])
      })
      .join('')
    after = last.place
  }
}

/** Cells that their file wrote safely already are not written safely twice. */
function writeRow(cells: readonly string[]): string {
  return writeCsvRow(cells.map((cell) => writeSafeCell(readSafeCell(cell))))
}
