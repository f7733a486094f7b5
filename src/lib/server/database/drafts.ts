import { sql } from 'kysely'
import type { Draft } from '../../domain/composer.ts'
import { throwRuleViolation } from '../composer/composer-errors.ts'
import type { Database } from './database.ts'

/** What the member was about to write in a conversation, on whichever device. */
export async function readDraft(
  database: Database,
  workspaceId: string,
  conversationId: string,
): Promise<Draft> {
  const row = await database
    .selectFrom('drafts')
    .select(['text', 'reply_to_message_id', 'written_at'])
    .where('workspace_id', '=', workspaceId)
    .where('user_id', '=', sql<string>`private.my_user_id()`)
    .where(
      'conversation_id',
      '=',
      sql<string>`private.find_my_conversation(${workspaceId}, ${conversationId})`,
    )
    .executeTakeFirst()
  return {
    text: row?.text ?? '',
    replyToMessageId: row?.reply_to_message_id ?? null,
    writtenAt: row?.written_at.toISOString() ?? null,
  }
}

/**
 * Keeps a draft unless a later one is kept already; an empty one removes it.
 *
 * @throws RuleViolation `not_found`
 */
export async function saveDraft(
  database: Database,
  workspaceId: string,
  conversationId: string,
  draft: { text: string; replyToMessageId: string | null; writtenAt: Date },
): Promise<void> {
  await sql`
    select private.save_draft(
      ${workspaceId}, ${conversationId}, ${draft.text}, ${draft.replyToMessageId}, ${draft.writtenAt}
    )
  `
    .execute(database)
    .catch(throwRuleViolation)
}
