import { sql } from 'kysely'
import type { BlockLevel } from '../../domain/contacts.ts'
import type { Database } from './database.ts'

/** Reason of an item that a block of its sender kept out. */
export const blockedContact = 'blocked_contact'

/** How the people behind some accounts are blocked; who is not is missing. */
export async function findBlockLevels(
  database: Database,
  workspaceId: string,
  identityIds: readonly string[],
): Promise<Map<string, BlockLevel>> {
  const { rows } = await sql<{ id: string; level: BlockLevel }>`
    select who.id, block.level
    from unnest(${[...new Set(identityIds)]}::uuid[]) as who (id)
    cross join lateral (
      select kept.root_id
      from public.contact_identities own
      join public.contact_identities i on i.id = own.root_id
      join public.contacts kept on kept.id = i.contact_id
      where own.id = who.id
      limit 1
    ) person
    cross join lateral (
      select f.level from private.find_blocks(${workspaceId}, array[person.root_id]) f
    ) block
    -- Nearly always nobody is blocked, and nothing is looked up.
    where exists (
      select from public.contact_blocks b where b.workspace_id = ${workspaceId} and b.ended_at is null
    )
  `.execute(database)
  return new Map(rows.map((row) => [row.id, row.level]))
}
