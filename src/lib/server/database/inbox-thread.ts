import { sql, type RawBuilder } from 'kysely'
import { describeDeliveryError } from '../../domain/delivery-errors.ts'
import type {
  InboxChanges,
  MediaState,
  MessageDirection,
  MessageMedia,
  MessageOrigin,
  MessagePage,
  MessageReaction,
  MessageStatus,
  SendState,
  ThreadMessage,
} from '../../domain/inbox.ts'
import type { MediaReason } from '../../domain/media.ts'
import type { MediaKind, MessageContent, Referral } from '../../domain/message-content.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from './database.ts'
import { findRootConversationId } from './inbox-list.ts'
import { afterPageCursor, toPageCursor } from './page-cursor.ts'
import { selectPreview, toPreviewFacts, type PreviewRow } from './preview-facts.ts'

/** As it comes from Postgres, or as JSON, in which moments are texts. */
export interface MessageRow {
  id: string
  direction: MessageDirection
  type: string
  text: string | null
  content: MessageContent | null
  is_forwarded: boolean
  referral: Referral | null
  kapso_conversation_id: string | null
  status: MessageStatus | null
  send_state: SendState | null
  failed_at: Date | string | null
  failure_code: string | null
  origin: MessageOrigin
  author_name: string | null
  client_reference: string | null
  occurred_at: Date | string
  is_reply: boolean
  original: OriginalRow | null
  reactions: MessageReaction[]
  media_state: MediaState | null
  media_kind: MediaKind
  media_reason: MediaReason | null
  media_mime_type: string | null
  media_byte_size: number | null
  media_width: number | null
  media_height: number | null
  media_seconds: number | null
  has_thumbnail: boolean
}

/** As JSON: moments are texts in it. */
interface OriginalRow extends PreviewRow {
  id: string
  direction: MessageDirection
  origin: MessageOrigin
  type: string
  author_name: string | null
  occurred_at: string
}

/** The threads whose messages a conversation shows: its own, and those that were joined into it. */
function threadsOf(workspaceId: string, conversationId: string): RawBuilder<unknown> {
  return sql`(
    select t.workspace_id, t.id from public.conversations t
    where t.workspace_id = ${workspaceId} and t.root_id = ${conversationId}
  )`
}

/**
 * Messages of a conversation, newest first.
 *
 * @param condition narrows them; of messages (alias m), within each of its threads
 */
function selectMessages(
  workspaceId: string,
  conversationId: string,
  condition: RawBuilder<unknown>,
  limit: number,
): RawBuilder<MessageRow> {
  return sql<MessageRow>`
    select m.id, m.direction, m.type, m.text, m.content, m.is_forwarded, m.referral,
      m.kapso_conversation_id, m.status, m.send_state, m.failed_at, m.failure_code, m.origin,
      a.display_name as author_name, m.client_reference, m.occurred_at,
      m.reply_to_wamid is not null as is_reply, to_jsonb(original) as original, reacted.reactions,
      d.state as media_state, d.kind as media_kind, d.reason as media_reason, f.mime_type as media_mime_type,
      f.byte_size as media_byte_size, f.width as media_width, f.height as media_height,
      f.duration_seconds as media_seconds, f.thumbnail_path is not null as has_thumbnail
    from (
      select found.* from ${threadsOf(workspaceId, conversationId)} thread
      cross join lateral (
        select * from public.messages m
        where m.workspace_id = thread.workspace_id and m.conversation_id = thread.id and ${condition}
        order by m.occurred_at desc, m.id desc
        limit ${limit}
      ) found
      order by found.occurred_at desc, found.id desc
      limit ${limit}
    ) m
    left join public.workspace_members a on a.workspace_id = m.workspace_id and a.user_id = m.author_id
    left join public.message_media d on d.workspace_id = m.workspace_id and d.message_id = m.id
    left join public.media_files f on f.workspace_id = d.workspace_id and f.id = d.file_id
    left join lateral (
      select q.id, q.direction, q.origin, q.type, q.occurred_at, b.display_name as author_name,
        ${selectPreview('q', sql`h.duration_seconds`)}
      from public.messages q
      left join public.workspace_members b on b.workspace_id = q.workspace_id and b.user_id = q.author_id
      left join public.message_media g on g.workspace_id = q.workspace_id and g.message_id = q.id
      left join public.media_files h on h.workspace_id = g.workspace_id and h.id = g.file_id
      where q.channel_id = m.channel_id and q.wamid = m.reply_to_wamid and q.workspace_id = m.workspace_id
        and q.conversation_id in (select thread.id from ${threadsOf(workspaceId, conversationId)} thread)
    ) original on true
    cross join lateral (
      select coalesce(jsonb_agg(jsonb_build_object('direction', n.direction, 'emoji', n.emoji) order by n.direction),
        '[]') as reactions
      from public.message_reactions n
      where n.workspace_id = m.workspace_id and n.channel_id = m.channel_id and n.target_wamid = m.wamid
        and n.emoji is not null
    ) reacted
    order by m.occurred_at desc, m.id desc
  `
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
  const condition = before === null ? sql`true` : afterPageCursor('m.occurred_at', 'm.id', before)
  const { rows } = await selectMessages(workspaceId, conversationId, condition, limit + 1).execute(database)
  const messages = rows.slice(0, limit).map((row) => toMessage(row, conversationId))
  const oldest = messages.at(-1)
  return {
    messages: messages.reverse(),
    nextBefore:
      rows.length > limit && oldest !== undefined
        ? toPageCursor(new Date(oldest.occurredAt), oldest.id)
        : null,
  }
}

/** One row: what changed in a thread, and whether too much to be told piece by piece. */
export interface ThreadChangesRow {
  messages: MessageRow[]
  removed: string[]
  has_joined: boolean
}

/**
 * What changed in one thread since a transaction id: messages whose own row, file or reactions changed, replies whose
 * original came after them, and what is no more. As JSON, newest first.
 *
 * @param cursor decimal digits, checked by the caller
 */
export function selectThreadChanges(
  workspaceId: string,
  conversationId: string,
  cursor: string,
  limit: number,
): RawBuilder<ThreadChangesRow> {
  const since = sql`${cursor}::xid8`
  const threads = threadsOf(workspaceId, conversationId)
  const changed = sql`m.id in (
    select n.id from ${threads} thread
    join public.messages n on n.workspace_id = thread.workspace_id and n.conversation_id = thread.id
    where n.changed_xid >= ${since}
    union all
    select n.message_id from public.message_media n where n.workspace_id = ${workspaceId} and n.changed_xid >= ${since}
    union all
    select reply.id from ${threads} thread
    join public.messages n on n.workspace_id = thread.workspace_id and n.conversation_id = thread.id
    join public.messages reply on reply.workspace_id = n.workspace_id and reply.channel_id = n.channel_id
      and reply.reply_to_wamid = n.wamid
    where n.changed_xid >= ${since}
  )`
  return sql<ThreadChangesRow>`
    select
      (
        select coalesce(json_agg(found), '[]')
        from (${selectMessages(workspaceId, conversationId, changed, limit)}) found
      ) as messages,
      array(
        select n.message_id from ${threads} thread
        join public.message_removals n on n.workspace_id = thread.workspace_id and n.conversation_id = thread.id
        where n.changed_xid >= ${since}
      ) as removed,
      exists (
        select from public.conversation_joins j
        where j.workspace_id = ${workspaceId} and j.changed_xid >= ${since}
          and ${conversationId}::uuid in (j.loser_id, j.survivor_id)
      ) as has_joined
  `
}

/** What the page needs of such a row; messages oldest first. */
export function toThreadChanges(
  row: ThreadChangesRow | null,
  conversationId: string | null,
): Pick<InboxChanges, 'messages' | 'removedMessageIds' | 'mustReloadMessages'> {
  if (row === null || conversationId === null)
    return { messages: [], removedMessageIds: [], mustReloadMessages: false }
  return {
    messages: row.messages.map((message) => toMessage(message, conversationId)).reverse(),
    removedMessageIds: row.removed,
    mustReloadMessages: row.has_joined,
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
  const rootId = await findRootConversationId(database, workspaceId, reply.conversationId)
  if (rootId === undefined) throw new Error('the reply is not where it was put')
  const written = await selectMessages(workspaceId, rootId, sql`m.id = ${id}`, 1).execute(database)
  const [message] = written.rows
  if (message === undefined) throw new Error('the reply is not where it was put')
  return toMessage(message, rootId)
}

/** @param conversationId the conversation that shows it, whichever thread it was written in */
function toMessage(row: MessageRow, conversationId: string): ThreadMessage {
  const hasFailed = row.failed_at !== null || row.send_state === 'failed'
  return {
    id: row.id,
    conversationId,
    direction: row.direction,
    type: row.type,
    text: row.text,
    content: row.content,
    media: toMedia(row),
    isForwarded: row.is_forwarded,
    referral: row.referral,
    reactions: row.reactions,
    quote: row.is_reply ? { original: row.original === null ? null : toQuoted(row.original) } : null,
    kapsoConversationId: row.kapso_conversation_id,
    status: row.status,
    sendState: row.send_state,
    failure: hasFailed ? describeDeliveryError(row.failure_code ?? 'unknown') : null,
    origin: row.origin,
    authorName: row.author_name,
    clientReference: row.client_reference,
    occurredAt: new Date(row.occurred_at).toISOString(),
  }
}

function toMedia(row: MessageRow): MessageMedia | null {
  if (row.media_state === null) return null
  return {
    state: row.media_state,
    kind: row.media_kind,
    reason: row.media_reason,
    mimeType: row.media_mime_type,
    byteSize: row.media_byte_size,
    width: row.media_width,
    height: row.media_height,
    durationSeconds: row.media_seconds,
    hasThumbnail: row.has_thumbnail,
  }
}

function toQuoted(row: OriginalRow) {
  return {
    messageId: row.id,
    direction: row.direction,
    origin: row.origin,
    type: row.type,
    text: row.preview_text,
    preview: toPreviewFacts(row),
    authorName: row.author_name,
    occurredAt: new Date(row.occurred_at).toISOString(),
  }
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
