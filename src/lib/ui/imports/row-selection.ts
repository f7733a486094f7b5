import { undoOutcomes, type ContactImportRow, type UndoOutcome } from '#lib/domain/csv/contact-import.ts'
import { importVerdicts, type ImportVerdict } from '#lib/domain/csv/import-plan.ts'

/** Which rows of an import are shown, as the address says it. */
export interface RowChoice {
  verdict: ImportVerdict | null
  outcome: UndoOutcome | null
  /** Rows behind this one. */
  after: number
}

export interface ShownRows extends RowChoice {
  rows: ContactImportRow[]
  /** Behind which row the next ones are; null at the end. */
  next: number | null
}

export function readRowSelection(query: URLSearchParams): RowChoice {
  const after = query.get('after') ?? ''
  return {
    verdict: importVerdicts.find((verdict) => verdict === query.get('verdict')) ?? null,
    outcome: undoOutcomes.find((outcome) => outcome === query.get('outcome')) ?? null,
    after: /^\d{1,7}$/.test(after) ? Number(after) : 0,
  }
}

/** The query of an address; empty for all rows from the first. */
export function writeRowSelection({ verdict, outcome, after }: Partial<RowChoice>): string {
  const words = new URLSearchParams({
    ...(verdict ? { verdict } : {}),
    ...(outcome ? { outcome } : {}),
    ...(after ? { after: String(after) } : {}),
  })
  return words.size === 0 ? '' : `?${words.toString()}`
}
