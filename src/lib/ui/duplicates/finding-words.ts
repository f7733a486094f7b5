import type { Evidence, FindingCode, Flip } from '#lib/domain/duplicates/evidence.ts'
import { foldText, readNameWords } from '#lib/domain/duplicates/names.ts'
import type { ContactSource, ListedVerdict } from '#lib/domain/duplicates/queue.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { getLocale } from '#lib/i18n/generated/runtime.js'
import { writeCount } from '../shared/write-count.ts'

/** Below this, it is a word of a long name that both have: a low figure would read as speaking against it. */
const partlyAlike = 0.6

/** From here on, a name is one that many have; and says little, which in a small workspace it does not for that. */
const commonName = { share: 1 / 200, weight: 10 } as const

/**
 * What was found between two contacts, in the reader's language.
 *
 * @param fieldLabels what the workspace's own fields are called, by id
 * @param names what the two are called, where the reader sees it: names that count as one may be spelled differently
 */
export function describeFinding(
  found: Evidence,
  fieldLabels: Record<string, string>,
  names: readonly [string | null, string | null] = [null, null],
): string {
  switch (found.code) {
    case 'same_scoped_id':
      return m.duplicates_same_scoped_id()
    case 'different_scoped_ids':
      return m.duplicates_different_scoped_ids()
    case 'same_number':
      return m.duplicates_same_number({ number: found.number })
    case 'same_number_written_differently':
      return m.duplicates_same_number_written({ left: found.left, right: found.right })
    case 'national_variant':
      return describeVariant(found)
    case 'former_number':
      return m.duplicates_former_number({ number: found.number })
    case 'same_last_digits':
      return m.duplicates_same_last_digits({ left: found.left, right: found.right })
    case 'similar_number':
      return m.duplicates_similar_number({ left: found.left, right: found.right })
    case 'different_numbers':
      return m.duplicates_different_numbers()
    case 'both_numbers_active':
      return m.duplicates_both_numbers_active({ left: found.left, right: found.right })
    case 'same_email':
      return found.holders > 2
        ? m.duplicates_same_email_shared({ email: found.email, count: writeCount(found.holders) })
        : m.duplicates_same_email({ email: found.email })
    case 'similar_email':
      return m.duplicates_similar_email({ left: found.left, right: found.right })
    case 'different_emails':
      return m.duplicates_different_emails()
    case 'same_name':
      if (areSpelledApart(names)) return m.duplicates_same_name_spelled()
      return found.share >= commonName.share && found.weight < commonName.weight
        ? m.duplicates_same_name_common({ percent: writePercent(found.share) })
        : m.duplicates_same_name()
    case 'similar_name':
      return found.similarity < partlyAlike
        ? m.duplicates_part_of_name()
        : m.duplicates_similar_name({ similarity: writeSimilarity(found.similarity) })
    case 'different_names':
      return m.duplicates_different_names({ similarity: writeSimilarity(found.similarity) })
    case 'same_birth_date':
      return m.duplicates_same_birth_date({ date: writeDate(found.date) })
    case 'similar_birth_date':
      return m.duplicates_similar_birth_date({ left: writeDate(found.left), right: writeDate(found.right) })
    case 'different_birth_dates':
      return m.duplicates_different_birth_dates({
        left: writeDate(found.left),
        right: writeDate(found.right),
      })
    case 'same_city':
      return m.duplicates_same_city({ city: capitalise(found.city) })
    case 'similar_city':
      return m.duplicates_similar_city({ left: capitalise(found.left), right: capitalise(found.right) })
    case 'different_cities':
      return m.duplicates_different_cities({ left: capitalise(found.left), right: capitalise(found.right) })
    case 'same_custom_text': {
      const field = labelOf(found.customField, fieldLabels)
      return found.holders > 2
        ? m.duplicates_same_custom_shared({ field, count: writeCount(found.holders) })
        : m.duplicates_same_custom({ field })
    }
    case 'similar_custom_text':
      return m.duplicates_similar_custom({
        field: labelOf(found.customField, fieldLabels),
        similarity: writeSimilarity(found.similarity),
      })
    case 'different_custom_text':
      return m.duplicates_different_custom({ field: labelOf(found.customField, fieldLabels) })
  }
}

/** One name in two spellings, as Anggraini and Angraini. */
function areSpelledApart([left, right]: readonly [string | null, string | null]): boolean {
  if (left === null || right === null || foldText(left) === foldText(right)) return false
  return readNameWords(left).join('') === readNameWords(right).join('')
}

function describeVariant({ country, left, right }: { country: string; left: string; right: string }): string {
  const words: Record<string, typeof m.duplicates_variant_other> = {
    BR: m.duplicates_variant_br,
    AR: m.duplicates_variant_ar,
    MX: m.duplicates_variant_mx,
  }
  return (words[country] ?? m.duplicates_variant_other)({ left, right })
}

/** What would have to be otherwise for the verdict to be another one. */
export function describeTurningPoint(flip: Flip | null): string {
  const condition = flip === null ? undefined : conditions[flip.to]
  if (flip === null || condition === undefined) return m.duplicates_turn_none()
  const words = {
    same: m.duplicates_turn_same,
    likely: m.duplicates_turn_likely,
    possible: m.duplicates_turn_possible,
    different: m.duplicates_turn_different,
  }
  return words[flip.verdict]({ condition: condition() })
}

const conditions: Partial<Record<FindingCode, () => string>> = {
  same_scoped_id: m.duplicates_if_same_account,
  different_scoped_ids: m.duplicates_if_different_accounts,
  same_number: m.duplicates_if_same_number,
  different_numbers: m.duplicates_if_different_numbers,
  same_email: m.duplicates_if_same_email,
  different_emails: m.duplicates_if_different_emails,
  same_name: m.duplicates_if_same_name,
  different_names: m.duplicates_if_different_names,
  same_birth_date: m.duplicates_if_same_birth_date,
  different_birth_dates: m.duplicates_if_different_birth_dates,
  same_city: m.duplicates_if_same_city,
  different_cities: m.duplicates_if_different_cities,
}

export const verdictWords: Record<ListedVerdict, () => string> = {
  same: m.duplicates_verdict_same,
  likely: m.duplicates_verdict_likely,
  possible: m.duplicates_verdict_possible,
}

export const sourceWords: Record<ContactSource, () => string> = {
  staff: m.duplicates_source_staff,
  import: m.duplicates_source_import,
  bot: m.duplicates_source_bot,
  whatsapp: m.duplicates_source_whatsapp,
}

/** Never 0 or 100: nothing is certain. */
export function writePercent(share: number): string {
  const digits = share >= 0.99 ? 1 : 0
  const steps = 10 ** (digits + 2)
  // What lies within a billionth of a step is on it.
  const whole = Math.floor(share * steps + 1e-9)
  return new Intl.NumberFormat(getLocale(), { style: 'percent', maximumFractionDigits: digits }).format(
    Math.min(Math.max(whole, 1), steps - 1) / steps,
  )
}

function writeSimilarity(similarity: number): string {
  return new Intl.NumberFormat(getLocale(), { minimumFractionDigits: 2, maximumFractionDigits: 2 }).format(
    similarity,
  )
}

/** @param date `YYYY-MM-DD` */
function writeDate(date: string): string {
  return new Intl.DateTimeFormat(getLocale(), { dateStyle: 'medium', timeZone: 'UTC' }).format(new Date(date))
}

/** Cities are compared in lower case. */
function capitalise(text: string): string {
  return text.replace(/(^|\s)\p{L}/gu, (letter) => letter.toLocaleUpperCase(getLocale()))
}

function labelOf(fieldId: string, fieldLabels: Record<string, string>): string {
  return fieldLabels[fieldId] || m.duplicates_field_unknown()
}
