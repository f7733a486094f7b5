import type { KeyObject } from 'node:crypto'
import type pg from 'pg'
import { signatureKey } from '../kapso/signature.ts'
import { webhookSecretContext, type Sealer } from '../secrets/sealing.ts'

/** An endpoint as the door needs it. */
export interface WebhookEndpoint {
  id: string
  workspaceId: string
  /** The live secrets as keys, newest first: two during a rotation. */
  secrets: { id: string; key: KeyObject }[]
}

/** Finds endpoints by id; undefined for unknown, disabled and secretless ones. Rejects when Postgres does not answer. */
export type FindWebhookEndpoint = (endpointId: string) => Promise<WebhookEndpoint | undefined>

/** A disabled endpoint or a rotated secret takes effect within this time. */
const cacheMs = 5_000

/**
 * Looks endpoints up with a short cache, so that a storm on one endpoint asks once in five seconds. Misses are not
 * kept: an endpoint works from the moment it is made. Look-ups of one id that run at the same time are one query.
 */
export function createEndpointFinder(
  pool: pg.Pool,
  sealer: Sealer,
  now: () => number = Date.now,
): FindWebhookEndpoint {
  const cache = new Map<string, { endpoint: WebhookEndpoint; until: number }>()
  const running = new Map<string, Promise<WebhookEndpoint | undefined>>()

  async function query(endpointId: string): Promise<WebhookEndpoint | undefined> {
    const { rows } = await pool.query<{
      workspace_id: string
      sealed_secrets: Buffer[]
      secret_ids: string[]
    }>({
      name: 'find-webhook-endpoint',
      text: 'select workspace_id, sealed_secrets, secret_ids from private.find_webhook_endpoint($1)',
      values: [endpointId],
    })
    const [row] = rows
    if (row === undefined) return undefined
    const context = webhookSecretContext(row.workspace_id, endpointId)
    const secrets = row.sealed_secrets.flatMap((sealed, index) => {
      const id = row.secret_ids[index]
      return id === undefined ? [] : [{ id, key: signatureKey(sealer.open(sealed, context)) }]
    })
    return { id: endpointId, workspaceId: row.workspace_id, secrets }
  }

  return async (endpointId) => {
    const cached = cache.get(endpointId)
    if (cached !== undefined && cached.until > now()) return cached.endpoint
    cache.delete(endpointId)
    let lookup = running.get(endpointId)
    if (lookup === undefined) {
      lookup = query(endpointId).finally(() => running.delete(endpointId))
      running.set(endpointId, lookup)
    }
    const endpoint = await lookup
    if (endpoint !== undefined) cache.set(endpointId, { endpoint, until: now() + cacheMs })
    return endpoint
  }
}
