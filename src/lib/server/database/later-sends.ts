import { sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * The time of a message that was written to leave later has come: from now on it stands in its thread as if it had been
 * written now, and is the last one. Its conversation must be locked.
 */
export async function placeLaterSend(
  database: Database,
  workspaceId: string,
  messageId: string,
): Promise<void> {
  await sql`
    with placed as (
      update public.messages m set occurred_at = clock_timestamp()
      where m.workspace_id = ${workspaceId} and m.id = ${messageId}
      returning m.id, m.conversation_id, m.occurred_at
    )
    update public.conversations c
    set last_message_id = placed.id, last_activity_at = placed.occurred_at
    from placed
    join public.conversations t on t.workspace_id = ${workspaceId} and t.id = placed.conversation_id
    where c.workspace_id = ${workspaceId} and c.id in (t.id, t.root_id)
      and (c.last_message_id is null or c.last_activity_at <= placed.occurred_at)
  `.execute(database)
}

/** A message that was to leave now could not. Its thread says so, and to whom: its author looks elsewhere by now. */
export async function stopLaterSend(
  database: Database,
  workspaceId: string,
  messageId: string,
  reason: string,
): Promise<void> {
  await sql`
    insert into public.conversation_events (workspace_id, conversation_id, kind, details)
    select m.workspace_id, c.root_id, 'send_later_stopped',
      jsonb_build_object('messageId', m.id, 'authorId', m.author_id, 'reason', ${reason}::text)
    from public.messages m
    join public.conversations c on c.workspace_id = m.workspace_id and c.id = m.conversation_id
    where m.workspace_id = ${workspaceId} and m.id = ${messageId}
  `.execute(database)
}
