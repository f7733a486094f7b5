import type { Evidence } from './evidence.ts'
import { terms, type Frequencies } from './frequencies.ts'
import type { PreparedContact } from './prepare.ts'
import { digitsOf, isOneSlipApart, jaroWinkler, textSimilarity } from './similarity.ts'
import { highestWeight, levels, nearText, sharePriors, similarText, weightOf } from './weights.ts'

/** The most telling pair of addresses; null where one has none. */
export function compareEmails(
  left: PreparedContact,
  right: PreparedContact,
  frequencies: Frequencies,
): Evidence | null {
  const field = 'email'
  let best: Evidence | null = null
  for (const one of left.emails)
    for (const other of right.emails) {
      if (one === other) {
        const holders = Math.max(2, frequencies.holdersOf(terms.email(one)))
        const weight = weightOf(levels.sameEmail, holders / 2)
        if (best?.code !== 'same_email' || weight > best.weight)
          best = { field, code: 'same_email', email: one, holders, weight }
      } else if (best?.code !== 'same_email') {
        const weight = weighSimilarEmails(one, other)
        if (weight !== null && (best === null || weight > best.weight))
          best = { field, code: 'similar_email', left: one, right: other, weight }
      }
    }
  if (best !== null || left.emails.length === 0 || right.emails.length === 0) return best
  return { field, code: 'different_emails', weight: weightOf(levels.differentEmails) }
}

export function compareBirthDates(left: PreparedContact, right: PreparedContact): Evidence | null {
  const field = 'birth_date'
  const [one, other] = [left.birthDate, right.birthDate]
  if (one === null || other === null) return null
  if (one === other) {
    const level = one.endsWith('-01-01') ? levels.sameFirstOfJanuary : levels.sameBirthDate
    return { field, code: 'same_birth_date', date: one, weight: weightOf(level) }
  }
  const found = { left: one, right: other }
  const isSwapped = one === `${other.slice(0, 4)}-${other.slice(8)}-${other.slice(5, 7)}`
  return isSwapped || isOneSlipApart(one.replaceAll('-', ''), other.replaceAll('-', ''))
    ? { field, code: 'similar_birth_date', ...found, weight: weightOf(levels.similarBirthDate) }
    : { field, code: 'different_birth_dates', ...found, weight: weightOf(levels.differentBirthDates) }
}

export function compareCities(
  left: PreparedContact,
  right: PreparedContact,
  frequencies: Frequencies,
): Evidence | null {
  const field = 'city'
  const [one, other] = [left.city, right.city]
  if (one === null || other === null) return null
  const share = Math.max(shareOfCity(one, frequencies), shareOfCity(other, frequencies))
  if (one === other) {
    const weight = Math.min(weightOf(levels.sameCity, share), highestWeight.city)
    return { field, code: 'same_city', city: one, weight }
  }
  return jaroWinkler(one, other) >= similarText
    ? {
        field,
        code: 'similar_city',
        left: one,
        right: other,
        weight: Math.max(0.5, weightOf(levels.similarCity, share)),
      }
    : { field, code: 'different_cities', left: one, right: other, weight: weightOf(levels.differentCities) }
}

/** The custom fields that both have, each on its own. */
export function compareCustomTexts(
  left: PreparedContact,
  right: PreparedContact,
  frequencies: Frequencies,
): Evidence[] {
  const found: Evidence[] = []
  let room: number = highestWeight.customText
  for (const { field: name, value } of left.customTexts) {
    const other = right.customTexts.find((text) => text.field === name)?.value
    if (other === undefined) continue
    const evidence = compareCustomText(name, value, other, frequencies)
    const weight = Math.min(evidence.weight, room)
    if (weight > 0) room -= weight
    found.push({ ...evidence, weight })
  }
  return found
}

function compareCustomText(name: string, one: string, other: string, frequencies: Frequencies): Evidence {
  const field = 'custom_text'
  const share = Math.max(shareOfCustom(name, one, frequencies), shareOfCustom(name, other, frequencies))
  if (one === other) {
    const holders = Math.max(2, frequencies.holdersOf(terms.custom(name, one)))
    const weight = Math.min(weightOf(levels.sameCustomText, share), highestWeight.customValue)
    return { field, code: 'same_custom_text', customField: name, holders, weight }
  }
  const similarity = textSimilarity(one, other)
  if (similarity < similarText)
    return {
      field,
      code: 'different_custom_text',
      customField: name,
      weight: weightOf(levels.differentCustomText),
    }
  const isNear = similarity >= nearText && digitsOf(one) === digitsOf(other)
  const weight = Math.max(0.5, weightOf(isNear ? levels.nearCustomText : levels.similarCustomText, share))
  return {
    field,
    code: 'similar_custom_text',
    customField: name,
    similarity: Math.round(similarity * 100) / 100,
    weight,
  }
}

function weighSimilarEmails(one: string, other: string): number | null {
  if (isOneSlipApart(one, other)) return weightOf(levels.similarEmail)
  const mailbox = one.slice(0, one.indexOf('@'))
  const isSameBox = mailbox.length >= 6 && mailbox === other.slice(0, other.indexOf('@'))
  return isSameBox ? weightOf(levels.sameMailbox) : null
}

export function shareOfCity(city: string, frequencies: Frequencies): number {
  return shareOfHolders(frequencies.holdersOf(terms.city(city)), frequencies)
}

/** What a city that both have weighs when so many contacts live there. */
export function weightOfCity(holders: number, frequencies: Frequencies): number {
  return weightOf(levels.sameCity, shareOfHolders(holders, frequencies))
}

function shareOfHolders(holders: number, frequencies: Frequencies): number {
  const { share, contacts } = sharePriors.city
  return (holders + share * contacts) / (frequencies.holdersOf(terms.anyCity) + contacts)
}

function shareOfCustom(field: string, value: string, frequencies: Frequencies): number {
  const { share, contacts } = sharePriors.customValue
  const all = frequencies.holdersOf(terms.anyCustom(field))
  return (frequencies.holdersOf(terms.custom(field, value)) + share * contacts) / (all + contacts)
}
