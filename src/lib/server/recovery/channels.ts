import type { Database } from '../database/database.ts'
import type { Channel } from '../ingest/sort-batch.ts'

/** A workspace's channels by phone number id. */
export async function findChannels(database: Database, workspaceId: string): Promise<Map<string, Channel>> {
  const rows = await database
    .selectFrom('channels')
    .where('workspace_id', '=', workspaceId)
    .select(['id', 'phone_number_id', 'identity_scope'])
    .execute()
  return new Map(rows.map((row) => [row.phone_number_id, { id: row.id, identityScope: row.identity_scope }]))
}
