import { sql } from 'kysely'
import type { Database } from './database.ts'

/** A reaction as one event tells it. */
export interface NewReaction {
  channelId: string
  /** The message it is about, which may come later. */
  targetWamid: string
  direction: 'inbound' | 'outbound'
  /** Null when it was taken off. */
  emoji: string | null
  occurredAt: Date
  wamid: string
}

/**
 * Keeps the latest reaction of each side to each message, whichever arrives last. Within one second, which is as fine as
 * WhatsApp tells, taking it off comes after putting it on. The messages whose reaction changed
 * are touched, so that an open thread asks for them; their conversations must be locked.
 */
export async function recordReactions(
  database: Database,
  workspaceId: string,
  reactions: NewReaction[],
): Promise<void> {
  if (reactions.length === 0) return
  // WhatsApp tells of a reaction from here whose answer never came: it did arrive.
  await sql`
    update public.message_reactions r
    set send_state = 'accepted', wamid = t.wamid
    from json_to_recordset(${JSON.stringify(reactions)}::json) as t (
      "channelId" uuid, "targetWamid" text, direction public.message_direction, emoji text,
      "occurredAt" timestamptz(3), wamid text
    )
    where t.direction = 'outbound' and r.workspace_id = ${workspaceId} and r.channel_id = t."channelId"
      and r.target_wamid = t."targetWamid" and r.direction = 'outbound' and r.send_state = 'unknown'
      and r.emoji is not distinct from t.emoji and t."occurredAt" > r.occurred_at - interval '5 seconds'
  `.execute(database)
  await sql`
    with told as (
      select distinct on (t."channelId", t."targetWamid", t.direction) t.*
      from json_to_recordset(${JSON.stringify(reactions)}::json) as t (
        "channelId" uuid, "targetWamid" text, direction public.message_direction, emoji text,
        "occurredAt" timestamptz(3), wamid text
      )
      order by t."channelId", t."targetWamid", t.direction, t."occurredAt" desc,
        t.emoji is null desc, t.wamid collate "C" desc
    ), written as (
      insert into public.message_reactions as r
        (workspace_id, channel_id, target_wamid, direction, emoji, occurred_at, wamid)
      select ${workspaceId}, t."channelId", t."targetWamid", t.direction, t.emoji, t."occurredAt", t.wamid
      from told t
      order by t."channelId", t."targetWamid", t.direction
      on conflict (channel_id, target_wamid, direction) do update
        set emoji = excluded.emoji, occurred_at = excluded.occurred_at, wamid = excluded.wamid
        where (r.occurred_at, r.emoji is null, r.wamid collate "C")
          < (excluded.occurred_at, excluded.emoji is null, excluded.wamid collate "C")
          -- One that a member chose and that is not with WhatsApp yet comes after all that WhatsApp tells.
          and r.send_state is distinct from 'waiting' and r.send_state is distinct from 'sending'
      returning r.channel_id, r.target_wamid
    )
    update public.messages m
    set changed_xid = pg_current_xact_id()
    from written w
    where m.workspace_id = ${workspaceId} and m.channel_id = w.channel_id and m.wamid = w.target_wamid
  `.execute(database)
}
