import type pg from 'pg'
import { functionAccess, isMeant } from './access.ts'
import { listActors } from './actors.ts'
import { attempt, type Reach, type Violation } from './attempt.ts'
import { listCallableFunctions } from './catalog.ts'
import type { ProbeResult } from './table-probes.ts'
import { seeds, tenantColumnOf, type Tenant } from './tenant.ts'

/**
 * Calls every function that members may call on the workspace of `tenant`, as everybody there is. It reaches the
 * workspace when an id of it comes back, or when it writes a row of it. The client is a superuser's, inside a
 * transaction, and leaves no trace.
 */
export async function probeFunctions(
  client: pg.ClientBase,
  tenant: Tenant,
  other: Tenant,
): Promise<ProbeResult> {
  const callable = await listCallableFunctions(client, 'my21_member')
  const probes = new Map(callable.map((signature) => [signature, 0]))
  const violations: Violation[] = []
  for (const signature of callable) {
    const access = functionAccess[signature]
    if (access === undefined) {
      const undeclared = { action: 'call', actor: 'anybody', expected: 'refused', found: 'reached' } as const
      violations.push({ object: signature, ...undeclared })
      continue
    }
    const { expression, values } = access.call(tenant)
    for (const actor of listActors(tenant, other, 'my21_member')) {
      const expected: Reach = isMeant(access.level, actor, access.ofConversations) ? 'reached' : 'filtered'
      const found = await attempt(client, actor, {
        text: `select to_jsonb(${expression}) as result`,
        values,
        hasReached: async (result) =>
          holdsIdOf(tenant, JSON.stringify(result.rows)) || (await countWritten(client, tenant)) > 0,
      })
      probes.set(signature, (probes.get(signature) ?? 0) + 1)
      if (found !== expected) {
        violations.push({ object: signature, action: 'call', actor: actor.name, expected, found })
      }
    }
  }
  return { probes, violations }
}

function holdsIdOf(tenant: Tenant, text: string): boolean {
  return [tenant.workspaceId, tenant.channelId, tenant.endpointId, tenant.conversationId].some((id) =>
    text.includes(id),
  )
}

async function countWritten(client: pg.ClientBase, tenant: Tenant): Promise<number> {
  const written = Object.keys(seeds).map(
    (table) =>
      `select 1 from ${table} t where t.${tenantColumnOf(table)} = $1
       and t.xmin::text::bigint >= pg_current_xact_id()::xid::text::bigint`,
  )
  // Named, because to plan it takes far longer than to run it.
  const { rowCount } = await client.query({
    name: 'rows written of a tenant',
    text: written.join(' union all '),
    values: [tenant.workspaceId],
  })
  return rowCount ?? 0
}
