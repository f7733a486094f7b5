import { sql } from 'kysely'
import type { InboxChanges } from '../../domain/inbox.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from './database.ts'
import { countUnread, selectConversations, type InboxOf } from './inbox-list.ts'
import { findThreadChanges } from './inbox-thread.ts'

/** More than this in one catch-up: the page loads itself anew instead. */
const mostChanges = 500

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
  const joined = await database
    .selectFrom('conversations')
    .select(['id', 'root_id'])
    .where('workspace_id', '=', inbox.workspaceId)
    .where('changed_xid', '>=', sql<string>`${cursor}::xid8`)
    .where('is_root', '=', false)
    .execute()
  const thread =
    conversationId === null
      ? { messages: [], removedMessageIds: [], mustReloadMessages: false }
      : await findThreadChanges(database, inbox.workspaceId, conversationId, cursor, mostChanges)
  return {
    cursor: next,
    conversations,
    removedConversationIds: [],
    joinedConversations: joined.map((row) => ({ id: row.id, into: row.root_id })),
    ...thread,
    unreadTotal: await countUnread(database, inbox),
  }
}
