import type pg from 'pg'
import type { Violation } from './attempt.ts'
import { listTables } from './catalog.ts'
import { probeFunctions } from './function-probes.ts'
import { probeTopics } from './realtime-probes.ts'
import { probeStorage } from './storage-probes.ts'
import { probeTables, type ProbeResult } from './table-probes.ts'
import type { Tenant } from './tenant.ts'

/** All probes, over everything that the catalog holds. Call it in a transaction, as superuser; it leaves no trace. */
export async function probeEverything(
  client: pg.ClientBase,
  tenant: Tenant,
  other: Tenant,
): Promise<ProbeResult> {
  const results = [
    await probeTables(client, tenant, other, await listTables(client)),
    await probeFunctions(client, tenant, other),
    await probeTopics(client, tenant, other),
    await probeStorage(client, tenant, other),
  ]
  return {
    probes: new Map(results.flatMap((result) => [...result.probes])),
    violations: results.flatMap((result) => result.violations),
  }
}

/** One line per violation, for messages. */
export function describeViolations(violations: Violation[]): string[] {
  return violations.map(
    ({ object, action, actor, expected, found }) =>
      `${object}: ${action} as ${actor}: ${found}, not ${expected}`,
  )
}
