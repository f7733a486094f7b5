import {
  getCountryCallingCode,
  isSupportedCountry,
  parsePhoneNumberFromString,
  type CountryCode,
  type PhoneNumber,
} from 'libphonenumber-js/max'
import { readPhoneLink } from './phone-number-link.ts'

/** What the numbering plans say: `valid` is assigned to somebody's range, `possible` has a fitting length only. */
export type PhoneVerdict = 'valid' | 'possible' | 'invalid'

export interface NormalizedPhone {
  /** E.164: `+628131859025`. */
  e164: string
  verdict: PhoneVerdict
}

/**
 * Reads a number as WhatsApp or Kapso sends it: always international, with or without the plus sign. A default country
 * must never be applied to it: a foreign number would silently become a wrong domestic one.
 *
 * @returns null for absent, null, empty or anything that cannot be an E.164 number
 */
export function normalizeProviderPhone(value: unknown): NormalizedPhone | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const digits = fold(String(value))
    .replace(/[\s().-]/g, '')
    .replace(/^\+/, '')
  if (!/^[1-9]\d{5,14}$/.test(digits)) return null
  const e164 = `+${digits}`
  return { e164, verdict: judge(e164) }
}

/**
 * Reads a number as a person types or pastes it.
 *
 * @param country ISO 3166 code of the workspace's default country, for numbers without a country code
 * @returns null when it is no phone number at all; an impossible one comes back with the verdict `invalid`
 */
export function normalizeTypedPhone(value: string, country: string): NormalizedPhone | null {
  const text = fold(value).trim()
  const linked = readPhoneLink(text)
  // "tel:0812…" is what a person puts into a link by hand; without a zero it is international, as WhatsApp's links are.
  if (linked !== undefined)
    return linked === null || linked.startsWith('0')
      ? readTyped(linked ?? '', country)
      : normalizeProviderPhone(linked)
  return readTyped(text, country)
}

function readTyped(text: string, country: string): NormalizedPhone | null {
  const typed = dropDecimals(text).replace(/^00/, '+')
  const parsed = readAbroad(typed, country) ?? parse(typed, country)
  if (parsed === undefined) return null
  return {
    e164: parsed.number,
    verdict: parsed.isValid() ? 'valid' : parsed.isPossible() ? 'possible' : 'invalid',
  }
}

/** What programs make of a number that they count with: `6281318590251.0`. */
function dropDecimals(text: string): string {
  return text.replace(/^(\+?\d{7,})[.,]0+$/, '$1')
}

/**
 * A number that begins with its own country code, without plus: `62 21 …` of Jakarta, which the parser takes for an area
 * code 0622. Where domestic numbers are written with a zero before them, one without it is not domestic.
 */
function readAbroad(typed: string, country: string): PhoneNumber | undefined {
  const digits = typed.replace(/\D/g, '')
  if (typed.startsWith('+') || digits.startsWith('0')) return undefined
  const abroad = parse(`+${typed}`, country)
  if (abroad?.isValid() !== true || !isCallingCodeOf(abroad.countryCallingCode, country)) return undefined
  return parse(`0${abroad.nationalNumber}`, country)?.number === abroad.number ? abroad : undefined
}

function isCallingCodeOf(code: string, country: string): boolean {
  return isSupportedCountry(country) && getCountryCallingCode(country) === code
}

function parse(text: string, country: string): PhoneNumber | undefined {
  return parsePhoneNumberFromString(text, { defaultCountry: country as CountryCode, extract: false })
}

/** A number as people read it: `+62 813-1859-025`. Falls back to the number itself. */
export function formatPhone(e164: string): string {
  return parsePhoneNumberFromString(e164)?.formatInternational() ?? e164
}

function judge(e164: string): PhoneVerdict {
  const parsed = parsePhoneNumberFromString(e164)
  if (parsed === undefined) return 'invalid'
  return parsed.isValid() ? 'valid' : parsed.isPossible() ? 'possible' : 'invalid'
}

/** WhatsApp copies numbers with no-break spaces, odd hyphens and direction marks, which the parser refuses. */
function fold(value: string): string {
  return value
    .normalize('NFKC')
    .replace(/\p{Cf}/gu, '')
    .replace(/\p{Zs}/gu, ' ')
    .replace(/\p{Pd}/gu, '-')
}
