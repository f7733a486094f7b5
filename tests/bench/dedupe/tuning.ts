import { generatePeople } from './febrl.ts'
import { measureQuality } from './quality.ts'
import { tuningWorld } from './worlds.ts'

/**
 * Prints what the fixed weights reach in the world they were chosen in, for whoever changes them:
 * `node tests/bench/dedupe/tuning.ts`. The measured world of the benchmark must not be looked at while choosing.
 */
const careful = { ...tuningWorld, mostPerRecord: 3, mostDuplicates: 2 }
for (const world of [tuningWorld, careful])
  for (const seed of [101, 102]) {
    const data = generatePeople(world, 4000, 3000, seed)
    const { precision, recall, recallOfListed, truePairs, comparedPairs } = await measureQuality(
      data,
      world.country,
    )
    console.log({ seed, precision, recall, recallOfListed, truePairs, comparedPairs })
  }
