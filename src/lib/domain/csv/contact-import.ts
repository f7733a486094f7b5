import type { CsvProblemCode } from './csv-problem.ts'
import type { ImportMapping } from './import-columns.ts'
import type { ImportReason, ImportVerdict } from './import-plan.ts'

export const importStates = [
  'draft',
  'checking',
  'checked',
  'applying',
  'applied',
  'undoing',
  'undone',
  'failed',
] as const
export type ImportState = (typeof importStates)[number]

/** The largest file, and the pieces in which it is uploaded: a request's body is bounded. */
export const mostImportBytes = 50 * 1024 * 1024
export const importPartBytes = 256 * 1024

/** As much as is shown of a cell. */
export const shownCellLength = 200

/** The beginning of a cell or a heading, at whole characters: half a one is no text to a database. */
export function cutCell(text: string): string {
  const cut = text.slice(0, shownCellLength)
  return cut.isWellFormed() ? cut : cut.slice(0, -1)
}

export const undoOutcomes = ['set_aside', 'restored', 'kept'] as const
export type UndoOutcome = (typeof undoOutcomes)[number]

/** Rows by verdict, and, once it was undone, by what became of them. */
export type ImportCounts = Partial<Record<ImportVerdict | UndoOutcome, number>>

export interface ImportFailure {
  /** `no_rows`: a header and nothing below it; `columns`: what they hold is gone; `error`: not the file's fault. */
  code: CsvProblemCode | 'no_rows' | 'columns' | 'error'
  line: number | null
}

/** Contacts out of one file. Moments are ISO 8601 in UTC. */
export interface ContactImport {
  id: string
  fileName: string
  byteSize: number
  state: ImportState
  mapping: ImportMapping
  headers: string[]
  progressDone: number
  progressTotal: number
  counts: ImportCounts
  failure: ImportFailure | null
  madeBy: string
  createdAt: string
  appliedAt: string | null
  undoneAt: string | null
}

/** One row of a file and what is thought of it. */
export interface ContactImportRow {
  place: number
  line: number
  /** As they stand in the file, but no more of each than its first 200 characters: see `shownCellLength`. */
  cells: string[]
  verdict: ImportVerdict
  reason: ImportReason | null
  reasonColumn: number | null
  duplicateOf: number | null
  /** The line at which that row begins. */
  duplicateOfLine: number | null
  kept: string[]
  /** A number alike, such as Brazil's with and without its ninth digit: whose it is. */
  hint: { contactId: string; phone: string } | null
  contactId: string | null
  undoOutcome: UndoOutcome | null
  undoKept: string[]
}
