import type { Person } from '../inbox.ts'
import type { MergeChoices, MergeField } from './merge-facts.ts'

/** What was changed by staff on a survivor since a merge: it stays there when the merge is undone. */
export interface LaterEdit {
  field: MergeField
  /** Of a custom field, its label. */
  label: string | null
  oldValue: string | null
  newValue: string | null
  changedAt: string
  changedBy: Person | null
}

export interface NamedContact {
  id: string
  name: string
}

/** One line of the audit: a merge, done by whom, when, why, and what became of it. */
export interface MergeRecord {
  id: string
  survivor: NamedContact
  /** Each with its own edge, which can be undone by itself. */
  merged: (NamedContact & { joinId: string; undoneAt: string | null; undoneBy: Person | null })[]
  reason: string
  madeAt: string
  madeBy: Person | null
  laterEdits: LaterEdit[]
}

/** A merge that an agent proposes. */
export interface MergeProposal {
  id: string
  contacts: NamedContact[]
  survivorId: string
  choices: MergeChoices
  reason: string
  proposedAt: string
  proposedBy: Person | null
  state: 'open' | 'accepted' | 'rejected' | 'stale'
  decidedAt: string | null
  decidedBy: Person | null
}
