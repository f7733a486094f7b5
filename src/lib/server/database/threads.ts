import { sql } from 'kysely'
import type { StatusEntry } from '../kapso/read-event.ts'
import type { Database } from './database.ts'

/** A thread that a batch needs: unique by channel and WhatsApp account. */
export interface ThreadKey {
  channelId: string
  identityId: string
  /** Provider time of the message that asks for it. */
  seenAt: Date
}

/** Finds or makes the threads of a batch. Returns conversation ids by `channelId identityId`. */
export async function ensureConversations(
  database: Database,
  workspaceId: string,
  keys: ThreadKey[],
): Promise<Map<string, string>> {
  const unique = [...new Map(keys.map((key) => [`${key.channelId} ${key.identityId}`, key])).values()]
  const channelIds = unique.map((key) => key.channelId)
  const identityIds = unique.map((key) => key.identityId)
  await sql`
    insert into public.conversations (workspace_id, channel_id, identity_id, last_activity_at)
    select ${workspaceId}, k.channel_id, k.identity_id, k.seen_at
    from unnest(${channelIds}::uuid[], ${identityIds}::uuid[],
      ${unique.map((key) => key.seenAt.toISOString())}::timestamptz[]) as k (channel_id, identity_id, seen_at)
    on conflict (channel_id, identity_id) do nothing
  `.execute(database)
  const { rows } = await sql<{ id: string; channel_id: string; identity_id: string }>`
    select c.id, c.channel_id, c.identity_id
    from public.conversations c
    join unnest(${channelIds}::uuid[], ${identityIds}::uuid[]) as k (channel_id, identity_id)
      on c.channel_id = k.channel_id and c.identity_id = k.identity_id
    where c.workspace_id = ${workspaceId}
  `.execute(database)
  return new Map(rows.map((row) => [`${row.channel_id} ${row.identity_id}`, row.id]))
}

/** A Kapso conversation: a session of activity in a thread. */
export interface SessionRow {
  kapsoConversationId: string
  conversationId: string
  seenAt: Date
}

/** Notes which Kapso conversations belong to which thread. One that is known keeps its thread. */
export async function recordSessions(
  database: Database,
  workspaceId: string,
  sessions: SessionRow[],
): Promise<void> {
  const earliest = new Map<string, SessionRow>()
  for (const session of sessions) {
    const known = earliest.get(session.kapsoConversationId)
    if (known === undefined || session.seenAt < known.seenAt)
      earliest.set(session.kapsoConversationId, session)
  }
  if (earliest.size === 0) return
  await database
    .insertInto('kapso_conversations')
    .values(
      [...earliest.values()].map((session) => ({
        workspace_id: workspaceId,
        kapso_conversation_id: session.kapsoConversationId,
        conversation_id: session.conversationId,
        first_seen_at: session.seenAt,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['workspace_id', 'kapso_conversation_id'])
        .doUpdateSet({
          first_seen_at: (expression) =>
            expression.fn<Date>('least', [
              'kapso_conversations.first_seen_at',
              expression.ref('excluded.first_seen_at'),
            ]),
        })
        .where(({ eb, ref }) => eb('kapso_conversations.first_seen_at', '>', ref('excluded.first_seen_at'))),
    )
    .execute()
}

/** A message as ingest writes it. */
export interface NewMessage {
  id: string
  conversationId: string
  channelId: string
  wamid: string
  direction: 'inbound' | 'outbound'
  origin: 'cloud_api' | 'business_app' | 'history_sync'
  text: string
  kapsoConversationId: string | null
  replyToWamid: string | null
  occurredAt: Date
}

/** Writes messages; one whose wamid the channel has already is left as it is. */
export async function insertMessages(
  database: Database,
  workspaceId: string,
  messages: NewMessage[],
): Promise<void> {
  if (messages.length === 0) return
  await database
    .insertInto('messages')
    .values(
      messages.map((message) => ({
        id: message.id,
        workspace_id: workspaceId,
        conversation_id: message.conversationId,
        channel_id: message.channelId,
        wamid: message.wamid,
        direction: message.direction,
        origin: message.origin,
        type: 'text',
        text: message.text,
        kapso_conversation_id: message.kapsoConversationId,
        reply_to_wamid: message.replyToWamid,
        occurred_at: message.occurredAt,
      })),
    )
    .onConflict((conflict) => conflict.columns(['channel_id', 'wamid']).doNothing())
    .execute()
}

/** A raw status of one message. */
export interface NewStatus extends StatusEntry {
  channelId: string
  wamid: string
  webhookEventId: number
}

/** Keeps every raw status, and brings the messages that are here up to them. */
export async function recordStatuses(
  database: Database,
  workspaceId: string,
  statuses: NewStatus[],
): Promise<void> {
  if (statuses.length === 0) return
  await database
    .insertInto('message_statuses')
    .values(
      statuses.map((status) => ({
        workspace_id: workspaceId,
        channel_id: status.channelId,
        wamid: status.wamid,
        status: status.status,
        occurred_at: status.occurredAt,
        error:
          status.errorCode === null
            ? null
            : JSON.stringify({ code: status.errorCode, title: status.errorTitle }),
        webhook_event_id: status.webhookEventId,
      })),
    )
    .onConflict((conflict) => conflict.columns(['channel_id', 'wamid', 'status', 'occurred_at']).doNothing())
    .execute()
}

/** Recomputes the status of messages from all that was ever told of them. */
export async function settleStatuses(
  database: Database,
  touched: { channelId: string; wamid: string }[],
): Promise<void> {
  if (touched.length === 0) return
  await sql`select private.settle_message_statuses(
    ${touched.map((entry) => entry.channelId)}::uuid[], ${touched.map((entry) => entry.wamid)}::text[])`.execute(
    database,
  )
}

/**
 * Locks every thread that a batch will touch, in one order: those of its messages and those whose messages its statuses
 * are about. Without it two batches that each bring a message for one thread and a status for the other wait for each
 * other.
 */
export async function lockConversations(
  database: Database,
  workspaceId: string,
  conversationIds: string[],
  touched: { channelId: string; wamid: string }[],
): Promise<void> {
  await sql`
    select from public.conversations c
    where c.workspace_id = ${workspaceId} and c.id in (
      select unnest(${conversationIds}::uuid[])
      union
      select m.conversation_id
      from public.messages m
      join unnest(${touched.map((entry) => entry.channelId)}::uuid[], ${touched.map((entry) => entry.wamid)}::text[])
        as t (channel_id, wamid) using (channel_id, wamid)
    )
    order by c.id
    for no key update
  `.execute(database)
}
