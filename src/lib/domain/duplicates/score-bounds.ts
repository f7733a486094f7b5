import { weightOfWord } from './compare-names.ts'
import { weightOfCity } from './compare-texts.ts'
import { terms, type FrequencySketch } from './frequencies.ts'
import { hashOf } from './hash.ts'
import { sharedSpelling } from './phone-variants.ts'
import type { PreparedContact } from './prepare.ts'
import { highestWeight, levels, priorScore, weightOf } from './weights.ts'

/**
 * Tells of most pairs that they come to nothing, without unpacking the contacts: a bound on the score, from a few
 * numbers per contact. Texts are hashes here, so that it may be too high, never too low.
 */
export interface ScoreBounds {
  /** Contacts come in the order of their indexes, from 0 on. */
  add: (contact: PreparedContact) => void
  /** Once all are added and counted: weighs words and cities by how common they are. */
  seal: () => void
  /** At least the score of the two. */
  boundOf: (left: number, right: number) => number
}

const weights = {
  /** Of two words that are not equal, other than by being alike. */
  oddWord: Math.max(weightOf(levels.shortName), weightOf(levels.initialName)),
  /** How much less an alike word weighs than the equal one. */
  alikeWord: weightOf(levels.sameName) - weightOf(levels.nearName),
  extraName: weightOf(levels.extraName),
  alikeCity: weightOf(levels.sameCity) - weightOf(levels.similarCity),
  sameBirthDate: weightOf(levels.sameBirthDate),
  similarBirthDate: weightOf(levels.similarBirthDate),
  tiedNumbers: weightOf(levels.sameNumber),
  differentNumbers: weightOf(levels.differentNumbers),
  sameScopedId: weightOf(levels.sameScopedId),
  differentScopedIds: weightOf(levels.differentScopedIds),
  sameEmail: weightOf(levels.sameEmail),
  similarEmail: weightOf(levels.similarEmail),
} as const
/** Weights are kept with 24 bits. */
const rounding = 0.01
/** A number is kept as what comes before its last eight digits, and these. */
const lastDigits = 1e8
/** Stands for a number that is too long for that: it may be like any other. */
const unreadable = 2 ** 32 - 1

/** Places in what is kept of a contact; behind them come the things that are counted here, in this order. */
const place = {
  birthDate: 0,
  hasCity: 1,
  city: 2,
  cityWeight: 3,
  numbers: 4,
  scopedIds: 5,
  emails: 6,
  customTexts: 7,
  names: 8,
  first: 9,
} as const
/** First digits, last digits, spelling that national variants share. */
const numberSize = 3
/** Scope, id. */
const scopedIdSize = 2
/** How many words, and all letters; behind them each word. */
const nameSize = 2
/** The word, its weight. */
const wordSize = 2

/**
 * Bounds for the contacts of one workspace, as whole numbers that lie behind each other, and
 * weights among them.
 *
 * @param frequencies counted by the caller, complete when `seal` is called
 */
export function createScoreBounds(frequencies: FrequencySketch): ScoreBounds {
  let facts = new Uint32Array(2 ** 14)
  let factWeights = new Float32Array(facts.buffer)
  let length = 0
  let starts = new Uint32Array(2 ** 10)
  let contacts = 0
  let prior = 0
  // Numbered instead of hashed: another id in the same scope speaks against a pair.
  const scopes = new Map<string, number>()
  const fields = new Map<string, number>()

  function push(...values: number[]): void {
    if (length + values.length > facts.length) {
      facts = grow(facts)
      factWeights = new Float32Array(facts.buffer)
    }
    for (const value of values) facts[length++] = value
  }

  const fact = (at: number): number => facts[at] ?? 0
  const weight = (at: number): number => factWeights[at] ?? 0

  function boundOfBirthDates(left: number, right: number): number {
    const [one, other] = [fact(left + place.birthDate), fact(right + place.birthDate)]
    if (one === 0 || other === 0) return 0
    return one === other ? weights.sameBirthDate : weights.similarBirthDate
  }

  function boundOfCities(left: number, right: number): number {
    if (fact(left + place.hasCity) === 0 || fact(right + place.hasCity) === 0) return 0
    const same = Math.min(weight(left + place.cityWeight), weight(right + place.cityWeight))
    return fact(left + place.city) === fact(right + place.city)
      ? Math.min(same, highestWeight.city)
      : Math.max(0.5, same - weights.alikeCity)
  }

  function boundOfNumbers(left: number, right: number): number {
    const [lefts, rights] = [fact(left + place.numbers), fact(right + place.numbers)]
    if (lefts === 0 || rights === 0) return 0
    for (let one = 0; one < lefts; one++)
      for (let other = 0; other < rights; other++)
        if (mayBeTied(left + place.first + one * numberSize, right + place.first + other * numberSize))
          return weights.tiedNumbers
    return weights.differentNumbers
  }

  function mayBeTied(left: number, right: number): boolean {
    const [oneHead, otherHead] = [fact(left), fact(right)]
    const [oneTail, otherTail] = [fact(left + 1), fact(right + 1)]
    if (oneTail === otherTail || fact(left + 2) === fact(right + 2)) return true
    if (oneHead === unreadable || otherHead === unreadable) return true
    return mayBeOneSlipApart(oneHead * lastDigits + oneTail, otherHead * lastDigits + otherTail)
  }

  function boundOfScopedIds(left: number, right: number): number {
    const [lefts, rights] = [fact(left + place.scopedIds), fact(right + place.scopedIds)]
    const leftFirst = left + place.first + fact(left + place.numbers) * numberSize
    const rightFirst = right + place.first + fact(right + place.numbers) * numberSize
    let bound = 0
    for (let one = leftFirst; one < leftFirst + lefts * scopedIdSize; one += scopedIdSize)
      for (let other = rightFirst; other < rightFirst + rights * scopedIdSize; other += scopedIdSize) {
        if (fact(one) !== fact(other)) continue
        if (fact(one + 1) === fact(other + 1)) return weights.sameScopedId
        bound = weights.differentScopedIds
      }
    return bound
  }

  function boundOfEmails(left: number, right: number): number {
    const [lefts, rights] = [fact(left + place.emails), fact(right + place.emails)]
    if (lefts === 0 || rights === 0) return 0
    const [leftFirst, rightFirst] = [firstEmailOf(left), firstEmailOf(right)]
    for (let one = leftFirst; one < leftFirst + lefts; one++)
      for (let other = rightFirst; other < rightFirst + rights; other++)
        if (fact(one) === fact(other)) return weights.sameEmail
    return weights.similarEmail
  }

  function boundOfCustomTexts(left: number, right: number): number {
    const leftFirst = firstEmailOf(left) + fact(left + place.emails)
    const rightFirst = firstEmailOf(right) + fact(right + place.emails)
    for (let one = leftFirst; one < leftFirst + fact(left + place.customTexts); one++)
      for (let other = rightFirst; other < rightFirst + fact(right + place.customTexts); other++)
        if (fact(one) === fact(other)) return highestWeight.customText
    return 0
  }

  function boundOfNames(left: number, right: number): number {
    const [lefts, rights] = [fact(left + place.names), fact(right + place.names)]
    if (lefts === 0 || rights === 0) return 0
    let bound = -Infinity
    let one = firstNameOf(left)
    for (let at = 0; at < lefts; at++, one = endOfName(one)) {
      let other = firstNameOf(right)
      for (let otherAt = 0; otherAt < rights; otherAt++, other = endOfName(other))
        bound = Math.max(bound, boundOfTwoNames(one, other))
    }
    return Math.min(bound, highestWeight.name)
  }

  /** See compareNames: words in common weigh what they weigh, the others at most what alike ones do. */
  function boundOfTwoNames(left: number, right: number): number {
    const [one, other] = [sumUpWords(left, right), sumUpWords(right, left)]
    if (fact(left + 1) === fact(right + 1)) return Math.min(one.all, other.all)
    return (
      Math.max(one.common, other.common) +
      Math.min(one.odd, other.odd) +
      Math.min(Math.abs(one.odds - other.odds), 2) * weights.extraName
    )
  }

  function sumUpWords(
    name: number,
    among: number,
  ): { all: number; common: number; odd: number; odds: number } {
    const sums = { all: 0, common: 0, odd: 0, odds: 0 }
    for (let at = name + nameSize; at < endOfName(name); at += wordSize) {
      const word = weight(at + 1)
      sums.all += word
      if (isWordAmong(fact(at), among)) sums.common += word
      else {
        sums.odd += Math.max(weights.oddWord, word - weights.alikeWord)
        sums.odds++
      }
    }
    return sums
  }

  function isWordAmong(word: number, name: number): boolean {
    for (let at = name + nameSize; at < endOfName(name); at += wordSize) if (fact(at) === word) return true
    return false
  }

  function firstEmailOf(contact: number): number {
    const numbers = fact(contact + place.numbers) * numberSize
    return contact + place.first + numbers + fact(contact + place.scopedIds) * scopedIdSize
  }

  function firstNameOf(contact: number): number {
    return firstEmailOf(contact) + fact(contact + place.emails) + fact(contact + place.customTexts)
  }

  function endOfName(name: number): number {
    return name + nameSize + fact(name) * wordSize
  }

  return {
    add: ({ birthDate, city, names, numbers, scopedIds, emails, customTexts }) => {
      if (contacts === starts.length) starts = grow(starts)
      starts[contacts++] = length
      push(birthDate === null ? 0 : Number(birthDate.replaceAll('-', '')))
      push(city === null ? 0 : 1, city === null ? 0 : hashOf(terms.city(city)), 0)
      push(numbers.length, scopedIds.length, emails.length, customTexts.length, names.length)
      for (const { e164 } of numbers) {
        const digits = Number(e164.slice(1))
        push(digits < 1e15 ? Math.floor(digits / lastDigits) : unreadable, digits % lastDigits)
        push(hashOf(sharedSpelling(e164)))
      }
      for (const { scope, value } of scopedIds) push(numberOf(scope, scopes), hashOf(value))
      for (const email of emails) push(hashOf(email))
      for (const { field } of customTexts) push(numberOf(field, fields))
      for (const { words } of names) {
        push(words.length, hashOf(words.join('')))
        for (const word of words) push(hashOf(terms.word(word)), 0)
      }
    },
    seal: () => {
      prior = priorScore(frequencies.contacts)
      for (const contact of starts.subarray(0, contacts)) {
        if (fact(contact + place.hasCity) === 1)
          factWeights[contact + place.cityWeight] = weightOfCity(
            frequencies.holdersOfHash(fact(contact + place.city)),
            frequencies,
          )
        let name = firstNameOf(contact)
        for (let at = 0; at < fact(contact + place.names); at++, name = endOfName(name))
          for (let word = name + nameSize; word < endOfName(name); word += wordSize)
            factWeights[word + 1] = weightOfWord(frequencies.holdersOfHash(fact(word)), frequencies)
      }
    },
    boundOf: (leftIndex, rightIndex) => {
      const [left, right] = [starts[leftIndex] ?? 0, starts[rightIndex] ?? 0]
      return (
        prior +
        boundOfBirthDates(left, right) +
        boundOfCities(left, right) +
        boundOfNames(left, right) +
        boundOfNumbers(left, right) +
        boundOfScopedIds(left, right) +
        boundOfEmails(left, right) +
        boundOfCustomTexts(left, right) +
        rounding
      )
    },
  }
}

/** Whether one insertion, change or swap of digits may make one of the other: what is left of both ends where they differ. */
function mayBeOneSlipApart(left: number, right: number): boolean {
  let [one, other] = [left, right]
  while (one % 10 === other % 10) {
    one = Math.floor(one / 10)
    other = Math.floor(other / 10)
  }
  const [oneRest, otherRest] = [Math.floor(one / 10), Math.floor(other / 10)]
  return (
    oneRest === otherRest ||
    oneRest === other ||
    one === otherRest ||
    Math.floor(oneRest / 10) === Math.floor(otherRest / 10)
  )
}

function numberOf(text: string, known: Map<string, number>): number {
  let number = known.get(text)
  if (number === undefined) known.set(text, (number = known.size))
  return number
}

function grow(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const bigger = new Uint32Array(array.length * 2)
  bigger.set(array)
  return bigger
}
