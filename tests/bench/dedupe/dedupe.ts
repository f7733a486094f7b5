import { findCandidates } from '../../../src/lib/domain/duplicates/find-candidates.ts'
import type { BenchOptions, BenchResult } from '../main.ts'
import { rounded } from '../statistics.ts'
import { generateCrowd, plantedKinds } from './crowd.ts'
import { generatePeople } from './febrl.ts'
import { measureQuality } from './quality.ts'
import { measuredWorld } from './worlds.ts'

const goal = { seconds: 180, megabytes: 1000, precision: 0.99, recall: 0.95 } as const
const measuredSeeds = [9001, 9002, 9003]

/**
 * Candidates for a million contacts of which one in a hundred is a second record: time and the most memory that the
 * process ever held, generator included. Then precision and recall over pairs of the verdicts `same` and `likely`, on
 * data of the FEBRL kind in whose world nothing was tuned (see tuning.ts).
 */
export async function runDedupe({ log, isShort }: BenchOptions): Promise<BenchResult> {
  const count = isShort ? 10_000 : 1_000_000
  const crowd = generateCrowd(count, 41)
  log(`Finding candidates among ${String(count)} contacts`)
  const startedAt = performance.now()
  const run = await findCandidates(crowd.contacts, { country: 'ID', limit: count / 20 })
  const seconds = (performance.now() - startedAt) / 1000
  // Linux counts in kilobytes.
  const megabytes = process.resourceUsage().maxRSS / 1024

  const verdicts = new Map(
    run.candidates.map((candidate) => [`${candidate.leftId} ${candidate.rightId}`, candidate.verdict]),
  )
  const figures: Record<string, number> = {
    contacts: count,
    seconds: rounded(seconds),
    'megabytes, at most': rounded(megabytes),
    'compared pairs per contact': rounded(run.comparedPairs / count),
    'listed pairs': run.candidates.length,
  }
  for (const kind of plantedKinds) {
    const planted = crowd.planted.filter((pair) => pair.kind === kind)
    const found = planted.filter(({ originalId, duplicateId }) =>
      verdicts.has(`${originalId} ${duplicateId}`),
    )
    figures[`listed, of planted: ${kind}`] = rounded(found.length / planted.length)
  }

  let worstPrecision = 1
  let worstRecall = 1
  for (const seed of isShort ? measuredSeeds.slice(0, 1) : measuredSeeds) {
    log(`Pairs of the FEBRL kind, seed ${String(seed)}`)
    const size = isShort ? 1000 : 5000
    const quality = await measureQuality(
      generatePeople(measuredWorld, size, size, seed),
      measuredWorld.country,
    )
    figures[`seed ${String(seed)}: precision`] = toFourDigits(quality.precision)
    figures[`seed ${String(seed)}: recall`] = toFourDigits(quality.recall)
    figures[`seed ${String(seed)}: recall of listed`] = toFourDigits(quality.recallOfListed)
    figures[`seed ${String(seed)}: true pairs`] = quality.truePairs
    worstPrecision = Math.min(worstPrecision, quality.precision)
    worstRecall = Math.min(worstRecall, quality.recall)
  }
  return {
    name: 'dedupe',
    figures,
    goals: [
      { text: `1,000,000 contacts in under ${String(goal.seconds)} s`, isReached: seconds < goal.seconds },
      { text: `with at most ${String(goal.megabytes)} MB`, isReached: megabytes < goal.megabytes },
      {
        text: `pair precision at least ${String(goal.precision)} at recall ${String(goal.recall)}`,
        isReached: worstPrecision >= goal.precision && worstRecall >= goal.recall,
      },
    ],
  }
}

function toFourDigits(value: number): number {
  return Math.round(value * 10_000) / 10_000
}
