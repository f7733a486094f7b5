import { sql, type RawBuilder } from 'kysely'
import type { ConversationSummary, MessagePage, ThreadMessage } from '../../domain/inbox.ts'
import { NotFound } from '../../domain/not-found.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import { isUuid } from '../../domain/uuid.ts'
import type { Database } from './database.ts'
import { orderOf } from './inbox-conditions.ts'
import { explainMissing, findRootConversationId } from './inbox-list.ts'
import { selectMessages, threadsOf, toMessage, type MessageRow } from './inbox-messages.ts'
import { selectEvents, selectNotes, toEvent, toNote, type EventRow, type NoteRow } from './inbox-notes.ts'
import { selectConversations, toSummary, type ConversationRow, type InboxOf } from './inbox-rows.ts'
import { comparePlace, readPageCursor, toPageCursor } from './page-cursor.ts'

/**
 * Which messages of a thread: the newest, those before `nextBefore` or after `nextAfter` of a page, or those around one
 * of them, by its id.
 */
export type MessagesAt = 'newest' | { before: string } | { after: string } | { around: string }

/** What a request asks for; undefined for a message whose id is none. */
export function readMessagesAt(query: URLSearchParams): MessagesAt | undefined {
  const around = query.get('around')
  const before = query.get('before')
  const after = query.get('after')
  if (around !== null) return isUuid(around) ? { around: around.toLowerCase() } : undefined
  if (before !== null) return { before }
  return after === null ? 'newest' : { after }
}

const pageLength = 50

interface PageRow {
  is_found: boolean
  /** Newest first, one more than asked for where there are more; null where these were not asked for. */
  older: MessageRow[] | null
  /** Oldest first, the same. */
  newer: MessageRow[] | null
  notes: NoteRow[]
  events: EventRow[]
}

/** How many messages of a page lie before its place, and how many after it; null where none are asked for. */
function measure(at: MessagesAt, limit: number): { older: number | null; newer: number | null } {
  if (at !== 'newest' && 'around' in at) return { older: Math.ceil(limit / 2), newer: Math.floor(limit / 2) }
  return at !== 'newest' && 'after' in at ? { older: null, newer: limit } : { older: limit, newer: null }
}

/**
 * One row: a page with the notes and lines of its span of time, which reaches from its oldest message to just before
 * the one that follows it. Pages that follow each other leave no gap and share nothing.
 *
 * @throws RuleViolation `bad_cursor` when the cursor is none of ours
 */
function selectThreadPage(
  workspaceId: string,
  conversationId: string,
  at: MessagesAt,
  limit: number,
): RawBuilder<PageRow> {
  const { older, newer } = measure(at, limit)
  const before = at !== 'newest' && 'before' in at ? readPageCursor(at.before) : null
  const after = at !== 'newest' && 'after' in at ? readPageCursor(at.after) : null
  const targetId = at !== 'newest' && 'around' in at ? at.around : null
  const target = sql`((select t.occurred_at from target t), (select t.id from target t))`
  const olderThan = before
    ? comparePlace('m.occurred_at', 'm.id', '<', before)
    : targetId === null
      ? sql`true`
      : sql`(m.occurred_at, m.id) <= ${target}`
  const newerThan = after
    ? comparePlace('m.occurred_at', 'm.id', '>', after)
    : sql`(m.occurred_at, m.id) > ${target}`
  const messages = (half: number | null, condition: RawBuilder<unknown>, order: 'newest' | 'oldest') =>
    selectMessages(workspaceId, conversationId, {
      condition: half === null ? sql`false` : condition,
      limit: (half ?? 0) + 1,
      order,
    })
  const lower =
    older === null
      ? sql`coalesce((select min(n.occurred_at) from newer n), ${after?.moment.toISOString() ?? null}::timestamptz)`
      : sql`case when (select count(*) from older) > ${sql.lit(older)}
          then (select o.occurred_at from older o order by o.occurred_at, o.id offset 1 limit 1) else '-infinity' end`
  const upper =
    newer === null
      ? sql`coalesce(${before?.moment.toISOString() ?? null}::timestamptz, 'infinity')`
      : sql`case when (select count(*) from newer) > ${sql.lit(newer)}
          then (select max(n.occurred_at) from newer n) else 'infinity' end`
  const withinSpan = (moment: string) =>
    sql`${sql.ref(moment)} >= (select s.lower from span s) and ${sql.ref(moment)} < (select s.upper from span s)`
  return sql<PageRow>`
    with target as materialized (
      select m.occurred_at, m.id from public.messages m
      where m.workspace_id = ${workspaceId} and m.id = ${targetId}
        and m.conversation_id in (select thread.id from ${threadsOf(workspaceId, conversationId)} thread)
    ), older as materialized (
      ${messages(older, olderThan, 'newest')}
    ), newer as materialized (
      ${messages(newer, newerThan, 'oldest')}
    ), span as materialized (
      select ${lower} as lower, ${upper} as upper
    )
    select
      exists (
        select from public.conversations c
        where c.workspace_id = ${workspaceId} and c.id = ${conversationId} and c.is_root
      ) as is_found,
      ${older === null ? sql`null::json` : sql`(select coalesce(json_agg(o), '[]') from older o)`} as older,
      ${newer === null ? sql`null::json` : sql`(select coalesce(json_agg(n), '[]') from newer n)`} as newer,
      (
        select coalesce(json_agg(found), '[]')
        from (${selectNotes(workspaceId, conversationId, withinSpan('n.created_at'))}) found
      ) as notes,
      (
        select coalesce(json_agg(found), '[]')
        from (${selectEvents(workspaceId, conversationId, withinSpan('e.occurred_at'))}) found
      ) as events
  `
}

function toMessagePage(row: PageRow, conversationId: string, at: MessagesAt, limit: number): MessagePage {
  const { older, newer } = measure(at, limit)
  const olderRows = row.older ?? []
  const newerRows = row.newer ?? []
  const messages = [...olderRows.slice(0, older ?? 0).reverse(), ...newerRows.slice(0, newer ?? 0)].map(
    (message) => toMessage(message, conversationId),
  )
  const first = messages[0]
  const last = messages.at(-1)
  // What a page was asked for from lies on its other side.
  const hasOlder = older === null || olderRows.length > older
  const hasNewer = newer === null ? at !== 'newest' : newerRows.length > newer
  return {
    messages,
    notes: row.notes.map((note) => toNote(note, conversationId)),
    events: row.events.map((event) => toEvent(event, conversationId)),
    nextBefore: hasOlder && first ? toPageCursor(new Date(first.occurredAt), first.id) : null,
    nextAfter: hasNewer && last ? toPageCursor(new Date(last.occurredAt), last.id) : null,
  }
}

/**
 * One page of a thread, in one statement.
 *
 * @throws RuleViolation `bad_cursor` when the cursor is none of ours
 * @throws NotFound `conversation_not_found` when it is not the member's to see, `conversation_joined` when another one
 *   shows it now, `message_not_found` for a message that is not in it, with the one that shows it, if one does
 */
export async function listMessages(
  database: Database,
  workspaceId: string,
  conversationId: string,
  at: MessagesAt = 'newest',
  limit = pageLength,
): Promise<MessagePage> {
  const { rows } = await selectThreadPage(workspaceId, conversationId, at, limit).execute(database)
  const [row] = rows
  if (row?.is_found !== true) return explainMissing(database, workspaceId, conversationId)
  return readPage(database, workspaceId, toMessagePage(row, conversationId, at, limit), at)
}

async function readPage(
  database: Database,
  workspaceId: string,
  page: MessagePage,
  at: MessagesAt,
): Promise<MessagePage> {
  if (at === 'newest' || !('around' in at) || page.messages.some(({ id }) => id === at.around)) return page
  // One that was split off shows in its part.
  const row = await database
    .selectFrom('messages as m')
    .innerJoin('conversations as c', (join) =>
      join.onRef('c.workspace_id', '=', 'm.workspace_id').onRef('c.id', '=', 'm.conversation_id'),
    )
    .select('c.root_id')
    .where('m.workspace_id', '=', workspaceId)
    .where('m.id', '=', at.around)
    .executeTakeFirst()
  throw new NotFound('message_not_found', 'This message does not exist', row?.root_id)
}

/** What opening a thread takes. */
export interface OpenedThread {
  /** From here on its changes are to be asked for. */
  cursor: string
  conversation: ConversationSummary
  page: MessagePage
}

/**
 * A conversation with a page of its thread and the cursor that goes with them, in one statement, so that all of it is
 * one state of things.
 *
 * @throws as `listMessages`
 */
export async function openThread(
  database: Database,
  inbox: InboxOf,
  conversationId: string,
  at: MessagesAt = 'newest',
  limit = pageLength,
): Promise<OpenedThread> {
  const summary = selectConversations(inbox, {
    condition: sql`c.id = ${conversationId}`,
    order: orderOf('newest'),
    limit: 1,
  })
  const { rows } = await sql<PageRow & { cursor: string; conversation: ConversationRow | null }>`
    select pg_snapshot_xmin(pg_current_snapshot())::text as cursor,
      (select to_json(found) from (${summary}) found) as conversation, page.*
    from (${selectThreadPage(inbox.workspaceId, conversationId, at, limit)}) page
  `.execute(database)
  const [row] = rows
  if (row?.is_found !== true || row.conversation === null)
    return explainMissing(database, inbox.workspaceId, conversationId)
  return {
    cursor: row.cursor,
    conversation: toSummary(row.conversation),
    page: await readPage(database, inbox.workspaceId, toMessagePage(row, conversationId, at, limit), at),
  }
}

/**
 * Puts a reply into the outbox. The same client reference again gives the same message.
 *
 * @throws RuleViolation `window_closed`, `text_length` or `not_found`
 */
export async function queueReply(
  database: Database,
  workspaceId: string,
  reply: { conversationId: string; clientReference: string; text: string },
): Promise<ThreadMessage> {
  const { rows } = await sql<{ id: string }>`
    select (private.queue_reply(${workspaceId}, ${reply.conversationId}, ${reply.clientReference}, ${reply.text})).id
  `
    .execute(database)
    .catch((error: unknown) => {
      throw toRuleViolation(error)
    })
  const id = rows[0]?.id
  const rootId = await findRootConversationId(database, workspaceId, reply.conversationId)
  if (rootId === undefined) throw new Error('the reply is not where it was put')
  const message = id === undefined ? undefined : await readMessage(database, workspaceId, rootId, id)
  if (message === undefined) throw new Error('the reply is not where it was put')
  return message
}

/**
 * One message as the thread shows it; undefined when it is not there or not the member's to see.
 *
 * @param conversationId the root of its conversation
 */
export async function readMessage(
  database: Database,
  workspaceId: string,
  conversationId: string,
  messageId: string,
): Promise<ThreadMessage | undefined> {
  const { rows } = await selectMessages(workspaceId, conversationId, {
    condition: sql`m.id = ${messageId}`,
    limit: 1,
  }).execute(database)
  return rows[0] === undefined ? undefined : toMessage(rows[0], conversationId)
}

function toRuleViolation(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  if (error.code === 'P0001' && error.message === 'window_closed') {
    return new RuleViolation(
      'window_closed',
      'The 24 hours since the last message of this customer are over. Only a template can be sent now.',
    )
  }
  if (error.code === '23514') return new RuleViolation('text_length', 'A message has 1 to 4096 characters.')
  if (error.code === '42501') return new RuleViolation('not_found', 'This conversation does not exist.')
  return error
}
