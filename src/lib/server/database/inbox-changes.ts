import { sql } from 'kysely'
import type { InboxChanges } from '../../domain/inbox.ts'
import { mostChanges } from '../../domain/most-changes.ts'
import { NotFound } from '../../domain/not-found.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from './database.ts'
import { orderOf } from './inbox-conditions.ts'
import { selectConversations, toSummary, type ConversationRow, type InboxOf } from './inbox-rows.ts'
import { selectThreadChanges, toThreadChanges, type ThreadChangesRow } from './inbox-thread-changes.ts'

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
 * one that is open. Rows may come again; applying them twice changes nothing. Of either at most `mostChanges`, the
 * newest: whoever gets as many loads anew instead.
 *
 * @param heard the transactions that broadcasts told of, decimal digits
 * @throws RuleViolation `bad_cursor` for a cursor, or a transaction, that is none
 * @throws NotFound `workspace_not_found` for somebody who is no member any more: all that they saw is hidden from them,
 *   and would look deleted
 */
export async function findChanges(
  database: Database,
  inbox: InboxOf,
  cursor: string,
  conversationId: string | null,
  heard: readonly string[] = [],
): Promise<InboxChanges> {
  if (![cursor, ...heard].every(isTransactionId))
    throw new RuleViolation('bad_cursor', 'The cursor cannot be read')
  const since = sql`${cursor}::xid8`
  // As an array: a plan that is kept does not know how much a cursor asks for, and would join with all there is.
  const changed = sql`c.id = any (array(
    select n.id from public.conversations n
    where n.workspace_id = ${inbox.workspaceId} and n.changed_xid >= ${since}
    union
    select n.conversation_id from public.conversation_reads n
    where n.workspace_id = ${inbox.workspaceId} and n.user_id = ${inbox.userId} and n.changed_xid >= ${since}
  ))`
  const thread =
    conversationId === null
      ? sql`null::json`
      : sql`(
          select to_json(found)
          from (${selectThreadChanges(inbox.workspaceId, conversationId, cursor, mostChanges)}) found
        )`
  // Deleted, it is in no list of what has changed.
  const isThreadGone =
    conversationId === null
      ? sql`false`
      : sql`not exists (
          select from public.conversations n where n.workspace_id = ${inbox.workspaceId} and n.id = ${conversationId}
        )`
  // One statement, for it is asked for after every message: it goes back and forth once, and sees one state of things.
  const { rows } = await sql<ChangesRow>`
    select
      pg_snapshot_xmin(pg_current_snapshot())::text as cursor,
      ${inbox.workspaceId}::uuid = any (array(select private.my_workspace_ids())) as is_member,
      (
        select coalesce(json_agg(found), '[]') from (${selectConversations(inbox, {
          condition: changed,
          order: orderOf('newest'),
          limit: mostChanges,
        })}) found
      ) as conversations,
      array(select private.departed_conversations(${inbox.workspaceId}, ${since})) as departed,
      private.has_sight_changed(${inbox.workspaceId}, ${since}) as has_sight_changed,
      (
        select coalesce(json_agg(json_build_object('id', n.id, 'into', n.root_id)), '[]')
        from public.conversations n
        where n.workspace_id = ${inbox.workspaceId} and n.changed_xid >= ${since} and not n.is_root
      ) as joined,
      ${thread} as thread,
      ${isThreadGone} as is_thread_gone,
      exists (
        select from unnest(${heard}::xid8[]) xid where not pg_visible_in_snapshot(xid, pg_current_snapshot())
      ) as is_behind
  `.execute(database)
  const [row] = rows
  if (row === undefined) throw new Error('Postgres gave no changes')
  if (!row.is_member) throw new NotFound('workspace_not_found', 'This workspace does not exist')
  return {
    cursor: row.cursor,
    conversations: row.conversations.map(toSummary),
    removedConversationIds: withThread(row.departed, row.is_thread_gone ? conversationId : null),
    hasSightChanged: row.has_sight_changed,
    isBehind: row.is_behind,
    joinedConversations: row.joined,
    ...toThreadChanges(row.thread, conversationId),
  }
}

function withThread(departed: string[], goneId: string | null): string[] {
  return goneId === null || departed.includes(goneId) ? departed : [...departed, goneId]
}

/** Decimal digits that fit Postgres' xid8. */
function isTransactionId(cursor: string): boolean {
  return /^\d{1,20}$/.test(cursor) && BigInt(cursor) < 2n ** 64n
}

interface ChangesRow {
  cursor: string
  is_member: boolean
  departed: string[]
  has_sight_changed: boolean
  is_behind: boolean
  conversations: ConversationRow[]
  joined: InboxChanges['joinedConversations']
  thread: ThreadChangesRow | null
  is_thread_gone: boolean
}
