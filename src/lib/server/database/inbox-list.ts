import { sql, type RawBuilder } from 'kysely'
import type { ConversationPage, ConversationSummary, ListFilter, ListSort } from '../../domain/inbox.ts'
import { NotFound } from '../../domain/not-found.ts'
import type { Database } from './database.ts'
import { afterListCursor, conditionOf, orderOf, readsFor, toListCursor } from './inbox-conditions.ts'
import { selectConversations, toSummary, type ConversationRow, type InboxOf } from './inbox-rows.ts'

/** Which part of which list. */
export interface ListQuery {
  filter: ListFilter
  sort: ListSort
  /** `nextBefore` of the page above it; null for the first. */
  before: string | null
  limit: number
}

export const firstPage: ListQuery = { filter: { view: 'open' }, sort: 'newest', before: null, limit: 50 }

/**
 * The rows of a page, and one more by which one knows whether another page follows.
 *
 * @throws RuleViolation `bad_cursor` when `before` is none of ours
 */
export function selectPage(
  inbox: InboxOf,
  { filter, sort, before, limit }: ListQuery,
): RawBuilder<ConversationRow> {
  const condition = conditionOf(filter, inbox.userId)
  return selectConversations(inbox, {
    condition: before === null ? condition : sql`${condition} and ${afterListCursor(sort, before)}`,
    joins: readsFor(filter, inbox.userId),
    order: orderOf(sort),
    limit: limit + 1,
  })
}

export function toPage(rows: readonly ConversationRow[], { sort, limit }: ListQuery): ConversationPage {
  const conversations = rows.slice(0, limit).map(toSummary)
  const last = conversations.at(-1)
  return {
    conversations,
    nextBefore: rows.length > limit && last !== undefined ? toListCursor(sort, last) : null,
  }
}

/**
 * One page of a list, in one statement. Rows that change their place while one pages are told by the catch-up: the
 * pages and what changed since the cursor of the first one are together all that the list holds.
 *
 * @throws RuleViolation `bad_cursor` when `before` is none of ours
 */
export async function listConversations(
  database: Database,
  inbox: InboxOf,
  asked: Partial<ListQuery> = {},
): Promise<ConversationPage> {
  const query = { ...firstPage, ...asked }
  const { rows } = await selectPage(inbox, query).execute(database)
  return toPage(rows, query)
}

/** One conversation, or undefined when it is not the member's to see. */
export async function findConversation(
  database: Database,
  inbox: InboxOf,
  conversationId: string,
): Promise<ConversationSummary | undefined> {
  const { rows } = await selectConversations(inbox, {
    condition: sql`c.id = ${conversationId}`,
    order: orderOf('newest'),
    limit: 1,
  }).execute(database)
  return rows[0] && toSummary(rows[0])
}

/** The conversation that stands for one that was joined into it; undefined where there is none, or none to see. */
export async function findRootConversationId(
  database: Database,
  workspaceId: string,
  conversationId: string,
): Promise<string | undefined> {
  const row = await database
    .selectFrom('conversations')
    .select('root_id')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', conversationId)
    .executeTakeFirst()
  return row?.root_id
}

/**
 * Says why a conversation that was not found is not there.
 *
 * @throws NotFound always: `conversation_joined` with the one that shows it now, or `conversation_not_found`
 */
export async function explainMissing(
  database: Database,
  workspaceId: string,
  conversationId: string,
): Promise<never> {
  const rootId = await findRootConversationId(database, workspaceId, conversationId)
  if (rootId !== undefined && rootId !== conversationId)
    throw new NotFound('conversation_joined', 'This conversation is part of another one now', rootId)
  throw new NotFound('conversation_not_found', 'This conversation does not exist')
}
