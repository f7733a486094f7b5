import type { Verdict } from './evidence.ts'

/**
 * The model of Fellegi and Sunter: a finding speaks for one person by how much oftener it is seen between two records of
 * one person (`m`) than between two strangers (`u`). Weights are log2(m / u), and are added up.
 *
 * The figures are reasoned from how contacts come about, and were tried on the tuning data of
 * `tests/bench/dedupe/tuning.ts` only, never on what the benchmark measures.
 */
export interface Level {
  m: number
  u: number
}

export const levels = {
  // WhatsApp gives an account one id per scope, and gives it to nobody else.
  sameScopedId: { m: 0.95, u: 1e-12 },
  // Two accounts: a second telephone, seldom; mostly two people.
  differentScopedIds: { m: 0.004, u: 0.99 },

  // Two people hold one number only where a family or an office shares it.
  sameNumber: { m: 0.4, u: 4e-10 },
  // One subscriber in two national spellings; m is the share of such countries.
  nationalVariant: { m: 0.05, u: 4e-10 },
  // Operators give numbers out again after some months.
  formerNumber: { m: 0.1, u: 5e-8 },
  // Eight equal digits behind another country or area code: a prefix lost.
  sameLastDigits: { m: 0.02, u: 4e-7 },
  // One slip of a finger; but companies buy numbers in rows.
  similarNumber: { m: 0.06, u: 1e-6 },
  // A duplicate is often made because the number is new.
  differentNumbers: { m: 0.37, u: 1 },
  // Few people write from two telephones in the same weeks.
  bothNumbersActive: { m: 0.05, u: 0.8 },

  // For an address of two holders; u grows with them.
  sameEmail: { m: 0.75, u: 5e-8 },
  // One slip of a finger.
  similarEmail: { m: 0.12, u: 2e-6 },
  // The same box at another provider; a namesake may have that too.
  sameMailbox: { m: 0.06, u: 4e-5 },
  // Work and private.
  differentEmails: { m: 0.22, u: 1 },

  // A word of the name; u is the share of contacts that have it.
  sameName: { m: 0.8, u: 1 },
  // One slip; u is four times the share, for all words as near.
  nearName: { m: 0.12, u: 4 },
  // Two slips; u is twelve times the share.
  similarName: { m: 0.05, u: 12 },
  // Several slips, or only a family of names.
  distantName: { m: 0.03, u: 0.12 },
  // Beginning or end of the other word: Susanti and Santi.
  shortName: { m: 0.05, u: 0.02 },
  // An initial that fits; one in a dozen fits by chance, and tells little.
  initialName: { m: 0.04, u: 0.02 },
  // A word that only one side has: many people give half of their name.
  extraName: { m: 0.15, u: 0.4 },
  // A word on each side without partner: married, misheard, or someone else.
  contradictingName: { m: 0.025, u: 0.95 },
  // Profiles on WhatsApp carry nicknames, shops and children.
  contradictingProfile: { m: 0.2, u: 0.9 },

  // Some 55 years of days.
  sameBirthDate: { m: 0.85, u: 5e-5 },
  // What forms put when nobody asked.
  sameFirstOfJanuary: { m: 0.85, u: 2e-3 },
  // Day and month changed places, or one digit wrong.
  similarBirthDate: { m: 0.08, u: 1.2e-3 },
  // Nobody has two.
  differentBirthDates: { m: 0.04, u: 0.99 },

  // U is the share of contacts there.
  sameCity: { m: 0.75, u: 1 },
  // A misspelling; u is three times the share.
  similarCity: { m: 0.08, u: 3 },
  // People move.
  differentCities: { m: 0.17, u: 0.95 },

  // U is the share of contacts with this value in this field.
  sameCustomText: { m: 0.7, u: 1 },
  // One slip, all digits the same; u is twice the share.
  nearCustomText: { m: 0.15, u: 2 },
  // More than a slip; u is twelve times the share.
  similarCustomText: { m: 0.06, u: 12 },
  // What is written into free fields changes.
  differentCustomText: { m: 0.25, u: 0.9 },
} as const satisfies Record<string, Level>

/** Findings within one field hang together (a first name hints at the family's): the sum never counts more than this. */
export const highestWeight = { name: 24, customText: 20, city: 9, customValue: 14 } as const

/**
 * Shares are counted in the workspace itself, and drawn towards this prior while it is small: a name that is seen once
 * among ten contacts is not a name of every tenth person.
 */
export const sharePriors = {
  word: { share: 1 / 400, contacts: 1500 },
  city: { share: 1 / 40, contacts: 400 },
  customValue: { share: 1 / 4000, contacts: 1000 },
} as const

/** Contacts of which a second record is expected; the odds of a random pair follow from it and the number of contacts. */
const expectedDuplicates = 0.1
/** Below this, a workspace is treated as if it had so many: everybody in a small town knows each other. */
const fewestContacts = 1000

/** Words are the same name when misspelt no more than this (Jaro and Winkler). */
export const nearWord = 0.93
export const similarWord = 0.86
export const distantWord = 0.76
export const nearText = 0.9
export const similarText = 0.84

/**
 * Scores from which a verdict holds: odds of 1000 to 1, of 2 to 1, and of 1 to 16. From 1 on, 995 of 1000 pairs are right in
 * every run over the tuning data.
 */
export const thresholds = { same: 10, likely: 1, possible: -4 } as const

/** @returns bits */
export function weightOf(level: Level, share = 1): number {
  return Math.log2(level.m / (level.u * share))
}

/** The score of two contacts of which nothing is known. */
export function priorScore(contacts: number): number {
  return Math.log2((2 * expectedDuplicates) / Math.max(contacts, fewestContacts))
}

export function verdictOf(score: number): Verdict {
  if (score >= thresholds.same) return 'same'
  if (score >= thresholds.likely) return 'likely'
  return score >= thresholds.possible ? 'possible' : 'different'
}
