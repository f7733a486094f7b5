import { sql } from 'kysely'
import type { StatusEntry } from '../kapso/kapso-event.ts'
import type { Database } from './database.ts'

/** A raw status of one message. */
export interface NewStatus extends StatusEntry {
  channelId: string
  wamid: string
  webhookEventId: number
}

/**
 * Keeps every raw status, also of a message that is not here yet. The same status of the same time is one fact, however
 * many events tell it; an error that any of them names is kept.
 */
export async function recordStatuses(
  database: Database,
  workspaceId: string,
  statuses: NewStatus[],
): Promise<void> {
  if (statuses.length === 0) return
  const told = statuses.map(
    ({ channelId, wamid, status, occurredAt, errorCode, errorTitle, webhookEventId }) => ({
      channelId,
      wamid,
      status,
      occurredAt,
      webhookEventId,
      error: errorCode === null ? null : { code: errorCode, title: errorTitle },
    }),
  )
  await sql`
    insert into public.message_statuses as s
      (workspace_id, channel_id, wamid, status, occurred_at, error, webhook_event_id)
    select distinct on (t."channelId", t.wamid, t.status, t."occurredAt")
      ${workspaceId}::uuid, t."channelId", t.wamid, t.status, t."occurredAt", t.error, t."webhookEventId"
    from json_to_recordset(${JSON.stringify(told)}::json) as t (
      "channelId" uuid, wamid text, status text, "occurredAt" timestamptz, error jsonb, "webhookEventId" bigint
    )
    order by t."channelId", t.wamid, t.status, t."occurredAt", t.error desc nulls last
    on conflict (channel_id, wamid, status, occurred_at) do update set error = excluded.error
      where excluded.error > s.error or (s.error is null and excluded.error is not null)
  `.execute(database)
}

/** Recomputes the status of messages from all that was ever told of them. */
export async function settleStatuses(
  database: Database,
  touched: { channelId: string; wamid: string }[],
): Promise<void> {
  if (touched.length === 0) return
  await sql`select private.settle_message_statuses(
    ${touched.map((entry) => entry.channelId)}::uuid[], ${touched.map((entry) => entry.wamid)}::text[])`.execute(
    database,
  )
}
