/** What is compared. Each field speaks once, so that a person can say what would have to be otherwise. */
export type EvidenceField = 'account' | 'number' | 'email' | 'name' | 'birth_date' | 'city' | 'custom_text'

/** What was found, with what a text about it needs; `left` is always of the older contact. */
export type Finding =
  | { code: 'same_scoped_id'; scope: string }
  | { code: 'different_scoped_ids'; scope: string }
  | { code: 'same_number'; number: string }
  | { code: 'same_number_written_differently'; number: string; left: string; right: string }
  | { code: 'national_variant'; country: string; left: string; right: string }
  | { code: 'former_number'; number: string }
  | { code: 'same_last_digits'; left: string; right: string }
  | { code: 'similar_number'; left: string; right: string }
  | { code: 'different_numbers' }
  | { code: 'both_numbers_active'; left: string; right: string }
  | { code: 'same_email'; email: string; holders: number }
  | { code: 'similar_email'; left: string; right: string }
  | { code: 'different_emails' }
  | { code: 'same_name'; share: number }
  | { code: 'similar_name'; similarity: number }
  | { code: 'different_names'; similarity: number }
  | { code: 'same_birth_date'; date: string }
  | { code: 'similar_birth_date'; left: string; right: string }
  | { code: 'different_birth_dates'; left: string; right: string }
  | { code: 'same_city'; city: string }
  | { code: 'similar_city'; left: string; right: string }
  | { code: 'different_cities'; left: string; right: string }
  | { code: 'same_custom_text'; customField: string; holders: number }
  | { code: 'similar_custom_text'; customField: string; similarity: number }
  | { code: 'different_custom_text'; customField: string }

export type FindingCode = Finding['code']

/** A finding and how much it says, in bits: above zero for one person, below zero against. */
export type Evidence = Finding & { field: EvidenceField; weight: number }

/** `same`: at least 999 of 1,000 such pairs are one person; `likely`: 8 of 10; `possible`: worth a look. */
export type Verdict = 'same' | 'likely' | 'possible' | 'different'

/** The one finding which, were it otherwise, would move the pair over the line between likely and possible. */
export interface Flip {
  field: EvidenceField
  /** What is there now; null where the contacts could not be compared in this. */
  from: FindingCode | null
  to: FindingCode
  /** Score and verdict that it would then be. */
  score: number
  verdict: Verdict
}

export interface Candidate {
  /** The older contact (by time, then by id) and the younger. */
  leftId: string
  rightId: string
  /** Logarithm to base 2 of the odds that the two are one person. */
  score: number
  /** The same between 0 and 1. */
  probability: number
  verdict: Verdict
  /** Strongest first. */
  evidence: Evidence[]
  /** Strongest first. */
  counterEvidence: Evidence[]
  /** Null where no single finding could do it. */
  flip: Flip | null
}
