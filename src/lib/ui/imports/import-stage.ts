import type { ContactImport } from '#lib/domain/csv/contact-import.ts'

/**
 * What the page of an import is about: what the columns hold, work that is under way, its rows, or nothing but why there
 * are none.
 */
export type ImportStage = 'columns' | 'work' | 'rows' | 'nothing'

/** @param wantsColumns somebody wants to look at the columns again */
export function chooseStage(
  { state, appliedAt }: Pick<ContactImport, 'state' | 'appliedAt'>,
  wantsColumns: boolean,
): ImportStage {
  if (state === 'draft' || (state === 'checked' && wantsColumns)) return 'columns'
  if (state === 'checking') return 'work'
  if (state === 'failed') return appliedAt === null ? 'nothing' : 'rows'
  return 'rows'
}

/** Whether a worker is at it. */
export function isUnderWay({ state }: Pick<ContactImport, 'state'>): boolean {
  return state === 'checking' || state === 'applying' || state === 'undoing'
}
