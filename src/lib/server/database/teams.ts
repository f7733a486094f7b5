import { sql } from 'kysely'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from './database.ts'

export interface Team {
  id: string
  name: string
  /** User ids. */
  memberIds: string[]
  /** The numbers whose new conversations are the team's. */
  channelIds: string[]
}

/** At most this many, so that one can look through them. */
const mostTeams = 100

/** A workspace's teams, by name. */
export async function listTeams(database: Database, workspaceId: string): Promise<Team[]> {
  return database
    .selectFrom('teams as team')
    .where('team.workspace_id', '=', workspaceId)
    .orderBy(sql`lower(btrim(team.name))`)
    .orderBy('team.id')
    .select([
      'team.id',
      'team.name',
      sql<string[]>`array(
        select t.user_id::text from public.team_members t
        join public.workspace_members m on m.workspace_id = t.workspace_id and m.user_id = t.user_id
        where t.workspace_id = team.workspace_id and t.team_id = team.id and m.removed_at is null
        order by m.joined_at, m.id
      )`.as('memberIds'),
      sql<string[]>`array(
        select t.channel_id::text from public.team_channels t
        where t.workspace_id = team.workspace_id and t.team_id = team.id
        order by t.channel_id
      )`.as('channelIds'),
    ])
    .execute()
}

/**
 * Makes a team, as an owner or admin.
 *
 * @returns its id
 * @throws RuleViolation `name_length` (1 to 60 characters), `name_taken` (capitals make no difference), `too_many`,
 *   `not_allowed` for agents
 */
export async function createTeam(database: Database, workspaceId: string, name: string): Promise<string> {
  const { count } = await database
    .selectFrom('teams')
    .where('workspace_id', '=', workspaceId)
    .select(sql<number>`count(*)::int`.as('count'))
    .executeTakeFirstOrThrow()
  if (count >= mostTeams) {
    throw new RuleViolation('too_many', `A workspace has ${String(mostTeams)} teams at most.`)
  }
  const { id } = await database
    .insertInto('teams')
    .values({ workspace_id: workspaceId, name: name.trim() })
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch((error: unknown) => {
      throw toTeamViolation(error)
    })
  return id
}

/**
 * Gives a team its name, members and numbers, as an owner or admin. A number that another team had is this one's then.
 * What is as it was is left alone: whose teams change loads the inbox anew.
 *
 * @throws RuleViolation as createTeam, `not_found` where there is none, or for agents, `no_such_member`,
 *   `no_such_number`
 */
export async function changeTeam(
  database: Database,
  workspaceId: string,
  { id, name, memberIds, channelIds }: Team,
): Promise<void> {
  const { numUpdatedRows } = await database
    .updateTable('teams')
    .set({ name: name.trim() })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
    .catch((error: unknown) => {
      throw toTeamViolation(error)
    })
  if (numUpdatedRows === 0n) throw new RuleViolation('not_found', 'This team does not exist.')
  const members = await database
    .selectFrom('workspace_members')
    .where('workspace_id', '=', workspaceId)
    .where('removed_at', 'is', null)
    .select('user_id')
    .execute()
  if (!memberIds.every((userId) => members.some((member) => member.user_id === userId))) {
    throw new RuleViolation('no_such_member', 'Somebody of these does not belong to the workspace.')
  }
  await sql`
    delete from public.team_members t
    where t.workspace_id = ${workspaceId} and t.team_id = ${id} and t.user_id <> all (${memberIds}::uuid[])
  `.execute(database)
  await sql`
    insert into public.team_members (workspace_id, team_id, user_id)
    select ${workspaceId}, ${id}, n.id from unnest(${memberIds}::uuid[]) as n (id)
    on conflict do nothing
  `.execute(database)
  await sql`
    delete from public.team_channels t
    where t.workspace_id = ${workspaceId}
      and (t.team_id = ${id}) <> (t.channel_id = any (${channelIds}::uuid[]))
  `.execute(database)
  await sql`
    insert into public.team_channels (workspace_id, team_id, channel_id)
    select ${workspaceId}, ${id}, n.id from unnest(${channelIds}::uuid[]) as n (id)
    on conflict do nothing
  `
    .execute(database)
    .catch((error: unknown) => {
      throw toTeamViolation(error)
    })
}

/**
 * Deletes a team, as an owner or admin. Its conversations are no team's then.
 *
 * @throws RuleViolation `not_found` where there is none, or for agents
 */
export async function deleteTeam(database: Database, workspaceId: string, id: string): Promise<void> {
  const { numDeletedRows } = await database
    .deleteFrom('teams')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (numDeletedRows === 0n) throw new RuleViolation('not_found', 'This team does not exist.')
}

function toTeamViolation(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  if (error.code === '23505') return new RuleViolation('name_taken', 'There is a team of this name.')
  if (error.code === '23514') return new RuleViolation('name_length', 'A name has 1 to 60 characters.')
  if (error.code === '23503') return new RuleViolation('no_such_number', 'This number is not one of yours.')
  if (error.code === '42501') return new RuleViolation('not_allowed', 'Only owners and admins change teams.')
  return error
}
