import { sql, type RawBuilder } from 'kysely'
import type {
  BotState,
  ConversationState,
  ConversationSummary,
  LeadStatus,
  MessageDirection,
  MessageStatus,
  SendState,
  SnoozeKind,
} from '../../domain/inbox.ts'
import { findReplyWindowEnd } from '../../domain/reply-window.ts'
import { shownColumns } from './contact-columns.ts'
import { selectPreview, toPreviewFacts, type PreviewRow } from './preview-facts.ts'

/** As much of a draft as a row can show. */
const draftLength = 120

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
  waiting_since: Date | string | null
  unread_count: number
  state: ConversationState
  snooze_kind: SnoozeKind | null
  snoozed_until: Date | string | null
  assignee_id: string | null
  assignee_name: string | null
  assigned_reason: string | null
  team_id: string | null
  team_name: string | null
  label_ids: string[]
  tie: 'merged' | 'part' | null
  lead_status: LeadStatus
  bot_state: BotState
  bot_state_reason: string | null
  bot_state_at: Date | string | null
  draft: string | null
  direction: MessageDirection
  type: string
  reaction: string | null
  reaction_direction: MessageDirection | null
  status: MessageStatus | null
  send_state: SendState | null
  has_failed: boolean
}

/** Which rows, beginning with the first in this order. */
export interface RowSelection {
  /** Of conversations (alias c) and what `joins` adds; it must keep to an index. */
  condition: RawBuilder<unknown>
  joins?: RawBuilder<unknown>
  order: RawBuilder<unknown>
  limit: number
}

/**
 * Rows of the list. They are chosen before anything is joined, and each row's company is looked up by its key in a
 * subquery that the planner leaves where it stands: with this many tables it would not find that order by itself, and
 * search for it ten times as long as the query runs. Threads that were joined into another one are not among them: the
 * one at the root stands for all, and its summary is that of all.
 */
export function selectConversations(
  inbox: InboxOf,
  { condition, joins = sql``, order, limit }: RowSelection,
): RawBuilder<ConversationRow> {
  const shown = shownColumns('p')
  return sql<ConversationRow>`
    select c.id, who.contact_id, who.contact_name, who.profile_name, who.phone, who.username,
      c.channel_id, ch.name as channel_name, c.last_activity_at, c.last_inbound_at,
      nullif(c.waiting_since, 'infinity') as waiting_since,
      greatest(c.inbound_count - coalesce(r.read_count, 0), 0) as unread_count,
      c.state, c.snooze_kind, c.snoozed_until, c.assignee_id, a.display_name as assignee_name, c.assigned_reason,
      t.id as team_id, t.name as team_name, c.label_ids, c.lead_status,
      case when c.split_from_id is not null then 'part' when c.own_label_ids is not null then 'merged' end as tie,
      c.bot_state, c.bot_state_reason, c.bot_state_at, d.draft, last.*
    from (
      select c.* from public.conversations c
      ${joins}
      where c.workspace_id = ${inbox.workspaceId} and c.is_root and c.last_message_id is not null
        and ${condition}
      order by ${order}
      limit ${sql.lit(limit)}
    ) c
    -- By ids alone: where a workspace is new, Postgres takes it for almost empty, and would look through all of it.
    cross join lateral (
      select p.id as contact_id, ${shown.name} as contact_name, i.profile_name, i.phone, i.username
      from public.contact_identities own
      join public.contact_identities i on i.id = own.root_id
      join public.contacts kept on kept.id = i.contact_id
      join public.contacts p on p.id = kept.root_id
      where own.id = c.identity_id
      limit 1
    ) who
    cross join lateral (
      select ch.name from public.channels ch where ch.workspace_id = c.workspace_id and ch.id = c.channel_id
      limit 1
    ) ch
    cross join lateral (
      select m.direction, m.type, ${selectPreview('m', sql`f.duration_seconds`)}, m.status, m.send_state,
        (m.failed_at is not null or m.send_state is not distinct from 'failed') as has_failed,
        reacted.emoji as reaction, reacted.direction as reaction_direction
      from public.messages m
      left join public.message_media d on d.workspace_id = m.workspace_id and d.message_id = m.id
      left join public.media_files f on f.workspace_id = d.workspace_id and f.id = d.file_id
      left join lateral (
        select n.emoji, n.direction
        from public.message_reactions n
        where n.workspace_id = m.workspace_id and n.channel_id = m.channel_id and n.target_wamid = m.wamid
          and n.emoji is not null
        order by n.occurred_at desc, n.direction
        limit 1
      ) reacted on true
      where m.id = c.last_message_id
      limit 1
    ) last
    left join lateral (
      select a.display_name from public.workspace_members a
      where a.workspace_id = c.workspace_id and a.user_id = c.assignee_id
      limit 1
    ) a on true
    left join lateral (
      select t.id, t.name from public.teams t where t.workspace_id = c.workspace_id and t.id = c.team_id
      limit 1
    ) t on true
    left join lateral (
      select left(d.text, ${sql.lit(draftLength)}) as draft from public.drafts d
      where d.workspace_id = c.workspace_id and d.user_id = ${inbox.userId} and d.conversation_id = c.id
      limit 1
    ) d on true
    -- By conversation, which few have read: by reader Postgres may walk through all that they ever read, for each row.
    cross join lateral (
      select max(n.read_count) filter (where n.user_id = ${inbox.userId}) as read_count
      from public.conversation_reads n
      where n.workspace_id = c.workspace_id and n.conversation_id = c.id
    ) r
    order by ${order}
  `
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
    waitingSince: toMoment(row.waiting_since),
    state: row.state,
    snoozeKind: row.snooze_kind,
    snoozedUntil: toMoment(row.snoozed_until),
    assignee: row.assignee_id === null ? null : { id: row.assignee_id, name: row.assignee_name ?? '' },
    assignedReason: row.assigned_reason,
    team: row.team_id === null ? null : { id: row.team_id, name: row.team_name ?? '' },
    labelIds: row.label_ids,
    ...(row.tie === null ? {} : { tie: row.tie }),
    leadStatus: row.lead_status,
    draft: row.draft,
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
