import type { FieldSource } from '../contacts.ts'
import { normalizeProviderPhone, normalizeTypedPhone, type NormalizedPhone } from '../phone-number.ts'
import { variantCountry } from '../duplicates/phone-variants.ts'

export interface StoredPhone {
  /** As received or typed. */
  phone: string | null
  phoneNormalized: string | null
  /** Whose word it is that there is the account. */
  source: FieldSource
}

/**
 * What today's library makes of a number that was stored once. One with a plus sign, and what WhatsApp told, is
 * international as it stands; only what people typed or imported gets the country of the workspace. A national variant
 * of the number that is known (Brazil's ninth digit, Mexico's 1, Argentina's 9) is never rewritten: it stays what it is.
 *
 * @param country ISO 3166 code of the workspace's default country
 * @returns null where it is no number, or cannot be one
 */
export function readStoredPhone(stored: StoredPhone, country: string): NormalizedPhone | null {
  const { phone, phoneNormalized } = stored
  const known = phoneNormalized === null ? null : normalizeProviderPhone(phoneNormalized)
  if (phone === null || phone.trim() === '') return known
  const read = readRaw(phone, stored.source, country)
  if (read === null || !/^\+[1-9]\d{5,14}$/.test(read.e164)) return known
  if (known !== null && variantCountry(read.e164, known.e164) !== null) return known
  // A number that cannot be one replaces none.
  return read.verdict === 'invalid' && read.e164 !== known?.e164 ? known : read
}

function readRaw(phone: string, source: FieldSource, country: string): NormalizedPhone | null {
  const international = normalizeProviderPhone(phone)
  const isTyped = source === 'staff' || source === 'import'
  if (/^[^\p{L}\d]*\+/u.test(phone) && international?.verdict === 'valid') return international
  // Nothing that WhatsApp tells begins with a zero: it came from people before it was written down whose word it is.
  if (isTyped || international === null) return normalizeTypedPhone(phone, country) ?? international
  return international
}
