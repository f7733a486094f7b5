import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAsMember, createDatabase, type AsMember } from '../../src/lib/server/database/database.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { startPipeline, type Pipeline } from '../support/pipeline.ts'

let database: TestDatabase
let pipeline: Pipeline
let asMember: AsMember

beforeAll(async () => {
  database = await createTestDatabase()
  pipeline = await startPipeline(database)
  asMember = createAsMember(createDatabase(pipeline.webPool), pipeline.queue.enqueue)
})

afterAll(async () => {
  await pipeline.close()
  await database.drop()
})

const claims = { sub: '00000000-0000-4000-8000-000000000001', exp: 4_102_444_800 }

test('of two that wait for each other both end well: the one that Postgres ended is run again', async () => {
  const runs = [0, 0]
  const holders = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()] as const
  const lockBoth = (which: 0 | 1, first: number, second: number) =>
    asMember(claims, async (member) => {
      runs[which] = (runs[which] ?? 0) + 1
      await sql`select pg_advisory_xact_lock(${first})`.execute(member)
      holders[which].resolve(undefined)
      await holders[(1 - which) as 0 | 1].promise
      await sql`select pg_advisory_xact_lock(${second})`.execute(member)
      return which
    })
  expect(await Promise.all([lockBoth(0, 11, 12), lockBoth(1, 12, 11)])).toEqual([0, 1])
  expect(runs.toSorted()).toEqual([1, 2])
})

test('another failure is told at once', async () => {
  let runs = 0
  await expect(
    asMember(claims, async (member) => {
      runs += 1
      await sql`select 1 / 0`.execute(member)
    }),
  ).rejects.toThrow('division by zero')
  expect(runs).toBe(1)
})
