import { normalizeTypedPhone } from '../phone-number.ts'
import type { ContactAccount, DuplicateContact, ScopedId } from './contact.ts'
import { normalizeEmail } from './emails.ts'
import { foldText, readNameWords } from './names.ts'

export interface PreparedNumber {
  e164: string
  /** As it was written, where that is not E.164. */
  written: string | null
  isFormer: boolean
  isVerified: boolean
  activeFrom: number | null
  activeUntil: number | null
}

/** A contact in the one spelling in which contacts are compared. */
export interface PreparedContact {
  id: string
  createdAt: number
  names: { words: string[]; isProfile: boolean }[]
  numbers: PreparedNumber[]
  scopedIds: ScopedId[]
  emails: string[]
  city: string | null
  birthDate: string | null
  customTexts: { field: string; value: string }[]
}

/** Of what a contact has many of, no more are compared: a pathological contact must not stop a run. */
const most = { names: 6, numbers: 12, scopedIds: 12, emails: 6, customTexts: 12 } as const

/** @param country ISO 3166 code of the workspace's country, for numbers that were never worked out */
export function prepareContact(contact: DuplicateContact, country: string): PreparedContact {
  return {
    id: contact.id,
    createdAt: contact.createdAt,
    names: uniqueBy(
      contact.names.map(({ value, source }) => ({
        words: readNameWords(value),
        isProfile: source === 'whatsapp_profile',
      })),
      ({ words }) => words.join(' '),
    ).slice(0, most.names),
    numbers: uniqueBy(
      contact.accounts.flatMap((account) => readNumbers(account, country)),
      ({ e164 }) => e164,
    ).slice(0, most.numbers),
    scopedIds: contact.accounts.flatMap(({ scopedIds }) => scopedIds).slice(0, most.scopedIds),
    emails: uniqueBy(
      contact.emails.map((email) => normalizeEmail(email) ?? ''),
      (email) => email,
    ).slice(0, most.emails),
    city: contact.city === null ? null : foldText(contact.city) || null,
    birthDate:
      contact.birthDate !== null && /^\d{4}-\d{2}-\d{2}$/.test(contact.birthDate) ? contact.birthDate : null,
    customTexts: contact.customTexts
      .map(({ field, value }) => ({
        field,
        value: foldText(value)
          .replace(/[^\p{L}\p{N}]+/gu, ' ')
          .trim(),
      }))
      .filter(({ value }) => value !== '')
      .slice(0, most.customTexts),
  }
}

/** Present numbers first, so that one which is former elsewhere counts as present. */
function readNumbers(account: ContactAccount, country: string): PreparedNumber[] {
  const { isVerified, activeFrom, activeUntil } = account
  const former = account.formerPhones.map((e164) => ({
    e164,
    written: null,
    isFormer: true,
    isVerified: false,
    activeFrom: null,
    activeUntil: null,
  }))
  const e164 = account.phoneNormalized ?? readTyped(account.phone, country)
  if (e164 === null) return former
  const written = account.phone === e164 ? null : account.phone
  return [{ e164, written, isFormer: false, isVerified, activeFrom, activeUntil }, ...former]
}

function readTyped(phone: string | null, country: string): string | null {
  const read = phone === null ? null : normalizeTypedPhone(phone, country)
  return read !== null && (read.verdict !== 'invalid' || read.e164.length >= 10) ? read.e164 : null
}

/** The first of each; what has an empty key is left out. */
function uniqueBy<T>(values: T[], keyOf: (value: T) => string): T[] {
  if (values.length === 1) return values.filter((value) => keyOf(value) !== '')
  const seen = new Map<string, T>()
  for (const value of values) {
    const key = keyOf(value)
    if (key !== '' && !seen.has(key)) seen.set(key, value)
  }
  return [...seen.values()]
}
