import { sql } from 'kysely'
import type { RecoveryEndpoint, RecoverySecret } from '../../domain/recovery/recovery-run.ts'
import type { Database } from './database.ts'

/** The webhook endpoints of a workspace with all their secrets, for owners and admins to choose from. */
export async function listRecoveryEndpoints(
  database: Database,
  workspaceId: string,
): Promise<RecoveryEndpoint[]> {
  const { rows } = await sql<{ id: string; name: string }>`
    select e.id, concat_ws(' · ', c.name, e.name) as name
    from public.webhook_endpoints e
    left join public.channels c on c.workspace_id = e.workspace_id and c.id = e.channel_id
    where e.workspace_id = ${workspaceId}
    order by 2, 1
  `.execute(database)
  const secrets = Map.groupBy(await listSecrets(database, workspaceId), ({ endpointId }) => endpointId)
  return rows.map((row) => ({
    ...row,
    secrets: (secrets.get(row.id) ?? []).map(({ endpointId: _, ...secret }) => secret),
  }))
}

/** Newest first. */
async function listSecrets(
  database: Database,
  workspaceId: string,
): Promise<(RecoverySecret & { endpointId: string })[]> {
  interface Row {
    id: string
    endpoint_id: string
    created_at: Date
    expires_at: Date | null
    is_live: boolean
  }
  const { rows } = await sql<Row>`
    select s.id, s.endpoint_id, s.created_at, s.expires_at, s.is_live
    from private.list_endpoint_secrets(${workspaceId}) s
    order by s.created_at desc, s.id
  `.execute(database)
  return rows.map((row) => ({
    id: row.id,
    endpointId: row.endpoint_id,
    createdAt: row.created_at.toISOString(),
    endsAt: row.expires_at?.toISOString() ?? null,
    isLive: row.is_live,
  }))
}
