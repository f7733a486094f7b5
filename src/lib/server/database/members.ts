import { sql } from 'kysely'
import { readBusinessHours, type BusinessHours } from '../../domain/business-hours.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from './database.ts'
import type { Availability, MemberVisibility, WorkspaceRole } from './schema.d.ts'

/** What an owner or admin decides of a member. */
export interface MemberSettings {
  role: WorkspaceRole
  /** Counts for agents alone: owners and admins see everything. */
  visibility: MemberVisibility
  availability: Availability
  /** Open conversations given to them by turns at most; null is without end. */
  capacity: number | null
  /** Null is whenever they are online. */
  workingHours: BusinessHours | null
}

export interface MemberOf extends MemberSettings {
  userId: string
  displayName: string
  joinedAt: Date
}

/** Everybody who belongs to a workspace, in the order in which they joined. */
export async function listMembers(database: Database, workspaceId: string): Promise<MemberOf[]> {
  const rows = await database
    .selectFrom('workspace_members')
    .where('workspace_id', '=', workspaceId)
    .where('removed_at', 'is', null)
    .orderBy('joined_at')
    .orderBy('id')
    .select(['user_id as userId', 'display_name as displayName', 'joined_at as joinedAt', 'role'])
    .select(['visibility', 'availability', 'capacity', 'working_hours as workingHours'])
    .execute()
  return rows.map((row) => ({ ...row, workingHours: readBusinessHours(row.workingHours) }))
}

/**
 * Changes what a member is and may see, as an owner or admin.
 *
 * @throws RuleViolation `not_allowed` for agents, `owner_only` when an admin changes an owner or makes one, `last_owner`
 *   when nobody would own the workspace, `bad_capacity`
 */
export async function changeMember(
  database: Database,
  workspaceId: string,
  userId: string,
  { role, visibility, availability, capacity, workingHours }: MemberSettings,
): Promise<void> {
  const hours = workingHours === null ? null : JSON.stringify(workingHours)
  await sql`
    select from private.change_member(
      ${workspaceId}, ${userId}, ${role}::public.workspace_role, ${visibility}::public.member_visibility,
      ${availability}::public.availability, ${capacity}::integer, ${hours}::jsonb
    )
  `
    .execute(database)
    .catch((error: unknown) => {
      throw toMemberViolation(error)
    })
}

/**
 * Takes a member out of a workspace, as an owner or admin. They see nothing of it from then on; their open conversations
 * are nobody's, or somebody's turn.
 *
 * @throws RuleViolation as changeMember
 */
export async function removeMember(database: Database, workspaceId: string, userId: string): Promise<void> {
  await sql`select from private.remove_member(${workspaceId}, ${userId})`
    .execute(database)
    .catch((error: unknown) => {
      throw toMemberViolation(error)
    })
}

function toMemberViolation(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  if (error.code === 'P0001' && error.message === 'owner_only') {
    return new RuleViolation('owner_only', 'Only an owner can change an owner or make one.')
  }
  if (error.code === 'P0001' && error.message === 'last_owner') {
    return new RuleViolation('last_owner', 'A workspace keeps one owner at least.')
  }
  if (error.code === '23514') return new RuleViolation('bad_capacity', 'Between 0 and 1,000 conversations.')
  if (error.code === '42501')
    return new RuleViolation('not_allowed', 'Only owners and admins change members.')
  return error
}
