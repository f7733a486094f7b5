/** Why a file cannot be read as CSV at all. What is wrong with one row only is that row's verdict. */
export const csvProblemCodes = [
  'empty_file',
  'not_text',
  'encoding',
  'open_quote',
  'text_after_quote',
  'cell_too_large',
  'row_too_large',
  'too_many_columns',
  'too_many_rows',
] as const

export type CsvProblemCode = (typeof csvProblemCodes)[number]

/** A file that cannot be read, with the line (from 1) at which that shows; null where it is the file as a whole. */
export class CsvProblem extends Error {
  override name = 'CsvProblem'
  readonly code: CsvProblemCode
  readonly line: number | null

  constructor(code: CsvProblemCode, line: number | null = null) {
    super(line === null ? code : `${code} at line ${String(line)}`)
    this.code = code
    this.line = line
  }
}
