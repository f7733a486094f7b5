import type { PreparedContact } from './prepare.ts'
import { hashOf } from './hash.ts'

/** How common things are in a workspace. A term is counted once per contact. */
export interface Frequencies {
  contacts: number
  /** How many contacts have the term; 0 for none. May be a little too high, never too low. */
  holdersOf: (term: string) => number
}

export const terms = {
  anyName: 'w',
  anyCity: 'c',
  word: (word: string) => `w ${word}`,
  city: (city: string) => `c ${city}`,
  email: (email: string) => `e ${email}`,
  anyCustom: (field: string) => `x ${field}`,
  custom: (field: string, value: string) => `x ${field} ${value}`,
} as const

/** What of a contact is counted, each once. */
export function termsOf(contact: PreparedContact): string[] {
  const found = new Set<string>()
  for (const { words } of contact.names) {
    found.add(terms.anyName)
    for (const word of words) found.add(terms.word(word))
  }
  for (const email of contact.emails) found.add(terms.email(email))
  if (contact.city !== null) found.add(terms.anyCity).add(terms.city(contact.city))
  for (const { field, value } of contact.customTexts)
    found.add(terms.anyCustom(field)).add(terms.custom(field, value))
  return [...found]
}

export interface FrequencySketch extends Frequencies {
  add: (contact: PreparedContact) => void
  /** The same as `holdersOf`, of a term whose `hashOf` is kept instead of itself. */
  holdersOfHash: (hash: number) => number
}

const rows = 2
const width = 2 ** 22

/**
 * Counts in 32 MB however many contacts there are: a count-min sketch with conservative update (Estan and Varghese),
 * of which the smallest counter of a term is never below the truth.
 */
export function createFrequencySketch(): FrequencySketch {
  const counters = new Uint32Array(rows * width)
  const placesOf = (hash: number): [number, number] => [
    hash & (width - 1),
    width + (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 10),
  ]
  const lowest = ([first, second]: [number, number]): number =>
    Math.min(counters[first] ?? 0, counters[second] ?? 0)
  let contacts = 0
  return {
    get contacts() {
      return contacts
    },
    add: (contact) => {
      contacts++
      for (const term of termsOf(contact)) {
        const places = placesOf(hashOf(term))
        const next = lowest(places) + 1
        for (const place of places) counters[place] = Math.max(counters[place] ?? 0, next)
      }
    },
    holdersOf: (term) => lowest(placesOf(hashOf(term))),
    holdersOfHash: (hash) => lowest(placesOf(hash)),
  }
}
