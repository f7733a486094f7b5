import type { ReplayReport, ReplayState } from '../../domain/replay.ts'

/** Events that wait for a person for the same reason. Moments are written out in the workspace's time zone. */
export interface StuckGroupRow {
  status: 'failed' | 'quarantined'
  reason: string
  count: number
  firstAt: string
  lastAt: string
  attempts: number
  isRetryable: boolean
  /** The newest of them. */
  events: { id: number; name: string; receivedAt: string; attempts: number }[]
}

/** A replay in the list of the last ones. */
export interface ReplayRow {
  id: string
  what: string
  state: ReplayState
  createdAt: string
}

export interface ReplayView extends ReplayRow {
  totalEvents: number | null
  doneEvents: number
  report: ReplayReport | null
}
