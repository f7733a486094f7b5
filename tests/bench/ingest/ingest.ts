import pg from 'pg'
import { startProduct } from '../../support/product.ts'
import { makeWorkspace } from '../../support/workspace.ts'
import type { BenchOptions, BenchResult } from '../main.ts'
import { rounded } from '../statistics.ts'
import { measureGrowth, measureStorm } from './measure-cost.ts'
import { measureIsolation } from './measure-isolation.ts'
import { measureBaseline, measureSustained } from './measure-rate.ts'
import { ingest, type Bench } from './traffic.ts'

interface Sizes {
  sustainedSeconds: number
  baselineSeconds: number
  stormMessages: number
  isolationSeconds: number
  isolationRounds: number
  costMessages: number
  fewStored: number
  manyStored: number
}

const longSizes: Sizes = {
  sustainedSeconds: 60,
  baselineSeconds: 5,
  stormMessages: 1_000,
  isolationSeconds: 15,
  isolationRounds: 3,
  costMessages: 6_000,
  fewStored: 10_000,
  manyStored: 1_000_000,
}

const shortSizes: Sizes = {
  sustainedSeconds: 2,
  baselineSeconds: 0.5,
  stormMessages: 50,
  isolationSeconds: 1,
  isolationRounds: 1,
  costMessages: 200,
  fewStored: 1_000,
  manyStored: 5_000,
}

/**
 * From the door to the stored message with its contact, thread, counters and broadcast, on real processes: against
 * one-row inserts over 16 connections on the same Postgres, what a repeated delivery costs, what another tenant's
 * storm does, and whether a message costs more when a million are stored.
 */
export async function runIngest({ log, isShort }: BenchOptions): Promise<BenchResult> {
  const sizes = isShort ? shortSizes : longSizes
  const product = await startProduct()
  const database = new pg.Client(product.databaseUrl)
  await database.connect()
  try {
    const storming = await makeWorkspace(product.databaseUrl)
    const quiet = await makeWorkspace(product.databaseUrl)
    const bench: Bench = { product, database, storming, quiet, log }
    await database.query(
      'create table bench_bare (id bigint generated always as identity primary key, body bytea not null)',
    )
    await ingest(bench, storming, isShort ? 100 : 3_000)

    const before = await measureBaseline(bench, sizes.baselineSeconds)
    const sustained = await measureSustained(bench, sizes.sustainedSeconds)
    const after = await measureBaseline(bench, sizes.baselineSeconds)
    const baseline = (before + after) / 2
    const ratio = sustained.perSecond / baseline
    const storm = await measureStorm(bench, sizes.stormMessages)
    const isolation = await measureIsolation(bench, sizes, sustained.perSecond / 2)
    const growth = await measureGrowth(bench, sizes)
    return {
      name: 'ingest',
      figures: {
        baselineInsertsPerSecond: Math.round(baseline),
        messagesPerSecond: Math.round(sustained.perSecond),
        sustainedSeconds: sizes.sustainedSeconds,
        ratio: rounded(ratio),
        highestBacklog: sustained.highestBacklog,
        uniqueCpuMicroseconds: Math.round(storm.unique.cpu * 1e6),
        copyCpuMicroseconds: Math.round(storm.copy.cpu * 1e6),
        copyCpuShare: rounded(storm.copy.cpu / storm.unique.cpu),
        uniqueWalBytes: Math.round(storm.unique.wal),
        copyWalBytes: Math.round(storm.copy.wal),
        copyWalShare: rounded(storm.copy.wal / storm.unique.wal),
        quietP99Ms: rounded(isolation.quietMs),
        stormP99Ms: rounded(isolation.stormMs),
        otherTenantP99Ratio: rounded(isolation.ratio),
        fewStored: growth.few,
        manyStored: growth.many,
        costGrowth: rounded(growth.ratio),
      },
      goals: [
        { text: 'at least 0.15 of the rate of one-row inserts, end to end', isReached: ratio >= 0.15 },
        { text: 'aim: at least 0.25 of that rate', isReached: ratio >= 0.25 },
        {
          text: 'a copy costs at most 0.35 of a message',
          isReached: storm.copy.cpu <= 0.35 * storm.unique.cpu,
        },
        {
          text: "a copy costs at most 2 % of a message's WAL",
          isReached: storm.copy.wal <= 0.02 * storm.unique.wal,
        },
        { text: "another tenant's p99 grows at most 1.5 times", isReached: isolation.ratio <= 1.5 },
        {
          text: 'a message costs at most 1.3 times as much when many are stored',
          isReached: growth.ratio <= 1.3,
        },
      ],
    }
  } finally {
    await database.end()
    await product.stop()
  }
}
