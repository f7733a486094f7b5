/**
 * What spreadsheets take for the beginning of a formula, with the wide forms that some of them read alike, behind any
 * number of apostrophes (which is how such a cell is written here).
 */
const startsFormula = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/
const guardedFormula = /^''*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/

/**
 * Puts an apostrophe before a text that a spreadsheet would run as a formula: also before phone numbers, whose plus sign
 * it would drop. One that has apostrophes there already gets one more, so that `readSafeCell` finds what it was.
 */
export function writeSafeCell(text: string): string {
  return startsFormula.test(text) ? `'${text}` : text
}

/** Undoes `writeSafeCell`. Of what people write themselves it takes the apostrophe that keeps `+62` a text in a sheet. */
export function readSafeCell(text: string): string {
  return guardedFormula.test(text) ? text.slice(1) : text
}

/** One record with its line end, as RFC 4180 has it. Cells are written as they are: see `writeSafeCell`. */
export function writeCsvRow(cells: readonly string[], delimiter = ','): string {
  // A line without anything would be no record.
  if (cells.length === 1 && cells[0] === '') return '""\r\n'
  return `${cells.map((cell) => quote(cell, delimiter)).join(delimiter)}\r\n`
}

function quote(cell: string, delimiter: string): string {
  const isPlain = !/["\r\n;,\t|]/.test(cell) && !cell.includes(delimiter) && cell.trim() === cell
  return isPlain ? cell : `"${cell.replaceAll('"', '""')}"`
}
