import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { TestWorkspace } from '../../support/workspace.ts'
import { median, percentile } from '../statistics.ts'
import { prepareDeliveries } from './deliveries.ts'
import { send, untilApplied, type Bench } from './traffic.ts'

/** Another tenant's time from sending to the stored message, with and without a storm of this size. */
export async function measureIsolation(
  bench: Bench,
  sizes: { isolationRounds: number; isolationSeconds: number },
  stormPerSecond: number,
): Promise<{ quietMs: number; stormMs: number; ratio: number }> {
  bench.log(`another tenant, with and without a storm of ${String(Math.round(stormPerSecond))} a second`)
  const pairs: { quietMs: number; stormMs: number }[] = []
  for (let round = 0; round < sizes.isolationRounds; round++) {
    const quietMs = percentile(await probe(bench, sizes.isolationSeconds), 0.99)
    const storm = runStorm(bench, stormPerSecond, sizes.isolationSeconds)
    const stormMs = percentile(await probe(bench, sizes.isolationSeconds), 0.99)
    await storm
    await untilApplied(bench)
    pairs.push({ quietMs, stormMs })
  }
  return {
    quietMs: median(pairs.map((pair) => pair.quietMs)),
    stormMs: median(pairs.map((pair) => pair.stormMs)),
    ratio: median(pairs.map((pair) => pair.stormMs / pair.quietMs)),
  }
}

/** About twenty messages a second of the quiet tenant, one after the other: milliseconds until each is stored. */
async function probe(bench: Bench, seconds: number): Promise<number[]> {
  const watcher = new pg.Client(bench.product.databaseUrl)
  await watcher.connect()
  const taken: number[] = []
  const endsAt = Date.now() + seconds * 1000
  while (Date.now() < endsAt) {
    const deliveries = prepareDeliveries(bench.product.webPort, bench.quiet, 1)
    const sentAt = performance.now()
    await send(bench, deliveries, 1)
    while (!(await isStored(watcher, bench.quiet, deliveries[0]?.wamid ?? ''))) await pause(1)
    taken.push(performance.now() - sentAt)
    await pause(Math.max(0, 50 - (performance.now() - sentAt)))
  }
  await watcher.end()
  return taken
}

async function isStored(watcher: pg.Client, workspace: TestWorkspace, wamid: string): Promise<boolean> {
  const { rowCount } = await watcher.query({
    name: 'is-stored',
    text: 'select from messages where channel_id = $1 and wamid = $2',
    values: [workspace.channelId, wamid],
  })
  return (rowCount ?? 0) > 0
}

async function runStorm(bench: Bench, perSecond: number, seconds: number): Promise<void> {
  const sliceMs = 100
  const perSlice = Math.max(1, Math.round((perSecond * sliceMs) / 1000))
  const startedAt = Date.now()
  for (let slice = 0; slice * sliceMs < seconds * 1000; slice++) {
    await send(bench, prepareDeliveries(bench.product.webPort, bench.storming, perSlice), 8)
    const due = startedAt + (slice + 1) * sliceMs
    if (due > Date.now()) await pause(due - Date.now())
  }
}
