import type pg from 'pg'
import { listActors } from './actors.ts'
import { attempt, type Violation } from './attempt.ts'
import type { ProbeResult } from './table-probes.ts'
import type { Tenant } from './tenant.ts'

const tables = {
  'storage.buckets': { id: 'probe', name: 'probe' },
  'storage.objects': { bucket_id: 'probe', name: 'probe' },
}

/**
 * Storage holds nothing of anybody yet, so nobody reaches a bucket or an object with a member's token. The client is a
 * superuser's, inside a transaction, and leaves no trace.
 */
export async function probeStorage(
  client: pg.ClientBase,
  tenant: Tenant,
  other: Tenant,
): Promise<ProbeResult> {
  const probes = new Map<string, number>()
  const violations: Violation[] = []
  await client.query('savepoint storage')
  for (const [table, row] of Object.entries(tables)) {
    const columns = Object.keys(row).join(', ')
    await client.query(
      `insert into ${table} (${columns}) select ${columns} from jsonb_populate_record(null::${table}, $1)`,
      [JSON.stringify(row)],
    )
  }
  for (const [table, row] of Object.entries(tables)) {
    const columns = Object.keys(row).join(', ')
    const statements = {
      select: `select 1 from ${table}`,
      insert: `insert into ${table} (${columns}) values (${Object.keys(row)
        .map((column) => (column === 'bucket_id' ? `'probe'` : `'another'`))
        .join(', ')})`,
      update: `update ${table} set updated_at = now()`,
      delete: `delete from ${table}`,
    }
    for (const actor of ['anon', 'authenticated'].flatMap((role) => listActors(tenant, other, role))) {
      for (const [action, text] of Object.entries(statements)) {
        const found = await attempt(client, actor, { text, hasReached: (result) => result.rowCount !== 0 })
        probes.set(table, (probes.get(table) ?? 0) + 1)
        if (found !== 'filtered') {
          violations.push({ object: table, action, actor: actor.name, expected: 'filtered', found })
        }
      }
    }
  }
  await client.query('rollback to savepoint storage')
  return { probes, violations }
}
