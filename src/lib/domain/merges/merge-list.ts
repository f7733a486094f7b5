import type { FieldSource } from '../contacts.ts'
import type { Person } from '../inbox.ts'
import type { MergeChoices, MergeField } from './merge-facts.ts'

/** What was written since a merge to who goes on: at the undo it stays there, or goes to a contact that is parted. */
export interface LaterEdit {
  /** A field as in MergeField; of the edits of an undo also 'block' and 'opt_out'. */
  field: MergeField
  /** Of a custom field, its label. */
  label: string | null
  oldValue: string | null
  newValue: string | null
  changedAt: string
  changedBy: Person | null
  /** Of a merge that was undone: who got it; null where it stayed. */
  handedTo: NamedContact | null
}

/** A later edit as one decides on it: the latest of its field. */
export interface UndoEdit extends Omit<LaterEdit, 'handedTo'> {
  id: string
  /** Where it stands now, and stays unless somebody chooses. */
  holder: NamedContact
  source: FieldSource
  /** False for what no contact can be given any more: an owner who left, a field that was archived. */
  canGo: boolean
}

/** What is to be decided before a merge, or one edge of it, is undone. */
export interface MergeUndo {
  /** Of the merge, or of the edge. */
  id: string
  survivor: NamedContact
  /** Who would be parted. */
  parted: NamedContact[]
  reason: string
  madeAt: string
  madeBy: Person | null
  edits: UndoEdit[]
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
  /** Whether there is something to decide before it is undone: edits, also blocks and opt-outs. */
  hasEdits: boolean
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
