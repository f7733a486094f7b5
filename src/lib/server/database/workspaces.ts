import { sql } from 'kysely'
import { memberPreferencesSchema } from '../../domain/member-preferences-schema.ts'
import type { MemberPreferences } from '../../domain/member-preferences.ts'
import type { Database } from './database.ts'
import type { WorkspaceRole } from './schema.d.ts'

export interface Workspace {
  id: string
  slug: string
  name: string
  timeZone: string
  /** Country whose local numbers are meant when somebody types one without a country code: `ID`. */
  defaultCountry: string
}

/** A person's place in a workspace. */
export interface Membership {
  workspace: Workspace
  role: WorkspaceRole
  /** What the person is called there. */
  displayName: string
  preferences: MemberPreferences
}

export interface NewWorkspace {
  name: string
  timeZone: string
  defaultCountry: string
  ownerName: string
}

/** The workspaces that a user belongs to, oldest membership first. */
export async function listMemberships(database: Database, userId: string): Promise<Membership[]> {
  const rows = await database
    .selectFrom('workspace_members as member')
    .innerJoin('workspaces as workspace', 'workspace.id', 'member.workspace_id')
    .where('member.user_id', '=', userId)
    .where('member.removed_at', 'is', null)
    .orderBy('member.joined_at')
    .orderBy('workspace.id')
    .select([
      'workspace.id',
      'workspace.slug',
      'workspace.name',
      'workspace.time_zone',
      'workspace.default_country',
      'member.role',
      'member.display_name',
      'member.preferences',
    ])
    .execute()
  return rows.map((row) => ({
    workspace: {
      id: row.id,
      slug: row.slug,
      name: row.name,
      timeZone: row.time_zone,
      defaultCountry: row.default_country,
    },
    role: row.role,
    displayName: row.display_name,
    preferences: memberPreferencesSchema.parse(row.preferences),
  }))
}

/**
 * Makes a workspace that the signed-in member owns.
 *
 * @returns its slug
 * @throws Postgres' check violation (23514) for a name, time zone or country that the database does not accept
 */
export async function createWorkspace(database: Database, workspace: NewWorkspace): Promise<string> {
  const { rows } = await sql<{ slug: string }>`
    select slug from private.create_workspace(
      ${workspace.name}, ${workspace.timeZone}, ${workspace.defaultCountry}, ${workspace.ownerName}
    )`.execute(database)
  const [created] = rows
  if (created === undefined) throw new Error('create_workspace returned nothing')
  return created.slug
}
