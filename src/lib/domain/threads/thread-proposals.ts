import type { Person } from '../inbox.ts'

/** One of the two conversations of a proposal. */
export interface ProposedThread {
  id: string
  /** The contact's; null where nobody knows one. */
  name: string | null
  address: string | null
}

/** A merge of two conversations that an agent proposes. */
export interface ThreadProposal {
  id: string
  /** Which one would go on. */
  survivor: ProposedThread
  /** Which one would show there. */
  other: ProposedThread
  reason: string
  proposedAt: string
  proposedBy: Person | null
  /** 'stale' also before anybody decides, as soon as something was done to the conversations. */
  state: 'open' | 'accepted' | 'rejected' | 'stale'
  decidedAt: string | null
  decidedBy: Person | null
  /** What whoever decided said. */
  note: string | null
}
