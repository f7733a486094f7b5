import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { prepareDeliveries } from './deliveries.ts'
import { countMessages, countPending, send, untilApplied, type Bench } from './traffic.ts'

/** More than this waiting, and the sender holds: the rate that is measured is one that can be kept up. */
const mostPending = 2_000

/** One-row inserts over 16 connections, per second. */
export async function measureBaseline({ product }: Bench, seconds: number): Promise<number> {
  const pool = new pg.Pool({ connectionString: product.databaseUrl, max: 16 })
  const body = Buffer.alloc(970, 'x')
  const endsAt = Date.now() + seconds * 1000
  let inserted = 0
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      while (Date.now() < endsAt) {
        await pool.query({ name: 'bare', text: 'insert into bench_bare (body) values ($1)', values: [body] })
        inserted++
      }
    }),
  )
  await pool.end()
  return inserted / seconds
}

export async function measureSustained(
  bench: Bench,
  seconds: number,
): Promise<{ perSecond: number; highestBacklog: number }> {
  bench.log(`sending for ${String(seconds)} s as fast as it is applied`)
  const storedBefore = await countMessages(bench)
  const startedAt = Date.now()
  const endsAt = startedAt + seconds * 1000
  let highestBacklog = 0
  while (Date.now() < endsAt) {
    await send(bench, prepareDeliveries(bench.product.webPort, bench.storming, 400))
    let pending = await countPending(bench)
    highestBacklog = Math.max(highestBacklog, pending)
    while (pending > mostPending && Date.now() < endsAt) {
      await pause(20)
      pending = await countPending(bench)
    }
  }
  const stored = (await countMessages(bench)) - storedBefore
  const took = (Date.now() - startedAt) / 1000
  await untilApplied(bench)
  await assertBroadcast(bench)
  return { perSecond: stored / took, highestBacklog }
}

/** An inbox that listened would have heard of it. */
async function assertBroadcast({ database, storming }: Bench): Promise<void> {
  const { rowCount } = await database.query('select from realtime.messages where topic = $1 limit 1', [
    `workspace:${storming.workspaceId}`,
  ])
  if (rowCount === 0) throw new Error('no broadcast was made')
}
