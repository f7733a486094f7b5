import { sql } from 'kysely'
import type { Database } from './database.ts'

/** The webhook endpoints of a workspace, for owners and admins to choose from. */
export async function listRecoveryEndpoints(
  database: Database,
  workspaceId: string,
): Promise<{ id: string; name: string }[]> {
  const { rows } = await sql<{ id: string; name: string }>`
    select e.id, concat_ws(' · ', c.name, e.name) as name
    from public.webhook_endpoints e
    left join public.channels c on c.workspace_id = e.workspace_id and c.id = e.channel_id
    where e.workspace_id = ${workspaceId}
    order by 2, 1
  `.execute(database)
  return rows
}
