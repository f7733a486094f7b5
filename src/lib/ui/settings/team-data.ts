import type { BusinessHours } from '../../domain/business-hours.ts'

/** A member as the team's settings show them. */
export interface MemberRow {
  userId: string
  displayName: string
  role: 'owner' | 'admin' | 'agent'
  visibility: 'all' | 'team' | 'own'
  availability: 'online' | 'away'
  capacity: number | null
  workingHours: BusinessHours | null
  /** Written out in the workspace's time zone. */
  joinedOn: string
}

/** An invitation that nobody has accepted or taken back. */
export interface InvitationRow {
  id: string
  role: MemberRow['role']
  email: string | null
  madeBy: string
  isExpired: boolean
  /** Written out in the workspace's time zone. */
  expiresOn: string
}

export interface TeamOfMembers {
  id: string
  name: string
  memberIds: string[]
  channelIds: string[]
}

export type LabelColour = 'grey' | 'green' | 'amber' | 'red' | 'violet' | 'blue'

export interface LabelRow {
  id: string
  name: string
  colour: LabelColour
  /** How many conversations carry it. */
  count: number
}

/** What a form of one item was refused for. */
export interface ItemRefusal {
  /** What was typed, to be shown again. */
  values: Partial<Record<string, string>>
  /** Codes by field; `form` for the whole. */
  errors: Partial<Record<string, string>>
}
