import { sql } from 'kysely'
import { memberPreferencesSchema } from '../../domain/member-preferences-schema.ts'
import type { MemberPreferences } from '../../domain/member-preferences.ts'
import type { Database } from './database.ts'
import type { InboxOf } from './inbox-rows.ts'

/** What a member chose for themselves; defaults where they chose nothing, or what is no choice any more. */
export async function readPreferences(database: Database, inbox: InboxOf): Promise<MemberPreferences> {
  const row = await database
    .selectFrom('workspace_members')
    .select('preferences')
    .where('workspace_id', '=', inbox.workspaceId)
    .where('user_id', '=', inbox.userId)
    .executeTakeFirst()
  return memberPreferencesSchema.parse(row?.preferences ?? {})
}

/**
 * Changes some of the signed-in member's preferences; the others stay, also when two devices change different ones.
 *
 * @param change checked with `preferencesChangeSchema`
 * @returns all of them as they are now
 */
export async function changePreferences(
  database: Database,
  workspaceId: string,
  change: { [Name in keyof MemberPreferences]?: MemberPreferences[Name] | undefined },
): Promise<MemberPreferences> {
  const { rows } = await sql<{ preferences: unknown }>`
    select private.change_my_preferences(${workspaceId}, ${JSON.stringify(change)}::jsonb) as preferences
  `.execute(database)
  return memberPreferencesSchema.parse(rows[0]?.preferences ?? {})
}
