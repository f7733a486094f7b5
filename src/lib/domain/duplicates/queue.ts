import type { Evidence, Flip, Verdict } from './evidence.ts'

/** What is told of one of two contacts that may be one person. */
export interface DuplicateSide {
  contactId: string
  name: string | null
  /** As it was received or typed, the present ones first. */
  numbers: { phone: string; isFormer: boolean }[]
  emails: string[]
  /** ISO 8601. */
  firstSeenAt: string
  /** Of the conversations that the reader sees; null where there is none. */
  lastActivityAt: string | null
  conversationCount: number
  /** Who told us of this person, the most trusted first. */
  sources: ContactSource[]
}

export type ContactSource = 'staff' | 'import' | 'bot' | 'whatsapp'

export type ListedVerdict = Exclude<Verdict, 'different'>

/** Two contacts that may be one person, and why. */
export interface DuplicatePair {
  id: string
  score: number
  /** Between 0 and 1. */
  probability: number
  verdict: ListedVerdict
  /** Strongest first. */
  evidence: Evidence[]
  counterEvidence: Evidence[]
  turningPoint: Flip | null
  /** What the workspace's own fields are called that findings name, by id. */
  fieldLabels: Record<string, string>
  /** ISO 8601. */
  foundAt: string
  /** The older contact, of which findings say `left`. */
  left: DuplicateSide
  right: DuplicateSide
}

export interface DuplicatePage {
  pairs: DuplicatePair[]
  /** Where the next page begins; null on the last one. */
  next: string | null
}

/** How many pairs wait; where `isMore`, there are more than are counted. */
export interface DuplicateCounts extends Record<ListedVerdict, number> {
  isMore: boolean
}

/** How far the search is. */
export interface DuplicateSearch {
  isRunning: boolean
  /** Contacts have changed and were not looked at yet. */
  hasChanges: boolean
  /** When all contacts were compared last, ISO 8601; null for never. */
  finishedAt: string | null
}

export type DuplicateState = 'open' | 'different' | 'merged' | 'gone'
