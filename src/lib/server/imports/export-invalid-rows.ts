import type { ContactImport } from '../../domain/csv/contact-import.ts'
import type { ImportReason } from '../../domain/csv/import-plan.ts'
import { byteOrderMark, readSafeCell, writeCsvRow, writeSafeCell } from '../../domain/csv/write-csv.ts'
import type { AsMember, Claims } from '../database/database.ts'
import { readInvalidRows, type InvalidImportRow } from '../database/imports-export.ts'

const rowsAtATime = 1000
/** Rows may be large, and the web process serves many people. */
const charactersAtATime = 2_000_000

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
    const rows: InvalidImportRow[] = await asMember(claims, (database) =>
      readInvalidRows(database, workspaceId, found.id, {
        after,
        rows: rowsAtATime,
        characters: charactersAtATime,
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
