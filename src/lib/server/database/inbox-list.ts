import { sql, type RawBuilder } from 'kysely'
import { findReplyWindowEnd } from '../../domain/reply-window.ts'
import type {
  BotState,
  ConversationPage,
  ConversationSummary,
  MessageDirection,
  MessageStatus,
  SendState,
} from '../../domain/inbox.ts'
import type { Database } from './database.ts'
import { afterPageCursor, toPageCursor } from './page-cursor.ts'
import { selectPreview, toPreviewFacts, type PreviewRow } from './preview-facts.ts'

/** Whose inbox: every query names the workspace as well, although row-level security would find it too. */
export interface InboxOf {
  workspaceId: string
  userId: string
}

/** As it comes from Postgres, or as JSON, in which moments are texts. */
export interface ConversationRow extends PreviewRow {
  id: string
  contact_id: string
  contact_name: string | null
  profile_name: string | null
  phone: string | null
  username: string | null
  channel_id: string
  channel_name: string
  last_activity_at: Date | string
  last_inbound_at: Date | string | null
  unread_count: number
  bot_state: BotState
  bot_state_reason: string | null
  bot_state_at: Date | string | null
  direction: MessageDirection
  type: string
  reaction: string | null
  reaction_direction: MessageDirection | null
  status: MessageStatus | null
  send_state: SendState | null
  has_failed: boolean
}

/**
 * Rows of the list, newest activity first. They are chosen before anything is joined: with this many tables the planner
 * would not find that order by itself. Threads that were joined into another one are not among them: the one at the
 * root stands for all, and its summary is that of all.
 *
 * @param condition narrows it; it must keep to an index of conversations (alias c)
 */
export function selectConversations(
  inbox: InboxOf,
  condition: RawBuilder<unknown>,
  limit: number,
): RawBuilder<ConversationRow> {
  return sql<ConversationRow>`
    select c.id, p.id as contact_id, p.name as contact_name, i.profile_name, i.phone, i.username,
      ch.id as channel_id, ch.name as channel_name, c.last_activity_at, c.last_inbound_at,
      greatest(c.inbound_count - coalesce(r.read_count, 0), 0) as unread_count,
      c.bot_state, c.bot_state_reason, c.bot_state_at,
      m.direction, m.type, ${selectPreview('m', sql`f.duration_seconds`)}, m.status, m.send_state,
      (m.failed_at is not null or m.send_state is not distinct from 'failed') as has_failed,
      reacted.emoji as reaction, reacted.direction as reaction_direction
    from (
      select c.* from public.conversations c
      where c.workspace_id = ${inbox.workspaceId} and c.is_root and c.last_message_id is not null
        and ${condition}
      order by c.last_activity_at desc, c.id desc
      limit ${limit}
    ) c
    join public.contact_identities own on own.workspace_id = c.workspace_id and own.id = c.identity_id
    join public.contact_identities i on i.workspace_id = own.workspace_id and i.id = own.root_id
    join public.contacts kept on kept.workspace_id = i.workspace_id and kept.id = i.contact_id
    join public.contacts p on p.workspace_id = kept.workspace_id and p.id = kept.root_id
    join public.channels ch on ch.workspace_id = c.workspace_id and ch.id = c.channel_id
    join public.messages m on m.workspace_id = c.workspace_id and m.id = c.last_message_id
    left join public.message_media d on d.workspace_id = m.workspace_id and d.message_id = m.id
    left join public.media_files f on f.workspace_id = d.workspace_id and f.id = d.file_id
    left join lateral (
      select n.emoji, n.direction
      from public.message_reactions n
      where n.workspace_id = c.workspace_id and n.channel_id = m.channel_id and n.target_wamid = m.wamid
        and n.emoji is not null
      order by n.occurred_at desc, n.direction
      limit 1
    ) reacted on true
    -- By conversation, which few have read: by reader Postgres may walk through all that they ever read, for each row.
    cross join lateral (
      select max(n.read_count) filter (where n.user_id = ${inbox.userId}) as read_count
      from public.conversation_reads n
      where n.workspace_id = c.workspace_id and n.conversation_id = c.id
    ) r
    order by c.last_activity_at desc, c.id desc
  `
}

/**
 * One page of the list.
 *
 * @param before `nextBefore` of the page above it
 * @throws RuleViolation `bad_cursor` when `before` is none of ours
 */
export async function listConversations(
  database: Database,
  inbox: InboxOf,
  before: string | null = null,
  limit = 50,
): Promise<ConversationPage> {
  const condition = before === null ? sql`true` : afterPageCursor('c.last_activity_at', 'c.id', before)
  const { rows } = await selectConversations(inbox, condition, limit + 1).execute(database)
  const conversations = rows.slice(0, limit).map(toSummary)
  const last = conversations.at(-1)
  return {
    conversations,
    nextBefore:
      rows.length > limit && last !== undefined ? toPageCursor(new Date(last.lastActivityAt), last.id) : null,
  }
}

/** One conversation, or undefined when it is not the member's to see. */
export async function findConversation(
  database: Database,
  inbox: InboxOf,
  conversationId: string,
): Promise<ConversationSummary | undefined> {
  const { rows } = await selectConversations(inbox, sql`c.id = ${conversationId}`, 1).execute(database)
  return rows[0] && toSummary(rows[0])
}

/** The conversation that stands for one that was joined into it; undefined where there is none, or none to see. */
export async function findRootConversationId(
  database: Database,
  workspaceId: string,
  conversationId: string,
): Promise<string | undefined> {
  const row = await database
    .selectFrom('conversations')
    .select('root_id')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', conversationId)
    .executeTakeFirst()
  return row?.root_id
}

/** Unread messages over all of the member's conversations. */
export async function countUnread(database: Database, inbox: InboxOf): Promise<number> {
  const { rows } = await sql<{ unread: number }>`
    select coalesce(sum(greatest(c.inbound_count - coalesce(r.read_count, 0), 0)), 0)::int as unread
    from public.conversations c
    left join public.conversation_reads r
      on r.workspace_id = c.workspace_id and r.conversation_id = c.id and r.user_id = ${inbox.userId}
    where c.workspace_id = ${inbox.workspaceId} and c.is_root and c.inbound_count > 0
  `.execute(database)
  return rows[0]?.unread ?? 0
}

/** Marks everything in a conversation as read for this member, on all devices. */
export async function markRead(database: Database, inbox: InboxOf, conversationId: string): Promise<void> {
  await sql`
    insert into public.conversation_reads as r (workspace_id, conversation_id, user_id, read_count)
    select c.workspace_id, c.id, ${inbox.userId}, c.inbound_count
    from public.conversations asked
    join public.conversations c on c.workspace_id = asked.workspace_id and c.id = asked.root_id
    where asked.workspace_id = ${inbox.workspaceId} and asked.id = ${conversationId}
    on conflict (workspace_id, user_id, conversation_id) do update
      set read_count = excluded.read_count, read_at = now()
      where r.read_count <> excluded.read_count
  `.execute(database)
}

export function toSummary(row: ConversationRow): ConversationSummary {
  const lastInboundAt = row.last_inbound_at === null ? null : new Date(row.last_inbound_at)
  const address = row.phone ?? (row.username === null ? null : `@${row.username}`)
  return {
    id: row.id,
    contactId: row.contact_id,
    contactName: row.contact_name ?? row.profile_name ?? address ?? 'WhatsApp user',
    address,
    channelId: row.channel_id,
    channelName: row.channel_name,
    lastMessage: {
      direction: row.direction,
      type: row.type,
      text: row.preview_text,
      preview: toPreviewFacts(row),
      reaction:
        row.reaction === null || row.reaction_direction === null
          ? null
          : { emoji: row.reaction, direction: row.reaction_direction },
      status: row.status,
      sendState: row.send_state,
      hasFailed: row.has_failed,
    },
    lastActivityAt: new Date(row.last_activity_at).toISOString(),
    unreadCount: row.unread_count,
    windowClosesAt: toMoment(findReplyWindowEnd(lastInboundAt)),
    bot: {
      state: row.bot_state,
      reason: row.bot_state_reason,
      since: toMoment(row.bot_state_at),
    },
  }
}

function toMoment(at: Date | string | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
