import { sql } from 'kysely'
import { isWithinHours, readBusinessHours } from '../../domain/business-hours.ts'
import type { ConversationCondition } from '../../domain/conversation-condition.ts'
import { queueNames, type GiveOutTurnsJob } from '../queue/queue.ts'
import { changeConversation, type ConversationOf } from './conversation-states.ts'
import type { Database, JobRequest } from './database.ts'

export interface Assignment {
  /** A user's id; null is nobody. */
  assigneeId: string | null
  /** Null is no team; undefined leaves it as it is. */
  teamId?: string | null | undefined
}

/**
 * Gives a conversation to a member or a team, or takes it from them. Whoever it is given to sees it from then on.
 *
 * @throws NotFound `conversation_not_found`; RuleViolation `no_such_member`, `no_such_team`
 */
export function assignConversation(
  database: Database,
  { workspaceId, conversationId }: ConversationOf,
  { assigneeId, teamId }: Assignment,
): Promise<ConversationCondition> {
  return changeConversation(
    database,
    sql`private.assign_conversation(
      ${workspaceId}, ${conversationId}, ${assigneeId}, ${teamId !== undefined}, ${teamId ?? null}
    )`,
  )
}

/**
 * Takes a conversation that nobody has.
 *
 * @returns how it stands now: its assignee is somebody else when they were faster
 * @throws NotFound `conversation_not_found`
 */
export function claimConversation(
  database: Database,
  { workspaceId, conversationId }: ConversationOf,
): Promise<ConversationCondition> {
  return changeConversation(database, sql`private.claim_conversation(${workspaceId}, ${conversationId})`)
}

/** The job that gives out what waits; to be enqueued when somebody may have become free. One too many does no harm. */
export function giveOutTurnsJob(workspaceId: string): JobRequest {
  return {
    queue: queueNames.giveOutTurns,
    data: { workspaceId } satisfies GiveOutTurnsJob,
    group: workspaceId,
  }
}

/** Workspaces that take turns and in which conversations wait for one. */
export async function findWorkspacesThatWait(database: Database): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select w.id
    from (select distinct c.workspace_id from public.conversations c where c.queued_at is not null and c.is_root) waiting
    join public.workspaces w on w.id = waiting.workspace_id and w.assigns_by_turns
    order by w.id
  `.execute(database)
  return rows.map(({ id }) => id)
}

/**
 * Gives waiting conversations to members who are online, within their hours and below their capacity: to the owner that
 * one had before, else to whoever has waited longest. What nobody can take goes on waiting.
 *
 * @returns how many were given
 */
export async function giveOutTurns(
  database: Database,
  workspaceId: string,
  now = new Date(),
): Promise<number> {
  const { rows: members } = await sql<{ user_id: string; working_hours: unknown; time_zone: string }>`
    select m.user_id, m.working_hours, w.time_zone
    from public.workspace_members m
    join public.workspaces w on w.id = m.workspace_id
    where m.workspace_id = ${workspaceId} and m.removed_at is null and m.availability = 'online'
  `.execute(database)
  const present = members
    .filter((member) => isWithinHours(readBusinessHours(member.working_hours), now, member.time_zone))
    .map((member) => member.user_id)
  if (present.length === 0) return 0
  const { rows } = await sql<{ given: number }>`
    select private.give_out_turns(${workspaceId}, ${present}::uuid[]) as given
  `.execute(database)
  return rows[0]?.given ?? 0
}
