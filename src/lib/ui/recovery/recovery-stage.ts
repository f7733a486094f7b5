import { workingStates, type RecoveryItemList, type RecoveryRun } from '#lib/domain/recovery/recovery-run.ts'

/** Whether a worker is at it. */
export const isUnderWay = ({ state }: Pick<RecoveryRun, 'state'>): boolean => workingStates.includes(state)

/** Whether it can be taken back: done, or stopped on the way there or back. */
export const canUndo = ({ state, failedStep }: Pick<RecoveryRun, 'state' | 'failedStep'>): boolean =>
  state === 'applied' || (state === 'failed' && failedStep !== 'planning')

/** Which things of a run are looked at: the query of the page. */
export interface ItemChoice {
  list: RecoveryItemList
  /** Behind this place; a sample is shown whole. */
  after: number
}

/** `?list=skipped&after=20`; nothing for the sample. */
export function writeItemChoice({ list, after }: ItemChoice): string {
  const query = new URLSearchParams()
  if (list !== 'sample') query.set('list', list)
  if (after > 0) query.set('after', String(after))
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}
