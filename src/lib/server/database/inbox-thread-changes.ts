import { sql, type RawBuilder } from 'kysely'
import type { InboxChanges } from '../../domain/inbox.ts'
import { selectMessages, threadsOf, toMessage, type MessageRow } from './inbox-messages.ts'
import { selectEvents, selectNotes, toEvent, toNote, type EventRow, type NoteRow } from './inbox-notes.ts'

/** One row: what changed in a thread, and whether too much to be told piece by piece. */
export interface ThreadChangesRow {
  messages: MessageRow[]
  removed: string[]
  notes: NoteRow[]
  events: EventRow[]
  has_joined: boolean
}

/**
 * What changed in one thread since a transaction id: messages whose own row, file or reactions changed, replies whose
 * original came after them, notes and lines, and what is no more. As JSON, newest first.
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
  const changed = sql`m.id = any (array(
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
  ))`
  return sql<ThreadChangesRow>`
    select
      (
        select coalesce(json_agg(found), '[]')
        from (${selectMessages(workspaceId, conversationId, { condition: changed, limit })}) found
      ) as messages,
      (
        select coalesce(json_agg(found), '[]')
        from (${selectNotes(workspaceId, conversationId, sql`n.changed_xid >= ${since}`)}) found
      ) as notes,
      (
        select coalesce(json_agg(found), '[]')
        from (${selectEvents(workspaceId, conversationId, sql`e.changed_xid >= ${since}`)}) found
      ) as events,
      array(
        select n.message_id from ${threads} thread
        join public.message_removals n on n.workspace_id = thread.workspace_id and n.conversation_id = thread.id
        where n.changed_xid >= ${since}
      ) as removed,
      exists (
        select from public.conversation_joins j
        where j.workspace_id = ${workspaceId} and j.changed_xid >= ${since}
          and (
            ${conversationId}::uuid in (j.loser_id, j.survivor_id)
            or j.survivor_id in (select thread.id from ${threads} thread)
          )
      ) or exists (
        select from public.conversation_splits s
        where s.workspace_id = ${workspaceId} and s.changed_xid >= ${since}
          and ${conversationId}::uuid in (s.origin_id, s.part_id)
      ) as has_joined
  `
}

/** What the page needs of such a row; messages oldest first. */
export function toThreadChanges(
  row: ThreadChangesRow | null,
  conversationId: string | null,
): Pick<InboxChanges, 'messages' | 'removedMessageIds' | 'mustReloadMessages' | 'notes' | 'events'> {
  if (row === null || conversationId === null)
    return { messages: [], removedMessageIds: [], mustReloadMessages: false, notes: [], events: [] }
  return {
    messages: row.messages.map((message) => toMessage(message, conversationId)).reverse(),
    removedMessageIds: row.removed,
    mustReloadMessages: row.has_joined,
    notes: row.notes.map((note) => toNote(note, conversationId)),
    events: row.events.map((event) => toEvent(event, conversationId)),
  }
}
