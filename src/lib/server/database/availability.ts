import { sql } from 'kysely'
import type { Availability } from '../../domain/inbox.ts'
import type { Database } from './database.ts'

/**
 * Says whether the signed-in member takes conversations by turns. Being away changes nothing about those they have.
 *
 * @returns whether it was otherwise before
 */
export async function setMyAvailability(
  database: Database,
  workspaceId: string,
  availability: Availability,
): Promise<boolean> {
  const { rows } = await sql<{ changed: boolean }>`
    select private.set_my_availability(${workspaceId}, ${availability}::public.availability) as changed
  `.execute(database)
  return rows[0]?.changed ?? false
}

/** Whether the member takes conversations by turns. */
export async function readMyAvailability(
  database: Database,
  { workspaceId, userId }: { workspaceId: string; userId: string },
): Promise<Availability> {
  const { availability } = await database
    .selectFrom('workspace_members')
    .select('availability')
    .where('workspace_id', '=', workspaceId)
    .where('user_id', '=', userId)
    .where('removed_at', 'is', null)
    .executeTakeFirstOrThrow()
  return availability
}
