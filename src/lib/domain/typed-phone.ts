import { parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { TypedNumber } from './contacts.ts'
import { formatPhone, normalizeTypedPhone } from './phone-number.ts'

const longest = 100

/**
 * How a number that somebody types would be stored, for the preview while they do.
 *
 * @param country ISO 3166 code of the workspace's country
 */
export function describeTypedPhone(
  typed: string,
  country: string,
): Pick<TypedNumber, 'e164' | 'shown' | 'verdict' | 'country'> {
  const phone = typed.length > longest ? null : normalizeTypedPhone(typed.toWellFormed(), country)
  if (phone === null) return { e164: null, shown: null, verdict: 'invalid', country: null }
  return {
    ...phone,
    shown: formatPhone(phone.e164),
    country: parsePhoneNumberFromString(phone.e164)?.country ?? null,
  }
}
