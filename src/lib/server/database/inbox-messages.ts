import { sql, type RawBuilder } from 'kysely'
import { describeDeliveryError } from '../../domain/delivery-errors.ts'
import type {
  MediaState,
  MessageDirection,
  MessageMedia,
  MessageOrigin,
  MessageReaction,
  MessageStatus,
  SendState,
  ThreadMessage,
} from '../../domain/inbox.ts'
import type { MediaReason } from '../../domain/media.ts'
import type { MediaKind, MessageContent, Referral } from '../../domain/message-content.ts'
import { getLocale } from '../../i18n/generated/runtime.js'
import { selectPreview, toPreviewFacts, type PreviewRow } from './preview-facts.ts'

/** As it comes from Postgres, or as JSON, in which moments are texts. */
export interface MessageRow {
  id: string
  thread_id: string
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
  send_at: Date | string | null
  undo_until: Date | string | null
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
export function threadsOf(workspaceId: string, conversationId: string): RawBuilder<unknown> {
  return sql`(
    select t.workspace_id, t.id from public.conversations t
    where t.workspace_id = ${workspaceId} and t.root_id = ${conversationId}
  )`
}

/** The same with what was split off them, and what they were split off: replies quote across the cut. */
function quotableThreadsOf(workspaceId: string, conversationId: string): RawBuilder<unknown> {
  return sql`(
    select shown.id from ${threadsOf(workspaceId, conversationId)} shown
    union all
    select p.id from ${threadsOf(workspaceId, conversationId)} shown
    join public.conversations p on p.workspace_id = shown.workspace_id and p.split_from_id = shown.id
    union all
    select o.id
    from public.conversations t
    join public.conversations o on o.workspace_id = t.workspace_id
      and (o.id = t.split_from_id or o.split_from_id = t.split_from_id)
    where t.workspace_id = ${workspaceId} and t.root_id = ${conversationId} and t.split_from_id is not null
  )`
}

/** The first messages in an order of time. */
export interface MessageSelection {
  /** Narrows them; of messages (alias m), within each of the conversation's threads. */
  condition: RawBuilder<unknown>
  limit: number
  /** Newest first if not given. */
  order?: 'newest' | 'oldest'
}

/** Messages of a conversation, in that order. */
export function selectMessages(
  workspaceId: string,
  conversationId: string,
  { condition, limit, order = 'newest' }: MessageSelection,
): RawBuilder<MessageRow> {
  const direction = order === 'newest' ? sql`desc` : sql`asc`
  return sql<MessageRow>`
    select m.id, m.conversation_id as thread_id, m.direction, m.type, m.text, m.content, m.is_forwarded, m.referral,
      m.kapso_conversation_id, m.status, m.send_state, m.failed_at, m.failure_code, m.origin,
      a.display_name as author_name, m.client_reference, m.occurred_at,
      m.send_at, m.undo_until,
      m.reply_to_wamid is not null as is_reply, to_jsonb(original) as original, reacted.reactions,
      d.state as media_state, d.kind as media_kind, d.reason as media_reason, f.mime_type as media_mime_type,
      f.byte_size as media_byte_size, f.width as media_width, f.height as media_height,
      f.duration_seconds as media_seconds, f.thumbnail_path is not null as has_thumbnail
    from (
      select found.* from ${threadsOf(workspaceId, conversationId)} thread
      cross join lateral (
        select * from public.messages m
        where m.workspace_id = thread.workspace_id and m.conversation_id = thread.id and ${condition}
        order by m.occurred_at ${direction}, m.id ${direction}
        limit ${limit}
      ) found
      order by found.occurred_at ${direction}, found.id ${direction}
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
        and q.conversation_id in (select thread.id from ${quotableThreadsOf(workspaceId, conversationId)} thread)
    ) original on true
    cross join lateral (
      select coalesce(jsonb_agg(jsonb_build_object('direction', n.direction, 'emoji', n.emoji) order by n.direction),
        '[]') as reactions
      from public.message_reactions n
      where n.workspace_id = m.workspace_id and n.channel_id = m.channel_id and n.target_wamid = m.wamid
        and n.emoji is not null
    ) reacted
    order by m.occurred_at ${direction}, m.id ${direction}
  `
}

/** @param conversationId the conversation that shows it, whichever thread it was written in */
export function toMessage(row: MessageRow, conversationId: string): ThreadMessage {
  const hasFailed = row.failed_at !== null || row.send_state === 'failed'
  return {
    id: row.id,
    conversationId,
    ...(row.thread_id === conversationId ? {} : { threadId: row.thread_id }),
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
    failure: hasFailed ? describeDeliveryError(row.failure_code ?? 'unknown', getLocale()) : null,
    origin: row.origin,
    authorName: row.author_name,
    clientReference: row.client_reference,
    sendAt: row.send_state === 'waiting' ? toMoment(row.send_at) : null,
    undoUntil: row.send_state === 'waiting' ? toMoment(row.undo_until) : null,
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

function toMoment(at: Date | string | null): string | null {
  return at === null ? null : new Date(at).toISOString()
}
