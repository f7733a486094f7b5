import { CsvProblem } from './csv-problem.ts'

/** A record of the file: the line at which it begins, counted from 1, and its cells as they were written. */
export interface CsvRow {
  line: number
  cells: string[]
}

export interface CsvLimits {
  /** In UTF-16 code units, as a string's length. */
  cellLength: number
  rowLength: number
  columns: number
  /** The header among them. */
  rows: number
}

/** Far above what lists of people hold, and low enough that no file takes a process' memory. */
export const defaultCsvLimits: CsvLimits = {
  cellLength: 100_000,
  rowLength: 500_000,
  columns: 200,
  rows: 200_001,
}

const codes = { quote: 34, lineFeed: 10, carriageReturn: 13 }

/**
 * Cuts text into records as RFC 4180 has them, piece by piece: quoted cells may hold separators, quotes (doubled) and
 * line ends; lines end with LF, CRLF or CR; a quote inside an unquoted cell is a letter like any other. Empty lines are
 * left out.
 */
export class CsvRecords {
  readonly #delimiter: number
  readonly #limits: CsvLimits
  #state: 'cell_start' | 'plain' | 'quoted' | 'quote_seen' = 'cell_start'
  #cell = ''
  #cells: string[] = []
  #rowLength = 0
  #rowCount = 0
  #line = 1
  #rowLine = 1
  #quoteLine = 1
  #isAfterReturn = false

  constructor(delimiter: string, limits: CsvLimits) {
    this.#delimiter = delimiter.charCodeAt(0)
    this.#limits = limits
  }

  /**
   * The records that are complete with this piece of text.
   *
   * @throws CsvProblem
   */
  push(text: string): CsvRow[] {
    const rows: CsvRow[] = []
    let at = 0
    while (at < text.length) {
      const code = text.charCodeAt(at)
      if (this.#isAfterReturn) {
        this.#isAfterReturn = false
        if (code === codes.lineFeed && this.#state !== 'quoted') {
          at++
          continue
        }
      }
      if (this.#state === 'quoted') at = this.#readQuoted(text, at)
      else if (this.#state === 'cell_start' && code === codes.quote) {
        this.#state = 'quoted'
        this.#quoteLine = this.#line
        at++
      } else if (this.#state === 'quote_seen' && code === codes.quote) {
        this.#add('"')
        this.#state = 'quoted'
        at++
      } else if (code === this.#delimiter) {
        this.#endCell()
        at++
      } else if (code === codes.lineFeed || code === codes.carriageReturn) {
        this.#endRow(rows)
        this.#isAfterReturn = code === codes.carriageReturn
        at++
      } else if (this.#state === 'quote_seen') throw new CsvProblem('text_after_quote', this.#line)
      else at = this.#readPlain(text, at)
    }
    return rows
  }

  /**
   * The last record, where the file does not end with a line end.
   *
   * @throws CsvProblem
   */
  end(): CsvRow[] {
    if (this.#state === 'quoted') throw new CsvProblem('open_quote', this.#quoteLine)
    const rows: CsvRow[] = []
    if (this.#state !== 'cell_start' || this.#cells.length > 0) this.#endRow(rows)
    return rows
  }

  #readPlain(text: string, from: number): number {
    let to = from + 1
    for (; to < text.length; to++) {
      const code = text.charCodeAt(to)
      if (code === this.#delimiter || code === codes.lineFeed || code === codes.carriageReturn) break
    }
    this.#state = 'plain'
    this.#add(text.slice(from, to))
    return to
  }

  #readQuoted(text: string, from: number): number {
    const quote = text.indexOf('"', from)
    const to = quote === -1 ? text.length : quote
    const part = text.slice(from, to)
    this.#add(part)
    this.#line += countLineEnds(part)
    if (quote === -1) return to
    this.#state = 'quote_seen'
    return to + 1
  }

  #add(part: string): void {
    this.#cell += part
    this.#rowLength += part.length
    // A quote that nobody closed swallows the file: the line at which the cell began is where to look.
    if (this.#cell.length > this.#limits.cellLength) {
      throw new CsvProblem('cell_too_large', this.#state === 'quoted' ? this.#quoteLine : this.#line)
    }
    if (this.#rowLength > this.#limits.rowLength) throw new CsvProblem('row_too_large', this.#rowLine)
  }

  #endCell(): void {
    if (this.#cells.length >= this.#limits.columns) throw new CsvProblem('too_many_columns', this.#rowLine)
    this.#cells.push(this.#cell)
    this.#cell = ''
    this.#state = 'cell_start'
  }

  #endRow(rows: CsvRow[]): void {
    const isEmptyLine = this.#state === 'cell_start' && this.#cells.length === 0
    if (!isEmptyLine) {
      this.#endCell()
      if (++this.#rowCount > this.#limits.rows) throw new CsvProblem('too_many_rows', this.#rowLine)
      rows.push({ line: this.#rowLine, cells: this.#cells })
    }
    this.#cells = []
    this.#rowLength = 0
    this.#line++
    this.#rowLine = this.#line
  }
}

function countLineEnds(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count++
  return count
}
