import { sql } from 'kysely'
import { webhookSecretContext, type Sealer } from '../secrets/sealing.ts'
import type { Database } from './database.ts'

/** Gives an endpoint a new secret; those before count no longer. The web process hears of it within seconds. */
export async function replaceEndpointSecret(
  database: Database,
  sealer: Sealer,
  { workspaceId, endpointId, secret }: { workspaceId: string; endpointId: string; secret: string },
): Promise<void> {
  await sql`
    update private.webhook_secrets s
    set expires_at = least(coalesce(s.expires_at, 'infinity'), now())
    where s.workspace_id = ${workspaceId} and s.endpoint_id = ${endpointId}
  `.execute(database)
  const sealed = sealer.seal(secret, webhookSecretContext(workspaceId, endpointId))
  await sql`
    insert into private.webhook_secrets (workspace_id, endpoint_id, sealed)
    values (${workspaceId}, ${endpointId}, ${sealed})
  `.execute(database)
}
