/** One hour of the charts. */
export interface HourBar {
  /** `14:00`, or the day where that is what counts. */
  label: string
  /** `Wed 18 Mar, 14:00` */
  full: string
  deliveries: number
  duplicates: number
  wrongSignatures: number
  /** Could not be stored, could not be applied, or could not be read. */
  failed: number
  latencyP50Ms: number
  latencyP95Ms: number
}

/** An alarm. Moments are written out in the workspace's time zone. */
export interface AlarmRow {
  id: string
  kind: string
  subject: string | null
  details: Record<string, unknown>
  openedAt: string
  resolvedAt: string | null
}

export interface NumberRow {
  channelId: string
  name: string
  displayPhone: string | null
  lastDeliveryAt: string | null
  state: string | null
  stateReason: string | null
  stateAt: string | null
  /** Days for which the oldest live secret has been in use; null where there is none. */
  secretDays: number | null
  /** 0: lists are not compared. */
  compareDays: number
  comparedAt: string | null
}

export interface FindingRow {
  id: string
  kind: 'missing_message' | 'status_behind' | 'stale_contact'
  channel: string | null
  direction: string | null
  type: string | null
  status: string | null
  phoneEnd: string | null
  reason: string | null
  at: string
  isRequested: boolean
  repairError: string | null
}
