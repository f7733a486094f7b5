import type { ContactImportRow } from '#lib/domain/csv/contact-import.ts'
import type { ImportMapping } from '#lib/domain/csv/import-columns.ts'
import { readSafeCell } from '#lib/domain/csv/write-csv.ts'

const longest = 200

/** Whom a row of a file is about: what they are called there, and what else the row brings. */
export function describePerson(
  { cells, verdict }: Pick<ContactImportRow, 'cells' | 'verdict'>,
  mapping: ImportMapping,
): { title: string; others: string[] } {
  const texts = cells.map((cell) => readSafeCell(cell).trim().slice(0, longest))
  const columnOf = (target: string) => mapping.findIndex((held) => held === target)
  const named = ['name', 'first_name', 'last_name']
    .map(columnOf)
    .filter((column) => (texts[column] ?? '') !== '')
  const first = ['phone', 'email'].map(columnOf).find((column) => (texts[column] ?? '') !== '')
  const any = texts.findIndex((text) => text !== '')
  const title = named.length > 0 ? named : [first ?? any]
  // What cannot be taken over is shown as it stands.
  const isShown = (column: number) =>
    verdict === 'invalid' || ((mapping[column] ?? null) !== null && mapping[column] !== 'contact_id')
  return {
    title: title.map((column) => texts[column] ?? '').join(' '),
    others: texts.filter((text, column) => text !== '' && !title.includes(column) && isShown(column)),
  }
}
