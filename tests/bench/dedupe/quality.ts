import { findCandidates } from '../../../src/lib/domain/duplicates/find-candidates.ts'
import type { Candidate } from '../../../src/lib/domain/duplicates/evidence.ts'
import type { PersonData } from './febrl.ts'

export interface Quality {
  /** Of the pairs that were called the same or likely, the share that is one person. */
  precision: number
  /** Of the pairs of one person, the share that was called so. */
  recall: number
  truePairs: number
  /** Of the pairs of one person, the share that was at least listed as possible. */
  recallOfListed: number
  comparedPairs: number
  wrong: Candidate[]
  listed: Set<string>
}

/** Precision and recall of all pairs, by the verdicts `same` and `likely`. */
export async function measureQuality(data: PersonData, country: string): Promise<Quality> {
  const { candidates, comparedPairs } = await findCandidates(data.contacts, { country, limit: 1_000_000 })
  const isTrue = ({ leftId, rightId }: Candidate): boolean =>
    data.personOf.get(leftId) === data.personOf.get(rightId)
  const sizes = new Map<number, number>()
  for (const person of data.personOf.values()) sizes.set(person, (sizes.get(person) ?? 0) + 1)
  const truePairs = [...sizes.values()].reduce((sum, size) => sum + (size * (size - 1)) / 2, 0)
  const called = candidates.filter(({ verdict }) => verdict === 'same' || verdict === 'likely')
  const right = called.filter(isTrue).length
  return {
    precision: right / called.length,
    recall: right / truePairs,
    truePairs,
    recallOfListed: candidates.filter(isTrue).length / truePairs,
    comparedPairs,
    wrong: called.filter((candidate) => !isTrue(candidate)),
    listed: new Set(candidates.map(({ leftId, rightId }) => [leftId, rightId].sort().join(' '))),
  }
}
