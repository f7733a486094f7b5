import type { Evidence } from './evidence.ts'
import { variantCountry } from './phone-variants.ts'
import type { PreparedContact, PreparedNumber } from './prepare.ts'
import { isOneSlipApart } from './similarity.ts'
import { levels, weightOf } from './weights.ts'

const field = 'number'

/** What the numbers of two contacts say: the strongest tie between any two, else that all differ. */
export function compareNumbers(left: PreparedContact, right: PreparedContact): Evidence[] {
  let best: Evidence | null = null
  for (const one of left.numbers)
    for (const other of right.numbers) {
      const found = tieOf(one, other)
      if (found !== null && (best === null || found.weight > best.weight)) best = found
    }
  if (best !== null) return [best]
  if (left.numbers.length === 0 || right.numbers.length === 0) return []
  return [
    { field, code: 'different_numbers', weight: weightOf(levels.differentNumbers) },
    ...findBothActive(left, right),
  ]
}

/** Ids of accounts: one shared id decides, another id in the same scope speaks against. */
export function compareScopedIds(left: PreparedContact, right: PreparedContact): Evidence[] {
  let conflict: string | null = null
  for (const one of left.scopedIds)
    for (const other of right.scopedIds) {
      if (one.scope !== other.scope) continue
      if (one.value === other.value) {
        const weight = weightOf(levels.sameScopedId)
        return [{ field: 'account', code: 'same_scoped_id', scope: one.scope, weight }]
      }
      if (conflict === null || one.scope < conflict) conflict = one.scope
    }
  if (conflict === null) return []
  const weight = weightOf(levels.differentScopedIds)
  return [{ field: 'account', code: 'different_scoped_ids', scope: conflict, weight }]
}

function tieOf(one: PreparedNumber, other: PreparedNumber): Evidence | null {
  const left = one.e164
  const right = other.e164
  if (left === right) {
    if (one.isFormer || other.isFormer)
      return { field, code: 'former_number', number: left, weight: weightOf(levels.formerNumber) }
    const written = { left: one.written ?? left, right: other.written ?? right }
    const weight = weightOf(levels.sameNumber)
    return written.left === written.right
      ? { field, code: 'same_number', number: left, weight }
      : { field, code: 'same_number_written_differently', number: left, ...written, weight }
  }
  // Nearly all numbers that are compared have nothing in common: look closer only where they might.
  if (left.slice(-4) !== right.slice(-4) && left.slice(0, 5) !== right.slice(0, 5)) return null
  const country = variantCountry(left, right)
  if (country !== null)
    return { field, code: 'national_variant', country, left, right, weight: weightOf(levels.nationalVariant) }
  if (isOneSlipApart(left, right))
    return { field, code: 'similar_number', left, right, weight: weightOf(levels.similarNumber) }
  return left.length >= 10 && right.length >= 10 && left.slice(-8) === right.slice(-8)
    ? { field, code: 'same_last_digits', left, right, weight: weightOf(levels.sameLastDigits) }
    : null
}

/** Two numbers that WhatsApp confirmed, both written from in the same weeks. */
function findBothActive(left: PreparedContact, right: PreparedContact): Evidence[] {
  for (const one of left.numbers)
    for (const other of right.numbers)
      if (one.isVerified && other.isVerified && isOverlapping(one, other))
        return [
          {
            field,
            code: 'both_numbers_active',
            left: one.e164,
            right: other.e164,
            weight: weightOf(levels.bothNumbersActive),
          },
        ]
  return []
}

function isOverlapping(one: PreparedNumber, other: PreparedNumber): boolean {
  if (one.activeFrom === null || one.activeUntil === null) return false
  if (other.activeFrom === null || other.activeUntil === null) return false
  return one.activeFrom <= other.activeUntil && other.activeFrom <= one.activeUntil
}
