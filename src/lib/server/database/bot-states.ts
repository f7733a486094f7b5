import { sql } from 'kysely'
import { queueNames, type PauseBotJob } from '../queue/queue.ts'
import type { Database, JobRequest } from './database.ts'

/** A person has answered from the phone: the bot is to be quiet. */
export interface PersonReply {
  conversationId: string
  occurredAt: Date
}

/**
 * Brings the bot's state of threads up to what is known: replies from the phone pause it, a workflow's hand-over gives
 * the thread to people. Of several the latest by provider time counts, whichever arrives last; of two of the same time
 * the hand-over. A line in the thread tells when the bot falls silent. The threads must be locked.
 *
 * @param kapsoConversationIds sessions of which the thread, or a hand-over in them, has become known just now
 * @returns the threads in which the bot was paused by this
 */
export async function settleBotStates(
  database: Database,
  workspaceId: string,
  replies: PersonReply[],
  kapsoConversationIds: string[],
): Promise<string[]> {
  if (replies.length === 0 && kapsoConversationIds.length === 0) return []
  const { rows } = await sql<{ id: string; bot_state: string }>`
    with told as (
      select c.root_id as conversation_id, r."occurredAt" as at, 'paused'::public.bot_state as state,
        'business_app_reply' as reason
      from json_to_recordset(${JSON.stringify(replies)}::json) as r ("conversationId" uuid, "occurredAt" timestamptz)
      join public.conversations c on c.workspace_id = ${workspaceId} and c.id = r."conversationId"
      union all
      select c.root_id, e.occurred_at, 'handed_over', 'workflow_handoff'
      from public.workflow_executions x
      join public.workflow_execution_events e
        on e.workspace_id = x.workspace_id and e.kapso_execution_id = x.kapso_execution_id and e.status = 'handoff'
      join public.kapso_conversations k
        on k.workspace_id = x.workspace_id and k.kapso_conversation_id = x.kapso_conversation_id
      join public.conversations c on c.workspace_id = k.workspace_id and c.id = k.conversation_id
      where x.workspace_id = ${workspaceId} and x.kapso_conversation_id = any(${kapsoConversationIds}::text[])
    ), latest as (
      select distinct on (t.conversation_id) t.* from told t order by t.conversation_id, t.at desc, t.state desc
    ), changed as (
      update public.conversations c
      set bot_state = l.state, bot_state_reason = l.reason, bot_state_at = l.at
      from latest l
      join public.conversations held on held.id = l.conversation_id
      where c.workspace_id = ${workspaceId} and c.id = l.conversation_id
        and (c.bot_state_at is null or (l.at, l.state) > (c.bot_state_at, c.bot_state))
      returning c.workspace_id, c.id, c.bot_state, held.bot_state as earlier_state, l.reason, l.at
    ), noted as (
      insert into public.conversation_events (workspace_id, conversation_id, kind, details, occurred_at)
      select c.workspace_id, c.id, 'bot_taken_over', jsonb_build_object('reason', c.reason), c.at
      from changed c
      where c.earlier_state = 'active'
    )
    select c.id, c.bot_state from changed c
  `.execute(database)
  return rows.flatMap((row) => (row.bot_state === 'paused' ? [row.id] : []))
}

/** Where the bot of a thread is to be reached. */
export interface BotOfThread {
  channelId: string
  /** Overrides the installation's Kapso address. */
  apiUrl: string | null
  sealedApiKey: Buffer | null
  /** Sessions in which it may be at work, newest first. */
  kapsoConversationIds: string[]
}

/** Sessions further back than this are not looked at: what ran in them has ended long ago. */
const mostSessions = 3

/** How to reach the bot of a thread; undefined when its state is not this one (any more). */
export async function findBot(
  database: Database,
  { workspaceId, conversationId }: PauseBotJob,
  state: 'paused' | 'active',
): Promise<BotOfThread | undefined> {
  const { rows } = await sql<BotOfThread>`
    select h.id as "channelId", h.kapso_api_url as "apiUrl", a.sealed as "sealedApiKey", array(
      select k.kapso_conversation_id
      from public.kapso_conversations k
      join public.conversations t on t.workspace_id = k.workspace_id and t.id = k.conversation_id
      where k.workspace_id = c.workspace_id and t.root_id = c.root_id and k.status is distinct from 'ended'
      order by k.first_seen_at desc, k.kapso_conversation_id
      limit ${sql.lit(mostSessions)}
    ) as "kapsoConversationIds"
    from public.conversations c
    join public.channels h on h.workspace_id = c.workspace_id and h.id = c.channel_id
    left join private.channel_api_keys a on a.workspace_id = h.workspace_id and a.channel_id = h.id
    join public.conversations r on r.workspace_id = c.workspace_id and r.id = c.root_id
    where c.workspace_id = ${workspaceId} and c.id = ${conversationId}
      and r.bot_state = ${state}::public.bot_state
  `.execute(database)
  return rows[0]
}

/** The job that makes the bot at Kapso what a member has just made of it here. */
export function botJob(action: 'take_over' | 'give_back', data: PauseBotJob): JobRequest {
  return {
    queue: action === 'take_over' ? queueNames.pauseBot : queueNames.resumeBot,
    data: { workspaceId: data.workspaceId, conversationId: data.conversationId } satisfies PauseBotJob,
    group: data.workspaceId,
  }
}
