import { sql } from 'kysely'
import type { Database } from './database.ts'
import { settleStatuses } from './statuses.ts'
import { lockConversations } from './threads.ts'

/** One attempt to send, as it was claimed. */
export interface SendAttemptKey {
  messageId: string
  attempt: number
}

/**
 * Writes down that WhatsApp has taken a message and calls it `wamid`. Where the echo has made a row of its own, that
 * row goes and ours takes its place, so that one bubble remains; what was told of the wamid so far counts for ours.
 *
 * Taken from a late worker too, whatever the state of the row: that WhatsApp has it is true for ever.
 *
 * @returns `taken` when the wamid belongs to another message sent from here, or this one has another wamid already
 */
export async function acceptSend(
  database: Database,
  workspaceId: string,
  message: { messageId: string; conversationId: string; channelId: string },
  wamid: string,
): Promise<'accepted' | 'taken'> {
  const { messageId, conversationId, channelId } = message
  await lockConversations(database, workspaceId, [conversationId], [{ channelId, wamid }])
  const own = await database
    .selectFrom('messages')
    .select('wamid')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', messageId)
    .executeTakeFirstOrThrow()
  if (own.wamid !== null) {
    await markAccepted(database, messageId)
    return own.wamid === wamid ? 'accepted' : 'taken'
  }
  const holder = await database
    .selectFrom('messages')
    .select(['id', 'conversation_id', 'direction', 'send_state', 'status', 'status_at'])
    .select(['kapso_conversation_id', 'reply_to_wamid'])
    .where('workspace_id', '=', workspaceId)
    .where('channel_id', '=', channelId)
    .where('wamid', '=', wamid)
    .executeTakeFirst()
  if (holder !== undefined) {
    if (holder.direction === 'inbound' || holder.send_state !== null) return 'taken'
    await removeEcho(database, workspaceId, holder.id, holder.conversation_id)
  }
  await database
    .updateTable('messages')
    .set((expression) => ({
      wamid,
      send_state: 'accepted',
      send_due_at: null,
      failed_at: null,
      failure_code: null,
      ...(holder === undefined
        ? {}
        : {
            kapso_conversation_id: holder.kapso_conversation_id,
            reply_to_wamid: expression.fn.coalesce('reply_to_wamid', expression.val(holder.reply_to_wamid)),
            ...(holder.status === null ? {} : { status: holder.status, status_at: holder.status_at }),
          }),
    }))
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', messageId)
    .execute()
  await settleStatuses(database, [{ channelId, wamid }])
  return 'accepted'
}

/** Takes the row that an echo made out of its thread, whose last message is then the newest that is left. */
async function removeEcho(
  database: Database,
  workspaceId: string,
  echoId: string,
  conversationId: string,
): Promise<void> {
  await database
    .deleteFrom('messages')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', echoId)
    .execute()
  await database
    .insertInto('message_removals')
    .values({ workspace_id: workspaceId, conversation_id: conversationId, message_id: echoId })
    .execute()
  // The thread may have been merged away: the summary is its root's, over all threads of the group.
  await sql`
    with root as (
      select c.root_id as id from public.conversations c
      where c.workspace_id = ${workspaceId} and c.id = ${conversationId}
    ), newest as (
      select m.id, m.occurred_at
      from root
      join public.conversations t on t.workspace_id = ${workspaceId} and t.root_id = root.id
      join public.messages m on m.workspace_id = t.workspace_id and m.conversation_id = t.id
      order by m.occurred_at desc, m.id desc
      limit 1
    )
    update public.conversations c
    set last_message_id = newest.id, last_activity_at = coalesce(newest.occurred_at, c.last_activity_at)
    from root left join newest on true
    where c.workspace_id = ${workspaceId} and c.last_message_id = ${echoId}
      and c.id in (root.id, ${conversationId}::uuid)
  `.execute(database)
}

/** The message has its wamid; whatever the outbox still meant to do with it is over. */
export async function markAccepted(database: Database, messageId: string): Promise<void> {
  await database
    .updateTable('messages')
    .set({ send_state: 'accepted', send_due_at: null })
    .where('id', '=', messageId)
    .where('send_state', '<>', 'accepted')
    .execute()
}

/** Surely not sent. */
export async function markFailed(database: Database, messageId: string, code: string): Promise<void> {
  await database
    .updateTable('messages')
    .set({
      send_state: 'failed',
      send_due_at: null,
      failed_at: sql<Date>`clock_timestamp()`,
      failure_code: code,
    })
    .where('id', '=', messageId)
    .execute()
}

/** How an attempt ended that WhatsApp did not accept, as far as known. */
export type UnacceptedResult =
  /** Surely not sent, and not to be tried again. */
  | { state: 'failed'; code: string }
  /** Surely not sent, to be tried again. */
  | { state: 'waiting'; delayMs: number }
  /** May have been sent: to be looked up. */
  | { state: 'checking'; delayMs: number }
  /** Nobody can tell. Never sent again by itself. */
  | { state: 'unknown' }

/**
 * Writes down how an attempt ended. Without effect when the attempt is not the newest one or its message was settled
 * meanwhile; where the echo has come meanwhile, the message was accepted, whatever the answer says.
 *
 * @returns whether it was taken as said
 */
export async function recordUnaccepted(
  database: Database,
  thread: { workspaceId: string; conversationId: string },
  { messageId, attempt }: SendAttemptKey,
  result: UnacceptedResult,
): Promise<boolean> {
  await lockConversations(database, thread.workspaceId, [thread.conversationId], [])
  const row = await database
    .selectFrom('messages')
    .select('wamid')
    .where('workspace_id', '=', thread.workspaceId)
    .where('id', '=', messageId)
    .where('send_attempts', '=', attempt)
    .where('send_state', 'in', ['sending', 'checking'])
    .executeTakeFirst()
  if (row === undefined) return false
  if (row.wamid !== null) {
    await markAccepted(database, messageId)
    return false
  }
  if (result.state === 'failed') {
    await markFailed(database, messageId, result.code)
    return true
  }
  await database
    .updateTable('messages')
    .set({
      send_state: result.state,
      send_due_at: result.state === 'unknown' ? null : fromNow(result.delayMs),
      // Only a message that is still under way remembers that its first attempt had no answer.
      ...(result.state === 'unknown' ? { failure_code: null } : {}),
    })
    .where('id', '=', messageId)
    .execute()
  return true
}

/** Of these wamids, those that messages sent from here carry already. */
export async function findOwnWamids(
  database: Database,
  workspaceId: string,
  channelId: string,
  wamids: string[],
): Promise<Set<string>> {
  if (wamids.length === 0) return new Set()
  const rows = await database
    .selectFrom('messages')
    .select('wamid')
    .where('workspace_id', '=', workspaceId)
    .where('channel_id', '=', channelId)
    .where('wamid', 'in', wamids)
    .where('send_state', 'is not', null)
    .execute()
  return new Set(rows.flatMap((row) => row.wamid ?? []))
}

/** A moment on the database's clock, which all processes share. */
export function fromNow(milliseconds: number) {
  return sql<Date>`clock_timestamp() + ${milliseconds} * interval '1 millisecond'`
}
