import { sql } from 'kysely'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from './database.ts'
import type { WorkspaceRole } from './schema.d.ts'
import type { Workspace } from './workspaces.ts'

/** A WhatsApp number as its workspace's settings show it. Secrets and keys are nowhere near. */
export interface ChannelSettings {
  id: string
  name: string
  /** The number as people read it. */
  displayPhone: string | null
  phoneNumberId: string
  /** Time of the newest message on it; null while there is none. */
  lastMessageAt: Date | null
  /** Where Kapso delivers to. Empty for agents, who may not see it. */
  endpointIds: string[]
}

export interface TeamMember {
  userId: string
  displayName: string
  role: WorkspaceRole
  joinedAt: Date
}

/** The numbers of a workspace, oldest first. */
export async function listChannels(database: Database, workspaceId: string): Promise<ChannelSettings[]> {
  return database
    .selectFrom('channels as channel')
    .where('channel.workspace_id', '=', workspaceId)
    .orderBy('channel.created_at')
    .orderBy('channel.id')
    .select([
      'channel.id',
      'channel.name',
      'channel.display_phone as displayPhone',
      'channel.phone_number_id as phoneNumberId',
      sql<Date | null>`(
        select max(c.last_activity_at) from public.conversations c
        where c.workspace_id = channel.workspace_id and c.channel_id = channel.id
      )`.as('lastMessageAt'),
      sql<string[]>`array(
        select e.id::text from public.webhook_endpoints e
        where e.workspace_id = channel.workspace_id and e.channel_id = channel.id and e.disabled_at is null
        order by e.created_at, e.id
      )`.as('endpointIds'),
    ])
    .execute()
}

/** How many numbers a workspace has. */
export async function countChannels(database: Database, workspaceId: string): Promise<number> {
  const { channels } = await database
    .selectFrom('channels')
    .where('workspace_id', '=', workspaceId)
    .select(sql<number>`count(*)::int`.as('channels'))
    .executeTakeFirstOrThrow()
  return channels
}

/** Everybody who belongs to a workspace, in the order in which they joined. */
export async function listTeam(database: Database, workspaceId: string): Promise<TeamMember[]> {
  return database
    .selectFrom('workspace_members')
    .where('workspace_id', '=', workspaceId)
    .where('removed_at', 'is', null)
    .orderBy('joined_at')
    .orderBy('id')
    .select(['user_id as userId', 'display_name as displayName', 'role', 'joined_at as joinedAt'])
    .execute()
}

/**
 * Changes what a workspace is called and where it is.
 *
 * @throws RuleViolation `not_allowed` when the member is neither owner nor admin there
 */
export async function changeWorkspace(
  database: Database,
  workspaceId: string,
  { name, timeZone, defaultCountry }: Pick<Workspace, 'name' | 'timeZone' | 'defaultCountry'>,
): Promise<void> {
  const { numUpdatedRows } = await database
    .updateTable('workspaces')
    .set({ name, time_zone: timeZone, default_country: defaultCountry })
    .where('id', '=', workspaceId)
    .executeTakeFirstOrThrow()
  if (numUpdatedRows === 0n) {
    throw new RuleViolation('not_allowed', 'Only owners and admins can change the workspace.')
  }
}
