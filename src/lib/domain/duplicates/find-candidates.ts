import { createBlocks, membersOf } from './blocks.ts'
import { compareContacts, scoreContacts } from './compare-contacts.ts'
import type { DuplicateContact } from './contact.ts'
import type { Candidate } from './evidence.ts'
import { createFrequencySketch } from './frequencies.ts'
import { createPackedContacts } from './packed-contacts.ts'
import { prepareContact, type PreparedContact } from './prepare.ts'
import { createScoreBounds } from './score-bounds.ts'
import { thresholds } from './weights.ts'

export interface FindCandidatesOptions {
  /** ISO 3166 code of the workspace's country. */
  country: string
  /** How many pairs to return at most, the most probable ones. */
  limit: number
  /** Whether somebody said that these two are different people; asked with the older contact first. */
  isKnownDifferent?: (leftId: string, rightId: string) => boolean
  signal?: AbortSignal
}

export interface CandidateRun {
  /** Most probable first. */
  candidates: Candidate[]
  contacts: number
  /** Pairs that were compared, of all n(n-1)/2. */
  comparedPairs: number
}

/** So many pairs are gathered before they are sorted, made unique and compared. */
const pairsAtOnce = 2 ** 21
/** Pairs between two breaths of the event loop. */
const pairsPerBreath = 2 ** 14

/**
 * The duplicates among all contacts of a workspace: streams in, in any order, holds about 400 bytes per contact, and
 * compares a number of pairs that grows nearly as the number of contacts does.
 *
 * @throws RangeError above four million contacts; whatever `signal` was aborted with
 */
export async function findCandidates(
  contacts: Iterable<DuplicateContact> | AsyncIterable<DuplicateContact>,
  options: FindCandidatesOptions,
): Promise<CandidateRun> {
  const packed = createPackedContacts()
  const frequencies = createFrequencySketch()
  const blocks = createBlocks()
  const bounds = createScoreBounds(frequencies)
  for await (const contact of contacts) {
    const prepared = prepareContact(contact, options.country)
    frequencies.add(prepared)
    bounds.add(prepared)
    blocks.add(prepared, packed.add(prepared))
    if (packed.size % pairsPerBreath === 0) options.signal?.throwIfAborted()
  }
  bounds.seal()

  const best = createBest(options.limit)
  const pairs = new Float64Array(Math.min(pairsAtOnce, Math.max(2 ** 12, packed.size * 4)))
  let gathered = 0
  let comparedPairs = 0
  for (const pair of blocks.takePairs()) {
    if (gathered === pairs.length) {
      comparedPairs += await comparePairs(pairs)
      gathered = 0
    }
    pairs[gathered++] = pair
  }
  comparedPairs += await comparePairs(pairs.subarray(0, gathered))
  return {
    candidates: best.toSorted().map((pair) => {
      const [left, right] = membersOf(pair)
      return compareContacts(packed.get(left), packed.get(right), frequencies)
    }),
    contacts: packed.size,
    comparedPairs,
  }

  /** Sorted, a pair that comes twice is beside itself, and the left contact is unpacked once for all its partners. */
  async function comparePairs(gatheredPairs: Float64Array): Promise<number> {
    let compared = 0
    let before = -1
    let leftIndex = -1
    let left: PreparedContact | undefined
    for (const pair of gatheredPairs.sort()) {
      if (pair === before) continue
      before = pair
      const [one, other] = membersOf(pair)
      if (bounds.boundOf(one, other) >= thresholds.possible) {
        if (left === undefined || one !== leftIndex) left = packed.get(one)
        leftIndex = one
        weigh(pair, left, packed.get(other))
      }
      if (++compared % pairsPerBreath === 0) {
        await breathe()
        options.signal?.throwIfAborted()
      }
    }
    return compared
  }

  function weigh(pair: number, left: PreparedContact, right: PreparedContact): void {
    if (left.id === right.id) return
    const score = scoreContacts(left, right, frequencies)
    if (score < thresholds.possible) return
    const isLeftOlder =
      left.createdAt < right.createdAt || (left.createdAt === right.createdAt && left.id < right.id)
    const [older, younger] = isLeftOlder ? [left, right] : [right, left]
    if (options.isKnownDifferent?.(older.id, younger.id) !== true) best.add(pair, score)
  }
}

interface Best {
  add: (pair: number, score: number) => void
  toSorted: () => number[]
}

/** The pairs with the highest scores, each once; room for some more than asked, so that it is seldom tidied. */
function createBest(limit: number): Best {
  let kept = new Map<number, number>()
  const tidy = (): void => {
    const sorted = [...kept].sort(([pair, score], [other, otherScore]) => otherScore - score || pair - other)
    kept = new Map(sorted.slice(0, limit))
  }
  return {
    add: (pair, score) => {
      kept.set(pair, score)
      if (kept.size >= limit * 2 + 1000) tidy()
    },
    toSorted: () => {
      tidy()
      return [...kept.keys()]
    },
  }
}

/** Lets timers, locks and shutdown of the process have their turn. */
async function breathe(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}
