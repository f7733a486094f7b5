import { sql } from 'kysely'
import type { Database } from './database.ts'

/** Something that happened to a number, or to the account behind it. */
export interface NewChannelEvent {
  /** Null where the event names no number at all. */
  channelId: string | null
  name: string
  occurredAt: Date
  details: object
  webhookEventId: number
}

/** Keeps what happened, each once for each channel. How a channel stands is what its latest event says. */
export async function recordChannelEvents(
  database: Database,
  workspaceId: string,
  events: NewChannelEvent[],
): Promise<void> {
  if (events.length === 0) return
  await sql`
    insert into public.channel_events (workspace_id, channel_id, name, occurred_at, details, webhook_event_id)
    select ${workspaceId}, t."channelId", t.name, t."occurredAt", t.details, t."webhookEventId"
    from json_to_recordset(${JSON.stringify(events)}::json) as t (
      "channelId" uuid, name text, "occurredAt" timestamptz, details jsonb, "webhookEventId" bigint
    )
    order by t."webhookEventId", t."channelId"
    on conflict (webhook_event_id, channel_id) do nothing
  `.execute(database)
}
