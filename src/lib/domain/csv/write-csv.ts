/** The signs with which formulas begin, with the wide forms that some spreadsheets read alike. */
const signs = '=+\\-@\\uff1d\\uff0b\\uff0d\\uff20'

/**
 * What spreadsheets take for the beginning of a formula, behind any number of apostrophes (which is how such a cell is
 * written here).
 */
const startsFormula = new RegExp(`^'*(?:[\\t\\r\\n]|\\s*[${signs}])`)
const guardedFormula = new RegExp(`^''*(?:[\\t\\r\\n]|\\s*[${signs}])`)

/**
 * A spreadsheet that expects another separator cuts a cell in the middle, and its quotes are letters to it then: a
 * formula may begin behind any of the separators, or line ends, inside a text.
 */
const formulaInside = new RegExp(`(?=[${signs}])(?<=[;,\\t|\\r\\n][\\s"]*'*)`, 'g')
const guardedInside = new RegExp(`'(?=[${signs}])(?<=[;,\\t|\\r\\n][\\s"]*'+)`, 'g')

/**
 * Puts an apostrophe before a text that a spreadsheet would run as a formula, and before what it would run once it has cut
 * the text at a separator: also before phone numbers, whose plus sign it would drop. What has apostrophes there already
 * gets one more, so that `readSafeCell` finds what it was.
 */
export function writeSafeCell(text: string): string {
  const inside = text.replace(formulaInside, "'")
  return startsFormula.test(inside) ? `'${inside}` : inside
}

/** Undoes `writeSafeCell`. Of what people write themselves it takes the apostrophe that keeps `+62` a text in a sheet. */
export function readSafeCell(text: string): string {
  const inside = guardedFormula.test(text) ? text.slice(1) : text
  return inside.replace(guardedInside, '')
}

/** Begins a file: spreadsheets take it for Windows' own letters otherwise. */
export const byteOrderMark = '\ufeff'

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
