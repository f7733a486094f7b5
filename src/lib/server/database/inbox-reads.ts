import { sql } from 'kysely'
import { NotFound } from '../../domain/not-found.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from './database.ts'
import type { InboxOf } from './inbox-rows.ts'

/**
 * Marks everything in a conversation as read for this member, on all devices. Of one that was joined into another, the
 * one that shows it.
 *
 * @throws NotFound `conversation_not_found`
 */
export async function markRead(database: Database, inbox: InboxOf, conversationId: string): Promise<void> {
  await lockToCount(database, inbox, conversationId)
  const { rows } = await sql<{ is_found: boolean }>`
    with found as materialized (
      select c.workspace_id, c.id, c.inbound_count
      from public.conversations asked
      join public.conversations c on c.workspace_id = asked.workspace_id and c.id = asked.root_id
      where asked.workspace_id = ${inbox.workspaceId} and asked.id = ${conversationId}
    ), written as (
      insert into public.conversation_reads as r (workspace_id, conversation_id, user_id, read_count)
      select f.workspace_id, f.id, ${inbox.userId}, f.inbound_count from found f
      on conflict (workspace_id, user_id, conversation_id) do update
        set read_count = excluded.read_count, read_at = now()
        where r.read_count <> excluded.read_count
    )
    select exists (select from found) as is_found
  `.execute(database)
  if (rows[0]?.is_found !== true)
    throw new NotFound('conversation_not_found', 'This conversation does not exist')
}

/**
 * Marks a conversation as unread from a message on for this member, on all devices; from the customer's last message
 * where none of theirs comes after it.
 *
 * @returns how many are unread now
 * @throws NotFound `message_not_found` when the message is not in this conversation, or not the member's to see
 * @throws RuleViolation `nothing_to_read` when the customer never wrote
 */
export async function markUnread(
  database: Database,
  inbox: InboxOf,
  conversationId: string,
  messageId: string,
): Promise<number> {
  await lockToCount(database, inbox, conversationId).catch((error: unknown) => {
    throw error instanceof NotFound ? new NotFound('message_not_found', 'This message does not exist') : error
  })
  const { rows } = await sql<{ unread: number }>`
    with place as materialized (
      select c.workspace_id, c.id, c.inbound_count, m.occurred_at, m.id as message_id
      from public.messages m
      join public.conversations t on t.workspace_id = m.workspace_id and t.id = m.conversation_id
      join public.conversations c on c.workspace_id = t.workspace_id and c.id = t.root_id
      join public.conversations asked on asked.workspace_id = c.workspace_id and asked.root_id = c.id
      where m.workspace_id = ${inbox.workspaceId} and m.id = ${messageId} and asked.id = ${conversationId}
    ), counted as materialized (
      select p.workspace_id, p.id, least(p.inbound_count, greatest(1, (
        select count(*)::int
        from public.conversations t
        join public.messages m on m.workspace_id = t.workspace_id and m.conversation_id = t.id
        where t.workspace_id = p.workspace_id and t.root_id = p.id
          and (m.occurred_at, m.id) >= (p.occurred_at, p.message_id)
          and m.direction = 'inbound' and not m.is_silent
      ))) as unread, p.inbound_count
      from place p
    ), written as (
      insert into public.conversation_reads as r (workspace_id, conversation_id, user_id, read_count)
      select n.workspace_id, n.id, ${inbox.userId}, n.inbound_count - n.unread from counted n where n.unread > 0
      on conflict (workspace_id, user_id, conversation_id) do update
        set read_count = excluded.read_count, read_at = now()
        where r.read_count <> excluded.read_count
    )
    select n.unread from counted n
  `.execute(database)
  const [row] = rows
  if (row === undefined) throw new NotFound('message_not_found', 'This message does not exist')
  if (row.unread === 0)
    throw new RuleViolation('nothing_to_read', 'The customer has not written anything here yet.')
  return row.unread
}

/**
 * What is counted must not be regrouped at this moment: a merge, a split and their undoing move counts from one
 * conversation to another.
 *
 * @throws NotFound `conversation_not_found`
 */
async function lockToCount(
  database: Database,
  { workspaceId }: InboxOf,
  conversationId: string,
): Promise<void> {
  await sql`select from private.lock_my_conversation(${workspaceId}, ${conversationId})`
    .execute(database)
    .catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === '42501')
        throw new NotFound('conversation_not_found', 'This conversation does not exist')
      throw error
    })
}
