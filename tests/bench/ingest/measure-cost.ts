import { processorSeconds } from './process-cost.ts'
import { prepareDeliveries } from './deliveries.ts'
import { countMessages, send, untilApplied, type Bench } from './traffic.ts'

const copies = 20

export interface Cost {
  /** Seconds of processor time of web, worker and Postgres, for one delivery. */
  cpu: number
  /** Bytes. */
  wal: number
}

/** What a new message costs, and what one more copy of it does. */
export async function measureStorm(bench: Bench, messages: number): Promise<{ unique: Cost; copy: Cost }> {
  bench.log(`${String(messages)} messages, then ${String(copies - 1)} more copies of each`)
  const deliveries = prepareDeliveries(bench.product.webPort, bench.storming, messages)
  const unique = await measureCost(bench, messages, () => send(bench, deliveries))
  const repeated = Array.from({ length: copies - 1 }, () => deliveries).flat()
  const copy = await measureCost(bench, repeated.length, () => send(bench, repeated))
  return { unique, copy }
}

/** Processor time for a message with few and with many stored. */
export async function measureGrowth(
  bench: Bench,
  sizes: { fewStored: number; manyStored: number; costMessages: number },
): Promise<{ few: number; many: number; ratio: number }> {
  await fillUp(bench, sizes.fewStored)
  const few = await countMessages(bench)
  const withFew = await measureIngestCost(bench, sizes.costMessages)
  bench.log(`filling up to ${String(sizes.manyStored)} messages`)
  await fillUp(bench, sizes.manyStored)
  const many = await countMessages(bench)
  const withMany = await measureIngestCost(bench, sizes.costMessages)
  return { few, many, ratio: withMany.cpu / withFew.cpu }
}

function measureIngestCost(bench: Bench, messages: number): Promise<Cost> {
  const deliveries = prepareDeliveries(bench.product.webPort, bench.storming, messages)
  return measureCost(bench, messages, () => send(bench, deliveries))
}

async function measureCost(bench: Bench, deliveries: number, work: () => Promise<void>): Promise<Cost> {
  const before = { cpu: cpuOf(bench), wal: await walPosition(bench) }
  await work()
  await untilApplied(bench)
  return {
    cpu: (cpuOf(bench) - before.cpu) / deliveries,
    wal: ((await walPosition(bench)) - before.wal) / deliveries,
  }
}

function cpuOf({ product }: Bench): number {
  return [product.web.processId(), product.worker.processId(), product.postgres.processId()].reduce<number>(
    (sum, id) => sum + (id === undefined ? 0 : processorSeconds(id)),
    0,
  )
}

async function walPosition({ database }: Bench): Promise<number> {
  const { rows } = await database.query<{ at: string }>(`select pg_current_wal_lsn() - '0/0'::pg_lsn as at`)
  return Number(rows[0]?.at)
}

/** Copies stored messages until there are so many, past all triggers, and lets Postgres look at them. */
async function fillUp(bench: Bench, upTo: number): Promise<void> {
  const { database, storming } = bench
  const missing = upTo - (await countMessages(bench))
  if (missing > 0) {
    await database.query(`set session_replication_role = replica`)
    await database.query(
      `insert into messages (workspace_id, conversation_id, channel_id, wamid, direction, origin, type, text, occurred_at)
       select c.workspace_id, c.id, c.channel_id, 'wamid.old' || gen_random_uuid(), 'inbound', 'cloud_api', 'text',
         'Pesan lama ' || n, now() - interval '30 days' + n * interval '1 second'
       from generate_series(1, $2::int) n
       join lateral (
         select * from conversations where workspace_id = $1 order by id offset n % 500 limit 1
       ) c on true`,
      [storming.workspaceId, missing],
    )
    await database.query(`set session_replication_role = origin`)
  }
  await database.query('vacuum analyze')
}
