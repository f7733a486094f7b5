import { compareNames, weightOfSameName } from './compare-names.ts'
import { compareNumbers, compareScopedIds } from './compare-numbers.ts'
import { compareBirthDates, compareCities, compareCustomTexts, compareEmails } from './compare-texts.ts'
import type { Candidate, Evidence, EvidenceField, Flip, FindingCode } from './evidence.ts'
import type { Frequencies } from './frequencies.ts'
import type { PreparedContact } from './prepare.ts'
import { highestWeight, levels, priorScore, sharePriors, thresholds, verdictOf, weightOf } from './weights.ts'

/**
 * How probably two contacts are one person, and why. The same whichever is named first.
 *
 * @param frequencies of the workspace that both are of
 * @throws RangeError when it is one contact twice
 */
export function compareContacts(
  one: PreparedContact,
  other: PreparedContact,
  frequencies: Frequencies,
): Candidate {
  if (one.id === other.id) throw new RangeError('A contact is no candidate for itself')
  const [left, right] = inOrder(one, other)
  const found = gatherEvidence(left, right, frequencies)
  const score = sum(found) + priorScore(frequencies.contacts)
  return {
    leftId: left.id,
    rightId: right.id,
    score,
    probability: 1 / (1 + 2 ** -score),
    verdict: verdictOf(score),
    evidence: found.filter(({ weight }) => weight > 0).sort((a, b) => b.weight - a.weight),
    counterEvidence: found.filter(({ weight }) => weight <= 0).sort((a, b) => a.weight - b.weight),
    flip: findFlip(left, right, found, score, frequencies),
  }
}

/** The score alone, for the millions of pairs that come to nothing. */
export function scoreContacts(
  one: PreparedContact,
  other: PreparedContact,
  frequencies: Frequencies,
): number {
  const [left, right] = inOrder(one, other)
  return sum(gatherEvidence(left, right, frequencies)) + priorScore(frequencies.contacts)
}

function inOrder(one: PreparedContact, other: PreparedContact): [PreparedContact, PreparedContact] {
  const isOlder = one.createdAt < other.createdAt || (one.createdAt === other.createdAt && one.id < other.id)
  return isOlder ? [one, other] : [other, one]
}

function gatherEvidence(left: PreparedContact, right: PreparedContact, frequencies: Frequencies): Evidence[] {
  const found = [
    ...compareScopedIds(left, right),
    ...compareNumbers(left, right),
    ...compareCustomTexts(left, right, frequencies),
  ]
  for (const single of [
    compareEmails(left, right, frequencies),
    compareNames(left, right, frequencies),
    compareBirthDates(left, right),
    compareCities(left, right, frequencies),
  ])
    if (single !== null) found.push(single)
  return found
}

function sum(evidence: Evidence[]): number {
  return evidence.reduce((total, { weight }) => total + weight, 0)
}

/** The smallest change of one field that takes the pair over the line of `likely`. */
function findFlip(
  left: PreparedContact,
  right: PreparedContact,
  found: Evidence[],
  score: number,
  frequencies: Frequencies,
): Flip | null {
  const isAbove = score >= thresholds.likely
  let best: Flip | null = null
  for (const { field, same, different } of oppositesOf(left, right, frequencies)) {
    const present = found.filter((evidence) => evidence.field === field)
    const to = isAbove ? different : same
    const changed = score - sum(present) + to.weight
    if (changed >= thresholds.likely === isAbove) continue
    if (best !== null && Math.abs(best.score - score) <= Math.abs(changed - score)) continue
    const strongest = present.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))[0]
    best = { field, from: strongest?.code ?? null, to: to.code, score: changed, verdict: verdictOf(changed) }
  }
  return best
}

interface Opposites {
  field: EvidenceField
  same: { code: FindingCode; weight: number }
  different: { code: FindingCode; weight: number }
}

function oppositesOf(left: PreparedContact, right: PreparedContact, frequencies: Frequencies): Opposites[] {
  const words = (left.names[0] ?? right.names[0])?.words ?? ['', '']
  const at = <C extends FindingCode>(code: C, weight: number): { code: C; weight: number } => ({
    code,
    weight,
  })
  return [
    {
      field: 'account',
      same: at('same_scoped_id', weightOf(levels.sameScopedId)),
      different: at('different_scoped_ids', weightOf(levels.differentScopedIds)),
    },
    {
      field: 'number',
      same: at('same_number', weightOf(levels.sameNumber)),
      different: at('different_numbers', weightOf(levels.differentNumbers)),
    },
    {
      field: 'email',
      same: at('same_email', weightOf(levels.sameEmail)),
      different: at('different_emails', weightOf(levels.differentEmails)),
    },
    {
      field: 'name',
      same: at('same_name', weightOfSameName(words, frequencies)),
      different: at('different_names', weightOf(levels.contradictingName) * Math.min(2, words.length)),
    },
    {
      field: 'birth_date',
      same: at('same_birth_date', weightOf(levels.sameBirthDate)),
      different: at('different_birth_dates', weightOf(levels.differentBirthDates)),
    },
    {
      field: 'city',
      same: at('same_city', Math.min(weightOf(levels.sameCity, sharePriors.city.share), highestWeight.city)),
      different: at('different_cities', weightOf(levels.differentCities)),
    },
  ]
}
