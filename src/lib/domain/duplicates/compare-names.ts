import type { Evidence } from './evidence.ts'
import { terms, type Frequencies } from './frequencies.ts'
import type { PreparedContact } from './prepare.ts'
import { jaroWinkler } from './similarity.ts'
import {
  distantWord,
  highestWeight,
  levels,
  nearWord,
  sharePriors,
  similarWord,
  weightOf,
} from './weights.ts'

interface NameComparison {
  weight: number
  similarity: number
  isSame: boolean
}

/** The two most alike names of two contacts; null where one has none. */
export function compareNames(
  left: PreparedContact,
  right: PreparedContact,
  frequencies: Frequencies,
): Evidence | null {
  let best: NameComparison | null = null
  for (const one of left.names)
    for (const other of right.names) {
      const found = compareWords(one.words, other.words, one.isProfile || other.isProfile, frequencies)
      if (best === null || found.weight > best.weight) best = found
    }
  if (best === null) return null
  const field = 'name'
  const weight = Math.min(best.weight, highestWeight.name)
  if (best.isSame) {
    const holders = Math.max(
      1,
      ...(left.names[0]?.words ?? []).map((word) => frequencies.holdersOf(terms.word(word))),
    )
    return { field, code: 'same_name', share: holders / Math.max(1, frequencies.contacts), weight }
  }
  const code = weight > 0 ? 'similar_name' : 'different_names'
  return { field, code, similarity: Math.round(best.similarity * 100) / 100, weight }
}

/** What the whole agreement of a name would weigh. */
export function weightOfSameName(words: string[], frequencies: Frequencies): number {
  const sum = words.reduce((total, word) => total + weightOf(levels.sameName, shareOf(word, frequencies)), 0)
  return Math.min(sum, highestWeight.name)
}

/** What a word in both names weighs when so many contacts have it. */
export function weightOfWord(holders: number, frequencies: Frequencies): number {
  return weightOf(levels.sameName, shareOfHolders(holders, frequencies))
}

function compareWords(
  left: string[],
  right: string[],
  hasProfile: boolean,
  frequencies: Frequencies,
): NameComparison {
  const [few, many] = left.length <= right.length ? [left, right] : [right, left]
  if (few.join('') === many.join(''))
    return {
      // "Sri Rahayu" and "Srirahayu": the odd words of the split one are rare, and prove nothing by that.
      weight: Math.min(weightOfSameName(few, frequencies), weightOfSameName(many, frequencies)),
      similarity: 1,
      isSame: true,
    }
  const open = many.filter((word) => !few.includes(word))
  const lone = few.filter((word) => !many.includes(word))
  let weight = weightOfSameName(
    few.filter((word) => many.includes(word)),
    frequencies,
  )
  let alike = letters(few) - letters(lone) + (letters(many) - letters(open))
  let contradictions = 0
  for (const partner of pairUp(lone, open)) {
    alike += partner.similarity * (partner.word.length + partner.other.length)
    const found = weighWords(partner, frequencies)
    if (found === null) contradictions++
    else weight += found
  }
  const extra = Math.abs(lone.length - open.length)
  weight += Math.min(extra, 2) * weightOf(levels.extraName)
  weight += contradictions * weightOf(hasProfile ? levels.contradictingProfile : levels.contradictingName)
  return {
    weight,
    similarity: alike / (letters(few) + letters(many)),
    isSame: lone.length === 0 && open.length === 0,
  }
}

interface Partners {
  word: string
  other: string
  similarity: number
}

/** Words without an equal, each with the best partner that is left. */
function pairUp(left: string[], right: string[]): Partners[] {
  const [first] = left
  const [second] = right
  if (first === undefined || second === undefined) return []
  if (left.length === 1 && right.length === 1)
    return [{ word: first, other: second, similarity: kinship(first, second) }]
  const all = left
    .flatMap((word) => right.map((other) => ({ word, other, similarity: kinship(word, other) })))
    .sort((a, b) => b.similarity - a.similarity || compareText(a.word + a.other, b.word + b.other))
  const taken = new Set<string>()
  return all.filter(({ word, other }) => {
    if (taken.has(`l${word}`) || taken.has(`r${other}`)) return false
    taken.add(`l${word}`).add(`r${other}`)
    return true
  })
}

/** Likeness for finding partners: an initial or a cut-off name is a better partner than a stranger. */
function kinship(word: string, other: string): number {
  const similarity = jaroWinkler(word, other)
  if (similarity >= similarWord) return similarity
  return isInitial(word, other) || isCutOff(word, other) ? Math.max(similarity, 0.8) : similarity
}

function weighWords({ word, other, similarity }: Partners, frequencies: Frequencies): number | null {
  // One letter is an initial whatever it is like; it tells little, and against nobody.
  if (isInitial(word, other)) return weightOf(levels.initialName)
  if (similarity >= similarWord && Math.min(word.length, other.length) >= 3) {
    const share = Math.max(shareOf(word, frequencies), shareOf(other, frequencies))
    return Math.max(0.5, weightOf(similarity >= nearWord ? levels.nearName : levels.similarName, share))
  }
  if (isCutOff(word, other)) return weightOf(levels.shortName)
  return similarity >= distantWord ? weightOf(levels.distantName) : null
}

function isInitial(left: string, right: string): boolean {
  return (left.length === 1 || right.length === 1) && left[0] === right[0]
}

/** Santi of Susanti, Iwan of Setiawan, Fer of Ferdinand. */
function isCutOff(left: string, right: string): boolean {
  const [short, long] = left.length < right.length ? [left, right] : [right, left]
  return short.length >= 3 && (long.startsWith(short) || long.endsWith(short))
}

function shareOf(word: string, frequencies: Frequencies): number {
  return shareOfHolders(frequencies.holdersOf(terms.word(word)), frequencies)
}

function shareOfHolders(holders: number, frequencies: Frequencies): number {
  const { share, contacts } = sharePriors.word
  const all = Math.max(frequencies.holdersOf(terms.anyName), 1)
  return (Math.max(holders, 1) + share * contacts) / (all + contacts)
}

function letters(words: string[]): number {
  return words.reduce((sum, word) => sum + word.length, 0)
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
