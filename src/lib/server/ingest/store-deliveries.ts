import type pg from 'pg'
import type { ReadDelivery } from './read-delivery.ts'

/** A verified delivery on its way into the ledger. */
export interface StorableDelivery {
  id: string
  workspaceId: string
  endpointId: string
  /** The secret that it was signed with; null for what was fetched from Kapso. */
  secretId: string | null
  read: ReadDelivery
  body: Buffer
}

/** Writes `apply-events` jobs with the given connection, inside its transaction. */
export type EnqueueApply = (client: pg.PoolClient, jobs: ApplyRequest[]) => Promise<void>

/** New rows of one workspace that want to be applied. */
export interface ApplyRequest {
  workspaceId: string
  webhookEventIds: number[]
}

/** An item that met a row that was already there. */
export interface DuplicateItem {
  workspaceId: string
  name: string
}

interface StoredRow {
  id: number
  workspace_id: string
  delivery_id: string
  item_index: number
  status: string
}

interface LedgerItem {
  delivery: StorableDelivery
  item: ReadDelivery['items'][number]
  carriesBody: boolean
}

const statement =
  'select id, workspace_id, delivery_id, item_index, status from private.store_webhook_events($1, $2)'

/**
 * Stores the items of several deliveries and the jobs that will apply them, in one transaction: when it resolves, all
 * of it is committed; when it rejects, none of it is.
 *
 * @returns the items that were there before, in the ledger or earlier in this batch
 */
export async function storeDeliveries(
  pool: pg.Pool,
  enqueue: EnqueueApply,
  deliveries: StorableDelivery[],
): Promise<DuplicateItem[]> {
  const { items, repeated } = sortUnique(deliveries)
  const client = await pool.connect()
  let failure: Error | undefined
  try {
    // Sent together where the pool pipelines: the second does not wait for the answer to the first.
    const begun = client.query('begin')
    const stored = client.query<StoredRow>({
      name: 'store-webhook-events',
      text: statement,
      values: parameters(items),
    })
    const [, { rows }] = await Promise.all([begun, stored])
    const requests = groupPending(rows)
    if (requests.length > 0) await enqueue(client, requests)
    await client.query('commit')
    const isNew = new Set(rows.map((row) => `${row.delivery_id}:${String(row.item_index)}`))
    const known = items.filter(({ delivery, item }) => !isNew.has(`${delivery.id}:${String(item.index)}`))
    return [...repeated, ...known].map(({ delivery, item }) => ({
      workspaceId: delivery.workspaceId,
      name: item.name,
    }))
  } catch (error) {
    failure = error instanceof Error ? error : new Error('storing failed')
    await client.query('rollback').catch(() => undefined)
    throw error
  } finally {
    // A connection that failed is not trusted again.
    client.release(failure)
  }
}

/**
 * One entry per (workspace, event id), in one order. Unsorted, two processes that store the same retries wait for each
 * other's rows in opposite order and Postgres ends one of them. Of deliveries that tell the same the first one counts, as
 * in the ledger: its secret is the one that let the row in.
 */
function sortUnique(deliveries: StorableDelivery[]): { items: LedgerItem[]; repeated: LedgerItem[] } {
  const byKey = new Map<string, LedgerItem>()
  const repeated: LedgerItem[] = []
  for (const delivery of deliveries) {
    let carriesBody = true
    for (const item of delivery.read.items) {
      const key = `${delivery.workspaceId} ${item.eventId}`
      if (byKey.has(key)) {
        repeated.push({ delivery, item, carriesBody: false })
        continue
      }
      byKey.set(key, { delivery, item, carriesBody })
      carriesBody = false
    }
  }
  const items = [...byKey].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, entry]) => entry)
  return { items, repeated }
}

/** What the ledger's functions take: each item once, in one order. */
export function ledgerParameters(deliveries: StorableDelivery[]): [items: string, bodies: Buffer] {
  return parameters(sortUnique(deliveries).items)
}

/** The items as JSON, and all bodies end to end. */
function parameters(items: LedgerItem[]): [items: string, bodies: Buffer] {
  const bodies: Buffer[] = []
  let bodyStart = 1
  const rows = items.map(({ delivery, item, carriesBody }) => {
    const row = {
      ...item,
      workspaceId: delivery.workspaceId,
      deliveryId: delivery.id,
      endpointId: delivery.endpointId,
      secretId: delivery.secretId,
      eventName: delivery.read.eventName,
      payloadVersion: delivery.read.payloadVersion,
    }
    if (!carriesBody) return row
    const place = { bodyStart, bodyLength: delivery.body.length }
    bodies.push(delivery.body)
    bodyStart += delivery.body.length
    return { ...row, ...place }
  })
  return [JSON.stringify(rows), Buffer.concat(bodies)]
}

function groupPending(rows: StoredRow[]): ApplyRequest[] {
  const pending = rows.filter((row) => row.status === 'pending')
  const byWorkspace = Map.groupBy(pending, (row) => row.workspace_id)
  return [...byWorkspace].map(([workspaceId, group]) => ({
    workspaceId,
    webhookEventIds: group.map((row) => row.id),
  }))
}
