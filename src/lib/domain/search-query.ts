import { getCountryCallingCode, type CountryCode } from 'libphonenumber-js/max'
import { normalizeProviderPhone, normalizeTypedPhone } from './phone-number.ts'

/** What somebody may have meant by what they typed into the search box. Null or empty: not this. */
export interface SearchQuery {
  /** Whole numbers, E.164. */
  phones: string[]
  /** Numbers that may be unfinished, as E.164 begins. */
  phoneStarts: string[]
  /** Four digits or more, with which a number may end. */
  lastDigits: string | null
  /** An e-mail address or its beginning. */
  email: string | null
  /** A name or part of one, perhaps misspelt. */
  name: string | null
  /** Words of messages. */
  words: string | null
}

const longestQuery = 300
const whatsAppHosts = ['wa.me', 'www.wa.me', 'api.whatsapp.com', 'web.whatsapp.com', 'chat.whatsapp.com']
const oneSignWords = /[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]/

/**
 * Tells apart numbers in any spelling, last digits, links to a WhatsApp chat, e-mail addresses and words. What may be
 * several of them is all of them.
 *
 * @param text as typed or pasted; more than 300 characters are not read
 * @param country ISO 3166 code of the workspace's country, for numbers without a country code
 */
export function readSearchQuery(text: string, country: string): SearchQuery {
  const typed = tidy(text)
  const linked = readLinkedNumber(typed)
  if (linked !== undefined) return { ...nothing(), phones: linked === null ? [] : [linked] }
  const query = { ...nothing(), words: readWords(typed) }
  if (/^\+?[\d\s().\-/]+$/.test(typed) && countDigits(typed) >= 4)
    return { ...query, ...readNumber(typed, country) }
  if (/^[^\s@]+@[^\s@]*$/.test(typed)) return { ...query, email: typed.toLowerCase() }
  return { ...query, name: /[\p{L}\p{N}]/u.test(typed) ? typed : null }
}

function nothing(): SearchQuery {
  return { phones: [], phoneStarts: [], lastDigits: null, email: null, name: null, words: null }
}

/** Without direction marks, control characters, odd spaces, dashes and digits, which copying brings along. */
function tidy(text: string): string {
  return text
    .slice(0, longestQuery)
    .toWellFormed()
    .normalize('NFKC')
    .replace(/[\p{Cf}\p{Co}]/gu, '')
    .replace(/[\p{Z}\p{Cc}]+/gu, ' ')
    .replace(/\p{Pd}/gu, '-')
    .trim()
}

/** The number of a link such as `wa.me/62…` or `tel:+62…`; null where the link has none, undefined for no such link. */
function readLinkedNumber(text: string): string | null | undefined {
  const telephone = /^tel:(.+)$/i.exec(text)?.[1]
  if (telephone !== undefined) return normalizeProviderPhone(telephone)?.e164 ?? null
  const address = /^whatsapp:\/\/send/i.test(text)
    ? text.replace(/^whatsapp:\/\//i, 'https://api.whatsapp.com/')
    : /^https?:\/\//i.test(text)
      ? text
      : `https://${text}`
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  if (!whatsAppHosts.includes(url.hostname)) return undefined
  // A plus in a query part means a space.
  const given = url.searchParams.get('phone') ?? decodeSafely(url.pathname.split('/')[1] ?? '')
  return normalizeProviderPhone(given.trim())?.e164 ?? null
}

function decodeSafely(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function readNumber(
  typed: string,
  country: string,
): Pick<SearchQuery, 'phones' | 'phoneStarts' | 'lastDigits'> {
  // "+62 (0)813": a zero that is dialled inside of the country only.
  const plain = typed.replace(/\(0\)/g, '')
  const digits = plain.replace(/\D/g, '')
  if (plain.startsWith('+') || digits.startsWith('00')) {
    const e164 = `+${digits.replace(/^00/, '')}`
    return {
      phones: [e164],
      phoneStarts: [e164],
      lastDigits: plain.startsWith('+') ? null : digits.slice(0, 15),
    }
  }
  const code = callingCodeOf(country)
  const national = normalizeTypedPhone(digits, country)?.e164
  const starts = [`+${digits}`, ...(code === null ? [] : [`+${code}${digits.replace(/^0/, '')}`])]
  return {
    phones: [...new Set([...(national === undefined ? [] : [national]), ...starts])],
    phoneStarts: digits.startsWith('0') ? starts.slice(1) : starts,
    lastDigits: digits.length <= 15 ? digits : null,
  }
}

function callingCodeOf(country: string): string | null {
  try {
    return getCountryCallingCode(country as CountryCode)
  } catch {
    return null
  }
}

function countDigits(text: string): number {
  return text.replace(/\D/g, '').length
}

/** A single letter is in every message; a single sign of a script without spaces is a word. */
function readWords(typed: string): string | null {
  const hasWord = (typed.match(/[\p{L}\p{N}]+/gu) ?? []).some(
    (word) => word.length > 1 || oneSignWords.test(word),
  )
  return hasWord ? typed : null
}
