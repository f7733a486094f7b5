import { CsvProblem } from './csv-problem.ts'
import { CsvRecords, defaultCsvLimits, type CsvLimits, type CsvRow } from './csv-records.ts'
import { readSeparatorLine, type CsvFormat } from './detect-csv.ts'

/**
 * Reads a CSV file piece by piece: bytes in, records out, each with the line at which it begins. No more than a piece and
 * a record are held at a time.
 *
 * @param chunks the file's bytes, cut anywhere
 * @param format how it is written, see `detectCsv`
 * @throws CsvProblem for what is no CSV, and for what is larger than the limits; records before it have been given out
 */
export async function* readCsv(
  chunks: AsyncIterable<Uint8Array>,
  format: CsvFormat,
  limits: CsvLimits = defaultCsvLimits,
): AsyncGenerator<CsvRow> {
  const decoder = new TextDecoder(format.encoding, { fatal: format.encoding !== 'windows-1252' })
  const records = new CsvRecords(format.delimiter, limits)
  let isFirst = true
  let line = 1
  const decode = (chunk: Uint8Array | undefined): string => {
    try {
      const text = decoder.decode(chunk, { stream: chunk !== undefined })
      // Postgres stores no such sign, and no text has one.
      if (text.includes('\0')) throw new CsvProblem('not_text', line)
      return text
    } catch (error) {
      throw error instanceof CsvProblem ? error : new CsvProblem('encoding', line)
    }
  }
  const dropHint = (rows: CsvRow[]): CsvRow[] => {
    const [first] = rows
    if (!isFirst || first === undefined) return rows
    isFirst = false
    return isHint(first, format) ? rows.slice(1) : rows
  }
  for await (const chunk of chunks) {
    for (const row of dropHint(records.push(decode(chunk)))) {
      line = row.line
      yield row
    }
  }
  yield* dropHint([...records.push(decode(undefined)), ...records.end()])
}

/** The line `sep=;`, which the separator itself has cut into two cells. */
function isHint({ cells }: CsvRow, { delimiter }: CsvFormat): boolean {
  return readSeparatorLine(cells.join(delimiter)) === delimiter
}
