import { setTimeout as pause } from 'node:timers/promises'
import type pg from 'pg'
import type { Product } from '../../support/product.ts'
import type { TestWorkspace } from '../../support/workspace.ts'
import { runLoad } from '../ack/load.ts'
import { prepareDeliveries, type PreparedDelivery } from './deliveries.ts'

const connections = 32

export interface Bench {
  product: Product
  /** As the superuser, one connection. */
  database: pg.Client
  storming: TestWorkspace
  quiet: TestWorkspace
  log: (line: string) => void
}

export async function ingest(bench: Bench, workspace: TestWorkspace, messages: number): Promise<void> {
  await send(bench, prepareDeliveries(bench.product.webPort, workspace, messages))
  await untilApplied(bench)
}

/** Sends all of them, and fails when one is not taken. */
export async function send(bench: Bench, deliveries: PreparedDelivery[], over = connections): Promise<void> {
  let place = 0
  const result = await runLoad({
    port: bench.product.webPort,
    connections: Math.min(over, deliveries.length),
    seconds: 600,
    next: () => deliveries[place++]?.request,
  })
  if (result.refused > 0) throw new Error(`${String(result.refused)} deliveries were not answered with 200`)
}

export async function untilApplied(bench: Bench): Promise<void> {
  while ((await countPending(bench)) > 0) await pause(10)
}

export async function countPending({ database }: Bench): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    `select count(*)::int as count from webhook_events where status = 'pending'`,
  )
  return rows[0]?.count ?? 0
}

export async function countMessages({ database }: Bench): Promise<number> {
  const { rows } = await database.query<{ count: number }>('select count(*)::int as count from messages')
  return rows[0]?.count ?? 0
}
