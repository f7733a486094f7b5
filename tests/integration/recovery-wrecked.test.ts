import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { consolidateThreads } from '../../src/lib/server/recovery/consolidate-threads.ts'
import { mergeSameNumber } from '../../src/lib/server/recovery/merge-same-number.ts'
import { recomputeNumbers } from '../../src/lib/server/recovery/recompute-numbers.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { history } from '../support/generated-history.ts'
import { startPipeline, type Pipeline } from '../support/pipeline.ts'
import { planRun } from '../support/wrecked-runs.ts'
import { makeTwoChannels, readAsSeen, tellEvent, wreck } from '../support/wrecked-workspace.ts'

let database: TestDatabase
let pipeline: Pipeline

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
})

afterAll(async () => {
  await pipeline.close()
  await database.drop()
})

test('a wrecked workspace is healed by the runs and equals its clean twin', async () => {
  let wrecked = 0
  await fc.assert(
    fc.asyncProperty(history, fc.constantFrom('odd' as const, 'even' as const), async (events, doubled) => {
      const clean = await makeTwoChannels(database)
      const twin = await makeTwoChannels(database)
      for (const event of events) {
        await tellEvent(pipeline, clean, event)
        await tellEvent(pipeline, twin, event)
      }
      const expected = await readAsSeen(database, clean.workspaceId)
      expect(await readAsSeen(database, twin.workspaceId)).toEqual(expected)
      await wreck(database, twin.workspaceId, doubled)
      const broken = await readAsSeen(database, twin.workspaceId)
      if (JSON.stringify(broken) !== JSON.stringify(expected)) wrecked++

      await (await planRun(database, pipeline, twin, ['recompute_numbers', recomputeNumbers], {})).apply()
      await (await planRun(database, pipeline, twin, ['merge_same_number', mergeSameNumber], {})).apply()
      await (await planRun(database, pipeline, twin, ['consolidate_threads', consolidateThreads], {})).apply()
      expect(await readAsSeen(database, twin.workspaceId)).toEqual(expected)

      // Nothing is left to do.
      for (const kind of [
        () => planRun(database, pipeline, twin, ['merge_same_number', mergeSameNumber], {}),
        () => planRun(database, pipeline, twin, ['consolidate_threads', consolidateThreads], {}),
      ]) {
        expect((await (await kind()).report()).items['pending'] ?? 0).toBe(0)
      }
    }),
    { numRuns: Number(process.env['WRECKED_RUNS'] ?? 8), endOnFailure: true },
  )
  expect(wrecked).toBeGreaterThan(0)
}, 240_000)
