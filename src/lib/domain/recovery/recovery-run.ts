/** The shapes in which recovery runs travel between server and browser. Moments are ISO 8601 strings in UTC. */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

export const recoveryStates = [
  'planning',
  'planned',
  'applying',
  'applied',
  'undoing',
  'undone',
  'failed',
] as const

export type RecoveryState = (typeof recoveryStates)[number]

/** States in which a worker is at it. */
export const workingStates: readonly RecoveryState[] = ['planning', 'applying', 'undoing']

export const recoveryItemStates = ['pending', 'applied', 'skipped', 'undone', 'kept'] as const

/** 'skipped' was never changed; 'kept' was changed, and is no longer as the run left it. */
export type RecoveryItemState = (typeof recoveryItemStates)[number]

export interface RecoveryRun {
  id: string
  kind: string
  parameters: Json
  state: RecoveryState
  reason: string
  progressDone: number
  progressTotal: number
  /** Items by state. */
  counts: Partial<Record<RecoveryItemState, number>>
  /** Items by the code of what became of them, or why they are to change. */
  reasons: Record<string, number>
  madeBy: string
  /** Of a run that failed: the step that did not come to its end. */
  failedStep: RecoveryState | null
  failure: string | null
  /** Something that is shown once waits, such as a new secret. */
  hasAnswer: boolean
  createdAt: string
  plannedAt: string | null
  appliedAt: string | null
  undoneAt: string | null
}

export interface RecoveryRunItem {
  place: number
  subject: string
  before: Json
  after: Json
  why: string
  state: RecoveryItemState
  outcomeWhy: string | null
  contactId: string | null
  conversationId: string | null
}

/** A secret of a webhook endpoint, told by its times: what it is nobody is shown. */
export interface RecoverySecret {
  id: string
  createdAt: string
  /** Null for one without an end. */
  endsAt: string | null
  isLive: boolean
}

export interface RecoveryEndpoint {
  id: string
  name: string
  /** Also those that count no longer; newest first. */
  secrets: RecoverySecret[]
}

/** So many items of a plan are shown: a sample drawn at random, of what may be very many. */
export const sampleSize = 20

/** Which items of a run are looked at. */
export const recoveryItemLists = ['sample', 'all', ...recoveryItemStates] as const

export type RecoveryItemList = (typeof recoveryItemLists)[number]
