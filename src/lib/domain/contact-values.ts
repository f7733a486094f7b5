import type { FieldKind } from './contacts.ts'

const longestText = 2000
const longestEmail = 254

/** Whether a text can be kept as an e-mail address: what only a mail server could tell is not asked. */
export function isEmail(text: string): boolean {
  return text.length <= longestEmail && /^[^\s@]+@[^\s@]+$/.test(text)
}

/**
 * What somebody typed into a field, in the one spelling in which it is kept: a number as 1234.5, a date as 2026-11-23,
 * text without spaces around it.
 *
 * @param choices of a choice
 * @returns null where nothing was typed, undefined where it is nothing of this kind
 */
export function readFieldValue(
  kind: FieldKind,
  choices: readonly string[],
  typed: string,
): string | null | undefined {
  const text = typed.toWellFormed().replaceAll('\0', '').trim()
  if (text === '') return null
  switch (kind) {
    case 'text':
      return text.length <= longestText ? text : undefined
    case 'number':
      return readNumber(text)
    case 'date':
      return readDate(text)
    case 'choice':
      return choices.find((choice) => choice === text)
  }
}

/** With a point or a comma before the decimals. Digits in groups are refused: 1.234 is two numbers, by the country. */
function readNumber(text: string): string | undefined {
  const match = /^([+-]?)0*(\d{1,18})(?:[.,](\d{0,9}?)0*)?$/.exec(text.replace(/[\s\u00a0]/g, ''))
  if (match === null) return undefined
  const [, sign = '', whole = '', decimals = ''] = match
  const digits = decimals === '' ? whole : `${whole}.${decimals}`
  return sign === '-' && /[1-9]/.test(digits) ? `-${digits}` : digits
}

function readDate(text: string): string | undefined {
  if (!/^[12]\d{3}-\d{2}-\d{2}$/.test(text)) return undefined
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text) ? text : undefined
}
