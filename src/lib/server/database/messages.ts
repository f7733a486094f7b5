import { sql } from 'kysely'
import type { MessageContent, Referral } from '../../domain/message-content.ts'
import type { Database } from './database.ts'

/** A message as ingest writes it. */
export interface NewMessage {
  id: string
  conversationId: string
  channelId: string
  wamid: string
  direction: 'inbound' | 'outbound'
  origin: 'cloud_api' | 'business_app' | 'history_sync'
  type: string
  text: string | null
  content: MessageContent | null
  isForwarded: boolean
  referral: Referral | null
  /** Imported or repaired: never unread, and no reason for anything automatic. */
  isSilent: boolean
  kapsoConversationId: string | null
  replyToWamid: string | null
  occurredAt: Date
}

/**
 * Writes messages; one whose wamid the channel has already is left as it is.
 *
 * @returns the ids of those that were written
 */
export async function insertMessages(
  database: Database,
  workspaceId: string,
  messages: NewMessage[],
): Promise<Set<string>> {
  if (messages.length === 0) return new Set()
  const { rows } = await sql<{ id: string }>`
    insert into public.messages (
      id, workspace_id, conversation_id, channel_id, wamid, direction, origin, type, text, content, is_forwarded, referral,
      is_silent, kapso_conversation_id, reply_to_wamid, occurred_at
    )
    select m.id, ${workspaceId}, m."conversationId", m."channelId", m.wamid, m.direction, m.origin, m.type, m.text,
      m.content, m."isForwarded", m.referral, m."isSilent", m."kapsoConversationId", m."replyToWamid", m."occurredAt"
    from json_to_recordset(${JSON.stringify(messages)}::json) as m (
      id uuid, "conversationId" uuid, "channelId" uuid, wamid text, direction public.message_direction,
      origin public.message_origin, type text, text text, content jsonb, "isForwarded" boolean, referral jsonb,
      "isSilent" boolean, "kapsoConversationId" text, "replyToWamid" text, "occurredAt" timestamptz
    )
    on conflict (channel_id, wamid) do nothing
    returning id
  `.execute(database)
  return new Set(rows.map((row) => row.id))
}

/** Names the session of sent messages whose echo tells it; they had been written before anybody knew. */
export async function fillSessions(
  database: Database,
  workspaceId: string,
  echoes: { channelId: string; wamid: string; kapsoConversationId: string | null }[],
): Promise<void> {
  const told = echoes.filter(({ kapsoConversationId }) => kapsoConversationId !== null)
  if (told.length === 0) return
  await sql`
    update public.messages m
    set kapso_conversation_id = t.session
    from unnest(
      ${told.map(({ channelId }) => channelId)}::uuid[], ${told.map(({ wamid }) => wamid)}::text[],
      ${told.map(({ kapsoConversationId }) => kapsoConversationId)}::text[]
    ) as t (channel_id, wamid, session)
    where m.workspace_id = ${workspaceId} and m.channel_id = t.channel_id and m.wamid = t.wamid
      and m.kapso_conversation_id is null
  `.execute(database)
}
