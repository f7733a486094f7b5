import { sql } from 'kysely'
import { isWithinHours, readBusinessHours } from '../../domain/business-hours.ts'
import type { SendAwayMessageJob } from '../queue/queue.ts'
import type { Database, JobRequest } from './database.ts'
import { sendMessageJob } from './outbox.ts'
import { lockConversations } from './threads.ts'

/**
 * Puts the away message into the outbox for whoever wrote outside of the business hours, once per reply window: a window
 * goes on as long as the customer writes again before it closes. Nothing is said where the workspace is open again by
 * now, where a person has answered meanwhile, or where the bot is at work. To be run in a transaction of its own; again
 * does nothing.
 *
 * @returns the jobs that send them
 */
export async function queueAwayMessages(
  database: Database,
  { workspaceId, conversationIds }: SendAwayMessageJob,
  now = new Date(),
): Promise<JobRequest[]> {
  const workspace = await database
    .selectFrom('workspaces')
    .select(['business_hours', 'away_message', 'time_zone'])
    .where('id', '=', workspaceId)
    .executeTakeFirst()
  const words = workspace?.away_message ?? null
  const hours = readBusinessHours(workspace?.business_hours ?? null)
  if (workspace === undefined || words === null || hours === null) return []
  if (isWithinHours(hours, now, workspace.time_zone)) return []

  await lockConversations(database, workspaceId, conversationIds, [])
  const candidates = await findCandidates(database, workspaceId, conversationIds)
  const due = candidates.filter(({ wroteAt }) => !isWithinHours(hours, wroteAt, workspace.time_zone))
  if (due.length === 0) return []
  const { rows: written } = await sql<{ conversation_id: string }>`
    with due as (
      -- To the account that wrote last.
      select c.workspace_id, private.find_address(c.workspace_id, c.id, null) as id, c.channel_id
      from public.conversations c
      where c.workspace_id = ${workspaceId} and c.id = any(${due.map(({ id }) => id)}::uuid[])
    ), written as (
      insert into public.messages (
        workspace_id, conversation_id, channel_id, direction, origin, type, text, occurred_at, status, status_at,
        client_reference, send_state, send_due_at
      )
      select d.workspace_id, d.id, d.channel_id, 'outbound', 'my21staff', 'text', ${words}, now(), 'queued', now(),
        gen_random_uuid(), 'waiting', now()
      from due d
      where d.id is not null
      returning id, conversation_id
    ), told as (
      insert into public.conversation_events (workspace_id, conversation_id, kind, details)
      select ${workspaceId}, w.conversation_id, 'away_message', jsonb_build_object('messageId', w.id)
      from written w
    )
    select w.conversation_id from written w
  `.execute(database)
  await sql`
    update public.conversations c
    set away_sent_at = now()
    where c.workspace_id = ${workspaceId} and c.id = any(${due.map(({ id }) => id)}::uuid[])
  `.execute(database)
  return written.map((row) => sendMessageJob({ workspaceId, conversationId: row.conversation_id }))
}

/**
 * Conversations whose customer wrote last, whose reply window is open and has seen no away message. Whether there is a
 * bot, nobody tells: it counts as at work while its state is active and something that is neither staff nor this
 * installation has answered here since the window began, or has told of its runs in this conversation.
 */
async function findCandidates(
  database: Database,
  workspaceId: string,
  conversationIds: string[],
): Promise<{ id: string; wroteAt: Date }[]> {
  const { rows } = await sql<{ id: string; wroteAt: Date }>`
    with asked as materialized (
      select r.id, r.last_inbound_at, r.away_sent_at, r.bot_state,
        array(
          select t.id from public.conversations t where t.workspace_id = r.workspace_id and t.root_id = r.id
        ) as thread_ids
      from public.conversations r
      where r.workspace_id = ${workspaceId} and r.id in (
        select c.root_id from public.conversations c
        where c.workspace_id = ${workspaceId} and c.id = any(${conversationIds}::uuid[])
      )
        and r.last_inbound_at > now() - interval '24 hours'
    )
    select a.id, a.last_inbound_at as "wroteAt"
    from asked a
    where not exists (
        -- A person has answered the message already.
        select from public.messages m
        where m.workspace_id = ${workspaceId} and m.conversation_id = any(a.thread_ids)
          and m.occurred_at >= a.last_inbound_at and m.direction = 'outbound'
          and (m.author_id is not null or m.origin = 'business_app')
      )
      and (
        a.away_sent_at is null
        -- A message after it that came when the window had closed began another one.
        or exists (
          select from (
            select m.occurred_at, lag(m.occurred_at) over (order by m.occurred_at) as earlier_at
            from public.messages m
            where m.workspace_id = ${workspaceId} and m.conversation_id = any(a.thread_ids)
              and m.occurred_at >= a.away_sent_at - interval '24 hours' and m.direction = 'inbound'
          ) inbound
          where inbound.occurred_at > a.away_sent_at
            and inbound.occurred_at >= inbound.earlier_at + interval '24 hours'
        )
      )
      and not (
        a.bot_state = 'active' and (
          exists (
            select from public.messages m
            where m.workspace_id = ${workspaceId} and m.conversation_id = any(a.thread_ids)
              and m.occurred_at >= a.last_inbound_at - interval '24 hours'
              and m.direction = 'outbound' and m.origin in ('cloud_api', 'bot')
          )
          or exists (
            select from public.kapso_conversations k
            join public.workflow_executions x
              on x.workspace_id = k.workspace_id and x.kapso_conversation_id = k.kapso_conversation_id
            where k.workspace_id = ${workspaceId} and k.conversation_id = any(a.thread_ids)
              and x.occurred_at >= a.last_inbound_at - interval '7 days'
          )
        )
      )
  `.execute(database)
  return rows
}
