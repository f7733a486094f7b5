import { sql, type RawBuilder } from 'kysely'
import { findReplyWindowEnd } from '../../domain/reply-window.ts'
import { describeDeliveryError } from '../../domain/delivery-errors.ts'
import type {
  ConversationPage,
  ConversationSummary,
  InboxChanges,
  MessageDirection,
  MessageOrigin,
  MessagePage,
  MessageStatus,
  SendState,
  ThreadMessage,
} from '../../domain/inbox.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from './database.ts'

/** Whose inbox: every query names the workspace as well, although row-level security would find it too. */
export interface InboxOf {
  workspaceId: string
  userId: string
}

const previewLength = 200

interface ConversationRow {
  id: string
  contact_id: string
  contact_name: string | null
  profile_name: string | null
  phone: string | null
  username: string | null
  channel_id: string
  channel_name: string
  last_activity_at: Date
  last_inbound_at: Date | null
  unread_count: number
  direction: MessageDirection | null
  type: string | null
  preview: string | null
  status: MessageStatus | null
  send_state: SendState | null
  has_failed: boolean | null
}

/** The list, newest activity first. `condition` narrows it; it must keep to the index on (workspace, activity). */
async function selectConversations(
  database: Database,
  inbox: InboxOf,
  condition: RawBuilder<unknown>,
  limit: number,
): Promise<ConversationRow[]> {
  const { rows } = await sql<ConversationRow>`
    select c.id, p.id as contact_id, p.name as contact_name, i.profile_name, i.phone, i.username,
      ch.id as channel_id, ch.name as channel_name, c.last_activity_at, c.last_inbound_at,
      greatest(c.inbound_count - coalesce(r.read_count, 0), 0) as unread_count,
      m.direction, m.type, left(m.text, ${sql.lit(previewLength)}) as preview, m.status, m.send_state,
      (m.failed_at is not null or m.send_state = 'failed') as has_failed
    from public.conversations c
    join public.contact_identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
    join public.contacts p on p.workspace_id = c.workspace_id and p.id = i.contact_id
    join public.channels ch on ch.workspace_id = c.workspace_id and ch.id = c.channel_id
    join public.messages m on m.workspace_id = c.workspace_id and m.id = c.last_message_id
    left join public.conversation_reads r
      on r.workspace_id = c.workspace_id and r.conversation_id = c.id and r.user_id = ${inbox.userId}
    where c.workspace_id = ${inbox.workspaceId} and ${condition}
    order by c.last_activity_at desc, c.id desc
    limit ${limit}
  `.execute(database)
  return rows
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
  const condition = before === null ? sql`true` : afterInList('c.last_activity_at', 'c.id', before)
  const rows = await selectConversations(database, inbox, condition, limit + 1)
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  return {
    conversations: page.map(toSummary),
    nextBefore: rows.length > limit && last !== undefined ? toCursor(last.last_activity_at, last.id) : null,
  }
}

/** One conversation, or undefined when it is not the member's to see. */
export async function findConversation(
  database: Database,
  inbox: InboxOf,
  conversationId: string,
): Promise<ConversationSummary | undefined> {
  const [row] = await selectConversations(database, inbox, sql`c.id = ${conversationId}`, 1)
  return row === undefined ? undefined : toSummary(row)
}

/** Unread messages over all of the member's conversations. */
export async function countUnread(database: Database, inbox: InboxOf): Promise<number> {
  const { rows } = await sql<{ unread: number }>`
    select coalesce(sum(greatest(c.inbound_count - coalesce(r.read_count, 0), 0)), 0)::int as unread
    from public.conversations c
    left join public.conversation_reads r
      on r.workspace_id = c.workspace_id and r.conversation_id = c.id and r.user_id = ${inbox.userId}
    where c.workspace_id = ${inbox.workspaceId} and c.inbound_count > 0
  `.execute(database)
  return rows[0]?.unread ?? 0
}

interface MessageRow {
  id: string
  conversation_id: string
  direction: MessageDirection
  type: string
  text: string | null
  status: MessageStatus | null
  send_state: SendState | null
  failed_at: Date | null
  failure_code: string | null
  origin: MessageOrigin
  author_name: string | null
  client_reference: string | null
  occurred_at: Date
}

async function selectMessages(
  database: Database,
  workspaceId: string,
  conversationId: string,
  condition: RawBuilder<unknown>,
  limit: number,
): Promise<MessageRow[]> {
  const { rows } = await sql<MessageRow>`
    select m.id, m.conversation_id, m.direction, m.type, m.text, m.status, m.send_state, m.failed_at, m.failure_code,
      m.origin, a.display_name as author_name, m.client_reference, m.occurred_at
    from public.messages m
    left join public.workspace_members a on a.workspace_id = m.workspace_id and a.user_id = m.author_id
    where m.workspace_id = ${workspaceId} and m.conversation_id = ${conversationId} and ${condition}
    order by m.occurred_at desc, m.id desc
    limit ${limit}
  `.execute(database)
  return rows
}

/**
 * One page of a thread, oldest first.
 *
 * @param before `nextBefore` of the page below it
 * @throws RuleViolation `bad_cursor` when `before` is none of ours
 */
export async function listMessages(
  database: Database,
  workspaceId: string,
  conversationId: string,
  before: string | null = null,
  limit = 50,
): Promise<MessagePage> {
  const condition = before === null ? sql`true` : afterInList('m.occurred_at', 'm.id', before)
  const rows = await selectMessages(database, workspaceId, conversationId, condition, limit + 1)
  const page = rows.slice(0, limit)
  const oldest = page.at(-1)
  return {
    messages: page.map(toMessage).reverse(),
    nextBefore: rows.length > limit && oldest !== undefined ? toCursor(oldest.occurred_at, oldest.id) : null,
  }
}

/**
 * The cursor for the next catch-up: the oldest transaction that was still running. Whatever is not visible yet carries
 * this id or a later one, whenever it commits. Ask for it before reading what it stands for.
 */
export async function readCursor(database: Database): Promise<string> {
  const { rows } = await sql<{ cursor: string }>`
    select pg_snapshot_xmin(pg_current_snapshot())::text as cursor
  `.execute(database)
  const [row] = rows
  if (row === undefined) throw new Error('Postgres gave no snapshot')
  return row.cursor
}

/** More than this in one catch-up: the page loads itself anew instead. */
const mostChanges = 500

/**
 * What changed since a cursor: conversations, also those that the member has read elsewhere, and the messages of the
 * one that is open. Rows may come again; applying them twice changes nothing.
 *
 * @throws RuleViolation `bad_cursor` for a cursor that is none
 */
export async function findChanges(
  database: Database,
  inbox: InboxOf,
  cursor: string,
  conversationId: string | null,
): Promise<InboxChanges> {
  if (!/^\d{1,20}$/.test(cursor)) throw new RuleViolation('bad_cursor', 'The cursor cannot be read')
  const next = await readCursor(database)
  const conversations = await selectConversations(
    database,
    inbox,
    sql`c.id in (
      select n.id from public.conversations n
      where n.workspace_id = ${inbox.workspaceId} and n.changed_xid >= ${cursor}::xid8
      union
      select n.conversation_id from public.conversation_reads n
      where n.workspace_id = ${inbox.workspaceId} and n.user_id = ${inbox.userId} and n.changed_xid >= ${cursor}::xid8
    )`,
    mostChanges,
  )
  const thread =
    conversationId === null
      ? { messages: [], removedMessageIds: [] }
      : await findThreadChanges(database, inbox.workspaceId, conversationId, cursor)
  return {
    cursor: next,
    conversations: conversations.map(toSummary),
    removedConversationIds: [],
    ...thread,
    unreadTotal: await countUnread(database, inbox),
  }
}

async function findThreadChanges(
  database: Database,
  workspaceId: string,
  conversationId: string,
  cursor: string,
): Promise<Pick<InboxChanges, 'messages' | 'removedMessageIds'>> {
  const changed = sql`m.changed_xid >= ${cursor}::xid8`
  const messages = await selectMessages(database, workspaceId, conversationId, changed, mostChanges)
  const removals = await database
    .selectFrom('message_removals')
    .select('message_id')
    .where('workspace_id', '=', workspaceId)
    .where('conversation_id', '=', conversationId)
    .where('changed_xid', '>=', sql<string>`${cursor}::xid8`)
    .execute()
  return {
    messages: messages.map(toMessage).reverse(),
    removedMessageIds: removals.map((row) => row.message_id),
  }
}

/**
 * Puts a reply into the outbox. The same client reference again gives the same message.
 *
 * @throws RuleViolation `window_closed`, `text_length` or `not_found`
 */
export async function queueReply(
  database: Database,
  workspaceId: string,
  reply: { conversationId: string; clientReference: string; text: string },
): Promise<ThreadMessage> {
  const { rows } = await sql<{ id: string }>`
    select (private.queue_reply(${workspaceId}, ${reply.conversationId}, ${reply.clientReference}, ${reply.text})).id
  `
    .execute(database)
    .catch((error: unknown) => {
      throw toRuleViolation(error)
    })
  const id = rows[0]?.id
  const [row] = await selectMessages(database, workspaceId, reply.conversationId, sql`m.id = ${id}`, 1)
  if (row === undefined) throw new Error('the reply is not where it was put')
  return toMessage(row)
}

/** Marks everything in a conversation as read for this member, on all devices. */
export async function markRead(database: Database, inbox: InboxOf, conversationId: string): Promise<void> {
  await sql`
    insert into public.conversation_reads as r (workspace_id, conversation_id, user_id, read_count)
    select c.workspace_id, c.id, ${inbox.userId}, c.inbound_count
    from public.conversations c
    where c.workspace_id = ${inbox.workspaceId} and c.id = ${conversationId}
    on conflict (workspace_id, user_id, conversation_id) do update
      set read_count = excluded.read_count, read_at = now()
      where r.read_count <> excluded.read_count
  `.execute(database)
}

function toSummary(row: ConversationRow): ConversationSummary {
  const address = row.phone ?? (row.username === null ? null : `@${row.username}`)
  return {
    id: row.id,
    contactId: row.contact_id,
    contactName: row.contact_name ?? row.profile_name ?? address ?? 'WhatsApp user',
    address,
    channelId: row.channel_id,
    channelName: row.channel_name,
    lastMessage:
      row.direction === null || row.type === null
        ? null
        : {
            direction: row.direction,
            type: row.type,
            text: row.preview,
            status: row.status,
            sendState: row.send_state,
            hasFailed: row.has_failed ?? false,
          },
    lastActivityAt: row.last_activity_at.toISOString(),
    unreadCount: row.unread_count,
    windowClosesAt: findReplyWindowEnd(row.last_inbound_at)?.toISOString() ?? null,
  }
}

function toMessage(row: MessageRow): ThreadMessage {
  const hasFailed = row.failed_at !== null || row.send_state === 'failed'
  return {
    id: row.id,
    conversationId: row.conversation_id,
    direction: row.direction,
    type: row.type,
    text: row.text,
    status: row.status,
    sendState: row.send_state,
    failure: hasFailed ? describeDeliveryError(row.failure_code ?? 'unknown') : null,
    origin: row.origin,
    authorName: row.author_name,
    clientReference: row.client_reference,
    occurredAt: row.occurred_at.toISOString(),
  }
}

function toCursor(moment: Date, id: string): string {
  return `${moment.toISOString()}_${id}`
}

/** The rows that come after a cursor in (moment desc, id desc). */
function afterInList(moment: string, id: string, cursor: string): RawBuilder<unknown> {
  const match = /^(\d{4}-\d\d-\d\dT[\d:.]+Z)_([0-9a-f-]{36})$/.exec(cursor)
  if (match === null) throw new RuleViolation('bad_cursor', 'The cursor cannot be read')
  return sql`(${sql.ref(moment)}, ${sql.ref(id)}) < (${match[1]}::timestamptz, ${match[2]}::uuid)`
}

function toRuleViolation(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  if (error.code === 'P0001' && error.message === 'window_closed') {
    return new RuleViolation(
      'window_closed',
      'The 24 hours since the last message of this customer are over. Only a template can be sent now.',
    )
  }
  if (error.code === '23514') return new RuleViolation('text_length', 'A message has 1 to 4096 characters.')
  if (error.code === '42501') return new RuleViolation('not_found', 'This conversation does not exist.')
  return error
}
