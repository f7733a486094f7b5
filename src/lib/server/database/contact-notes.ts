import { sql } from 'kysely'
import { NotFound } from '../../domain/not-found.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import { lockContacts } from './contact-bulk.ts'
import type { Database } from './database.ts'
import { writeNote } from './notes.ts'

interface NoteOf {
  workspaceId: string
  contactId: string
}

/**
 * Writes a note on one person: beside the messages of one of their conversations, and where there is none that the member
 * sees, on the contact itself. The same client reference again gives the same note.
 *
 * @param conversationId null for the one that was active last
 * @returns its id, and the conversation that shows it; null for none
 * @throws RuleViolation `contact_not_found`; `contact_without_conversation` where the one that is named is none of theirs;
 *   `text_length`
 */
export async function writeContactNote(
  database: Database,
  { workspaceId, contactId }: NoteOf,
  { conversationId, ...note }: { conversationId: string | null; clientReference: string; body: string },
): Promise<{ id: string; conversationId: string | null }> {
  // What is asked for twice comes one after the other, also where a conversation begins in between.
  const [rootId] = await lockContacts(database, workspaceId, [contactId], null)
  if (rootId === undefined) throw new RuleViolation('contact_not_found', 'This contact does not exist.')
  const written = await findOwnNote(database, workspaceId, rootId, note.clientReference)
  if (written !== undefined) return { id: written, conversationId: null }
  const thread = await findThread(database, workspaceId, rootId, conversationId)
  if (thread !== undefined)
    return writeNote(database, { workspaceId, conversationId: thread }, { ...note, mentionedIds: [] })
  if (conversationId !== null)
    throw new RuleViolation('contact_without_conversation', 'This conversation is none of theirs.')
  return { id: await writeOwnNote(database, { workspaceId, contactId: rootId }, note), conversationId: null }
}

async function findOwnNote(
  database: Database,
  workspaceId: string,
  rootId: string,
  clientReference: string,
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select n.id from public.contacts part
    join public.contact_notes n on n.workspace_id = part.workspace_id and n.contact_id = part.id
    where part.workspace_id = ${workspaceId} and part.root_id = ${rootId}
      and n.client_reference = ${clientReference} and n.author_id = (select private.my_user_id())
  `.execute(database)
  return rows[0]?.id
}

/** The conversation that is named, or the one that was active last. */
async function findThread(
  database: Database,
  workspaceId: string,
  rootId: string,
  conversationId: string | null,
): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`
    select c.id
    from public.contacts part
    join public.contact_identities i on i.workspace_id = part.workspace_id and i.contact_id = part.id
    join public.conversations c on c.workspace_id = i.workspace_id and c.identity_id = i.id
    where part.workspace_id = ${workspaceId} and part.root_id = ${rootId} and c.is_root
      and c.last_message_id is not null and (${conversationId}::uuid is null or c.id = ${conversationId}::uuid)
    order by c.last_activity_at desc, c.id desc
    limit 1
  `.execute(database)
  return rows[0]?.id
}

async function writeOwnNote(
  database: Database,
  { workspaceId, contactId }: NoteOf,
  { clientReference, body }: { clientReference: string; body: string },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select n.id from private.write_contact_note(${workspaceId}, ${contactId}, ${clientReference}, ${body}) n
  `
    .execute(database)
    .catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === '23514')
        throw new RuleViolation('text_length', 'A note has 1 to 4096 characters.')
      throw error
    })
  const [row] = rows
  if (row === undefined) throw new Error('the note was not returned')
  return row.id
}

/**
 * Empties a note that lies on the contact itself for good: one's own, or, as an owner or admin, anybody's. Again does
 * nothing.
 *
 * @throws NotFound `note_not_found`, also for a contact that is not there, or not to see; RuleViolation `not_author`
 */
export async function deleteContactNote(
  database: Database,
  { workspaceId, contactId }: NoteOf,
  noteId: string,
): Promise<void> {
  await sql`select private.delete_contact_note(${workspaceId}, ${contactId}, ${noteId})`
    .execute(database)
    .catch((error: unknown) => {
      if (!(error instanceof Error) || !('code' in error)) throw error
      if (error.code === '42501') throw new NotFound('note_not_found', 'This note does not exist')
      if (error.message === 'not_author')
        throw new RuleViolation('not_author', 'Only its author, owners and admins delete a note.')
      throw error
    })
}
