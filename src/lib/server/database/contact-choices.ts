import { sql } from 'kysely'
import type { ContactChoices } from '../../domain/contacts.ts'
import { listContactFields } from './contact-fields.ts'
import type { Database } from './database.ts'
import { listLabels } from './labels.ts'

/** What lists and forms of contacts offer to choose from, to this member. */
export async function readContactChoices(
  database: Database,
  { workspaceId, userId }: { workspaceId: string; userId: string },
): Promise<ContactChoices> {
  const members = await database
    .selectFrom('workspace_members')
    .where('workspace_id', '=', workspaceId)
    .where('removed_at', 'is', null)
    .orderBy(sql`lower(display_name)`)
    .orderBy('user_id')
    .select(['user_id as id', 'display_name as name'])
    .execute()
  const channels = await database
    .selectFrom('channels')
    .where('workspace_id', '=', workspaceId)
    .orderBy(sql`lower(name)`)
    .orderBy('id')
    .select(['id', 'name'])
    .execute()
  return {
    members: members.map((member) => ({ ...member, isMe: member.id === userId })),
    labels: await listLabels(database, workspaceId),
    channels,
    fields: await listContactFields(database, workspaceId),
  }
}
