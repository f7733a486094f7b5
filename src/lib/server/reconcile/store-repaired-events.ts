import { sql } from 'kysely'
import { ledgerParameters, type StorableDelivery } from '../ingest/store-deliveries.ts'
import type { Database } from '../database/database.ts'

/** Puts what was fetched from Kapso into the ledger. Returns the rows that are new and want to be applied. */
export async function storeRepairedEvents(
  database: Database,
  deliveries: StorableDelivery[],
): Promise<number[]> {
  if (deliveries.length === 0) return []
  const [items, bodies] = ledgerParameters(deliveries)
  const { rows } = await sql<{ id: number; status: string }>`
    select id, status from private.store_repaired_events(${items}, ${bodies})
  `.execute(database)
  return rows.filter(({ status }) => status === 'pending').map(({ id }) => id)
}
