import { sql, type RawBuilder } from 'kysely'
import type { ThreadEvent, ThreadNote } from '../../domain/inbox.ts'
import { threadsOf } from './inbox-messages.ts'

/** As JSON or as it comes from Postgres. */
export interface NoteRow {
  id: string
  author_id: string
  author_name: string | null
  body: string
  mentioned_ids: string[]
  client_reference: string
  created_at: Date | string
  edited_at: Date | string | null
  is_deleted: boolean
}

export interface EventRow {
  id: string
  kind: string
  actor_id: string | null
  actor_name: string | null
  details: Record<string, unknown>
  occurred_at: Date | string
}

/** Nobody reads on from more than this between two messages. */
const most = 500

/**
 * Notes of a conversation and of those that were joined into it, oldest first; of very many the newest.
 *
 * @param condition narrows them; of notes (alias n)
 */
export function selectNotes(
  workspaceId: string,
  conversationId: string,
  condition: RawBuilder<unknown>,
): RawBuilder<NoteRow> {
  return sql<NoteRow>`
    select n.id, n.author_id, a.display_name as author_name, n.body, n.mentioned_ids, n.client_reference, n.created_at,
      n.edited_at, n.deleted_at is not null as is_deleted
    from (
      select n.* from ${threadsOf(workspaceId, conversationId)} thread
      join public.conversation_notes n on n.workspace_id = thread.workspace_id and n.conversation_id = thread.id
      where ${condition}
      order by n.created_at desc, n.id desc
      limit ${sql.lit(most)}
    ) n
    left join public.workspace_members a on a.workspace_id = n.workspace_id and a.user_id = n.author_id
    order by n.created_at, n.id
  `
}

/**
 * What was done to a conversation and to those that were joined into it, oldest first; of very much the newest.
 *
 * @param condition narrows it; of events (alias e)
 */
export function selectEvents(
  workspaceId: string,
  conversationId: string,
  condition: RawBuilder<unknown>,
): RawBuilder<EventRow> {
  return sql<EventRow>`
    select e.id, e.kind, e.actor_id, a.display_name as actor_name, e.details, e.occurred_at
    from (
      select e.* from ${threadsOf(workspaceId, conversationId)} thread
      join public.conversation_events e on e.workspace_id = thread.workspace_id and e.conversation_id = thread.id
      where ${condition}
        -- Told in both of two threads, shown once where one stands for both.
        and (e.kind not in ('thread_merged_away', 'thread_parted', 'thread_split_from', 'thread_rejoined')
          or e.conversation_id = ${conversationId})
      order by e.occurred_at desc, e.id desc
      limit ${sql.lit(most)}
    ) e
    left join public.workspace_members a on a.workspace_id = e.workspace_id and a.user_id = e.actor_id
    order by e.occurred_at, e.id
  `
}

/** @param conversationId the conversation that shows it, whichever thread it was written in */
export function toNote(row: NoteRow, conversationId: string): ThreadNote {
  return {
    id: row.id,
    conversationId,
    author: { id: row.author_id, name: row.author_name ?? '' },
    body: row.is_deleted ? '' : row.body,
    mentionedIds: row.mentioned_ids,
    clientReference: row.client_reference,
    createdAt: new Date(row.created_at).toISOString(),
    editedAt: row.edited_at === null ? null : new Date(row.edited_at).toISOString(),
    isDeleted: row.is_deleted,
  }
}

/** @param conversationId the conversation that shows it, whichever thread it belongs to */
export function toEvent(row: EventRow, conversationId: string): ThreadEvent {
  return {
    id: row.id,
    conversationId,
    kind: row.kind,
    actor: row.actor_id === null ? null : { id: row.actor_id, name: row.actor_name ?? '' },
    details: row.details,
    occurredAt: new Date(row.occurred_at).toISOString(),
  }
}
