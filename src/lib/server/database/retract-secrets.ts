import { sql } from 'kysely'
import { webhookSecretContext, type Sealer } from '../secrets/sealing.ts'
import type { Database } from './database.ts'

/** An endpoint whose secret somebody else knows: which one, or null for any of them. */
export interface LeakyEndpoint {
  workspaceId: string
  endpointId: string
  secretId: string | null
}

/**
 * Ends a secret of an endpoint, or all of them. The web process hears of it within seconds.
 *
 * @returns whether one is left that counts without an end: one that a rotation still lets live is gone soon
 */
export async function endSecrets(
  database: Database,
  { workspaceId, endpointId, secretId }: LeakyEndpoint,
): Promise<boolean> {
  // As a rotation does: of two at a time one would not see what the other made.
  await sql`
    select from public.webhook_endpoints e
    where e.workspace_id = ${workspaceId} and e.id = ${endpointId}
    for update
  `.execute(database)
  await sql`
    update private.webhook_secrets s
    set expires_at = least(coalesce(s.expires_at, 'infinity'), now())
    where s.workspace_id = ${workspaceId} and s.endpoint_id = ${endpointId}
      and ${secretId === null ? sql`true` : sql`s.id = ${secretId}`}
  `.execute(database)
  const { rows } = await sql`
    select from private.webhook_secrets s
    where s.workspace_id = ${workspaceId} and s.endpoint_id = ${endpointId} and s.expires_at is null
    limit 1
  `.execute(database)
  return rows.length > 0
}

/** Gives an endpoint another secret. */
export async function addSecret(
  database: Database,
  sealer: Sealer,
  { workspaceId, endpointId, secret }: { workspaceId: string; endpointId: string; secret: string },
): Promise<void> {
  const sealed = sealer.seal(secret, webhookSecretContext(workspaceId, endpointId))
  await sql`
    insert into private.webhook_secrets (workspace_id, endpoint_id, sealed)
    values (${workspaceId}, ${endpointId}, ${sealed})
  `.execute(database)
}
