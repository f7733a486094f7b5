import type { Modification } from './febrl.ts'
import { createRandom } from './random.ts'

/** A made-up population, and how carelessly it is written down. */
export interface World {
  country: string
  phonePrefixes: string[]
  phoneTail: number
  givenNames: string[]
  surnames: string[]
  cities: string[]
  streets: string[]
  hosts: string[]
  shareOfThirdNames: number
  /** Share of originals that lack the field. */
  missing: Record<'phone' | 'email' | 'birthDate' | 'city' | 'address' | 'postcode', number>
  duplicatesOf: 'one' | 'poisson' | 'zipf'
  mostDuplicates: number
  mostPerField: number
  mostPerRecord: number
  modifications: Record<Modification, number>
}

/**
 * The world in which weights and thresholds were chosen: names like those of Europe, American numbers, many typing errors.
 */
export const tuningWorld: World = {
  country: 'US',
  phonePrefixes: ['2025', '3035', '4155', '6175', '7135', '2065', '3125', '4045'],
  phoneTail: 6,
  givenNames: makeWords(
    11,
    ['ma', 'ri', 'jo', 'han', 'el', 'len', 'pe', 'ter', 'an', 'na', 'vik', 'tor', 'hel', 'ga'],
    260,
  ),
  surnames: makeWords(
    12,
    ['berg', 'stein', 'lund', 'mar', 'cor', 'val', 'son', 'fel', 'der', 'ham', 'wick', 'ros', 'ton'],
    900,
  ),
  cities: makeWords(13, ['brook', 'field', 'spring', 'lake', 'ford', 'mill', 'dale', 'ash', 'port'], 60),
  streets: makeWords(14, ['oak', 'elm', 'church', 'high', 'mill', 'park', 'king', 'queen', 'lea'], 160),
  hosts: ['gmail.com', 'yahoo.com', 'outlook.com', 'example.com'],
  shareOfThirdNames: 0.15,
  missing: { phone: 0.2, email: 0.5, birthDate: 0.35, city: 0.2, address: 0.3, postcode: 0.3 },
  duplicatesOf: 'poisson',
  mostDuplicates: 4,
  mostPerField: 2,
  mostPerRecord: 5,
  modifications: {
    insert: 0.13,
    delete: 0.14,
    substitute: 0.2,
    transpose: 0.13,
    phonetic: 0.06,
    swapWords: 0.05,
    splitWord: 0.04,
    mergeWords: 0.04,
    swapFields: 0.05,
    clear: 0.1,
    replace: 0.06,
  },
}

/** The world that is measured: other names, another country, other errors, other numbers of duplicates. */
export const measuredWorld: World = {
  country: 'ID',
  phonePrefixes: ['0811', '0812', '0813', '0821', '0822', '0852', '0856', '0857', '0878', '0895'],
  phoneTail: 8,
  givenNames: makeWords(
    21,
    ['bu', 'di', 'si', 'ti', 'ra', 'tna', 'wa', 'yu', 'de', 'wi', 'sa', 'ri', 'ha', 'nu', 'lis', 'gus'],
    320,
  ),
  surnames: makeWords(
    22,
    ['san', 'to', 'so', 'wi', 'ja', 'ya', 'pra', 'no', 'ku', 'su', 'ma', 'har', 'di', 'yan', 'ti', 'sap'],
    1100,
  ),
  cities: makeWords(23, ['ban', 'dung', 'sura', 'baya', 'mala', 'ngan', 'pad', 'solo', 'kerto', 'jaya'], 90),
  streets: makeWords(24, ['mer', 'deka', 'sudir', 'man', 'melati', 'ken', 'anggrek', 'raya', 'dipo'], 220),
  hosts: ['gmail.com', 'yahoo.co.id', 'icloud.com', 'example.co.id'],
  shareOfThirdNames: 0.25,
  missing: { phone: 0.15, email: 0.45, birthDate: 0.3, city: 0.25, address: 0.35, postcode: 0.4 },
  duplicatesOf: 'zipf',
  mostDuplicates: 3,
  mostPerField: 2,
  mostPerRecord: 4,
  modifications: {
    insert: 0.1,
    delete: 0.16,
    substitute: 0.14,
    transpose: 0.1,
    phonetic: 0.13,
    swapWords: 0.06,
    splitWord: 0.03,
    mergeWords: 0.05,
    swapFields: 0.06,
    clear: 0.12,
    replace: 0.05,
  },
}

/** Words of two or three syllables. */
export function makeWords(seed: number, syllables: string[], count: number): string[] {
  const random = createRandom(seed)
  const words = new Set<string>()
  while (words.size < count) {
    let word = ''
    for (let left = 2 + random.below(2); left > 0; left--) word += random.pick(syllables)
    words.add(word[0]?.toUpperCase() + word.slice(1))
  }
  return [...words]
}
