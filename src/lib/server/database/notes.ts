import { sql, type RawBuilder } from 'kysely'
import type { ThreadNote } from '../../domain/inbox.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import { toRefusal, type ConversationOf } from './conversation-states.ts'
import type { Database } from './database.ts'

export interface NewNote {
  /** Chosen by the browser: the same note is never written twice. */
  clientReference: string
  body: string
  /** User ids of those whom it calls. */
  mentionedIds: string[]
}

/**
 * Writes a note for colleagues. The same client reference again gives the same note.
 *
 * @throws NotFound `conversation_not_found`
 * @throws RuleViolation `text_length` (1 to 4096 characters); `cannot_mention` when somebody who is called is no member,
 *   or does not see the conversation
 */
export function writeNote(
  database: Database,
  { workspaceId, conversationId }: ConversationOf,
  { clientReference, body, mentionedIds }: NewNote,
): Promise<ThreadNote> {
  return readNote(
    database,
    conversationId,
    sql`private.write_note(${workspaceId}, ${conversationId}, ${clientReference}, ${body}, ${mentionedIds}::uuid[])`,
  )
}

/**
 * Changes the words of one's own note.
 *
 * @throws NotFound `conversation_not_found`, `note_not_found`, also for a deleted one
 * @throws RuleViolation `not_author`, `text_length`
 */
export function editNote(
  database: Database,
  { workspaceId, conversationId }: ConversationOf,
  noteId: string,
  body: string,
): Promise<ThreadNote> {
  return readNote(
    database,
    conversationId,
    sql`private.change_note(${workspaceId}, ${conversationId}, ${noteId}, ${body})`,
  )
}

/**
 * Empties a note for good: one's own, or, as an owner or admin, anybody's. Again does nothing.
 *
 * @throws NotFound `conversation_not_found`, `note_not_found`; RuleViolation `not_author`
 */
export function deleteNote(
  database: Database,
  { workspaceId, conversationId }: ConversationOf,
  noteId: string,
): Promise<ThreadNote> {
  return readNote(
    database,
    conversationId,
    sql`private.change_note(${workspaceId}, ${conversationId}, ${noteId}, null)`,
  )
}

interface NoteRow {
  id: string
  author_id: string
  author_name: string | null
  body: string
  mentioned_ids: string[]
  client_reference: string
  created_at: Date
  edited_at: Date | null
  deleted_at: Date | null
}

/** @param conversationId the conversation that shows it, whichever thread it was written in */
async function readNote(
  database: Database,
  conversationId: string,
  call: RawBuilder<unknown>,
): Promise<ThreadNote> {
  const { rows } = await sql<NoteRow>`
    select n.id, n.author_id, m.display_name as author_name, n.body, n.mentioned_ids, n.client_reference, n.created_at,
      n.edited_at, n.deleted_at
    from ${call} n
    left join public.workspace_members m on m.workspace_id = n.workspace_id and m.user_id = n.author_id
  `
    .execute(database)
    .catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === '23514') {
        throw new RuleViolation('text_length', 'A note has 1 to 4096 characters.')
      }
      throw toRefusal(error)
    })
  const [row] = rows
  if (row === undefined) throw new Error('the note was not returned')
  return {
    id: row.id,
    conversationId,
    author: { id: row.author_id, name: row.author_name ?? '' },
    body: row.body,
    mentionedIds: row.mentioned_ids,
    clientReference: row.client_reference,
    createdAt: row.created_at.toISOString(),
    editedAt: row.edited_at?.toISOString() ?? null,
    isDeleted: row.deleted_at !== null,
  }
}
