import { sql } from 'kysely'
import type { ThreadNote } from '../../domain/inbox.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from './database.ts'
import { writeNote } from './notes.ts'

/**
 * Writes a note on one person, beside the messages of one of their conversations. The same client reference again gives
 * the same note.
 *
 * @param conversationId null for the one that was active last
 * @throws RuleViolation `contact_without_conversation`, also where the one that is named is none of theirs; `text_length`
 */
export async function writeContactNote(
  database: Database,
  { workspaceId, contactId }: { workspaceId: string; contactId: string },
  { conversationId, ...note }: { conversationId: string | null; clientReference: string; body: string },
): Promise<ThreadNote> {
  const { rows } = await sql<{ id: string }>`
    select c.id
    from public.contacts asked
    join public.contacts part on part.workspace_id = asked.workspace_id and part.root_id = asked.root_id
    join public.contact_identities i on i.workspace_id = part.workspace_id and i.contact_id = part.id
    join public.conversations c on c.workspace_id = i.workspace_id and c.identity_id = i.id
    where asked.workspace_id = ${workspaceId} and asked.id = ${contactId} and c.is_root
      and c.last_message_id is not null and (${conversationId}::uuid is null or c.id = ${conversationId}::uuid)
    order by c.last_activity_at desc, c.id desc
    limit 1
  `.execute(database)
  const thread = rows[0]?.id
  if (thread === undefined)
    throw new RuleViolation('contact_without_conversation', 'Notes lie beside messages.')
  return writeNote(database, { workspaceId, conversationId: thread }, { ...note, mentionedIds: [] })
}
