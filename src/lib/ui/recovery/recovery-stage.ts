import { workingStates, type RecoveryItemState, type RecoveryRun } from '#lib/domain/recovery/recovery-run.ts'

/** Whether a worker is at it. */
export const isUnderWay = ({ state }: Pick<RecoveryRun, 'state'>): boolean => workingStates.includes(state)

/** Whether it can be taken back: done, or stopped on the way there or back. */
export const canUndo = ({ state, failedStep }: Pick<RecoveryRun, 'state' | 'failedStep'>): boolean =>
  state === 'applied' || (state === 'failed' && failedStep !== 'planning')

/** Which things of a run are looked at: the query of the page. */
export interface ItemChoice {
  state: RecoveryItemState | null
  /** Behind this place. */
  after: number
}

/** `?state=skipped&after=20`; nothing for the first of all. */
export function writeItemChoice({ state, after }: ItemChoice): string {
  const query = new URLSearchParams()
  if (state !== null) query.set('state', state)
  if (after > 0) query.set('after', String(after))
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}
