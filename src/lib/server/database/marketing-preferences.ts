import { sql } from 'kysely'
import type { Database } from './database.ts'

/** What a person wants of marketing messages from one number, as one event tells it. */
export interface NewMarketingPreference {
  channelId: string
  identityId: string
  status: 'stopped' | 'resumed'
  sequence: number
  detail: string | null
  occurredAt: Date
}

/** Keeps the preference with the highest sequence of each person and number, whichever arrives last. */
export async function recordMarketingPreferences(
  database: Database,
  workspaceId: string,
  preferences: NewMarketingPreference[],
): Promise<void> {
  if (preferences.length === 0) return
  await sql`
    insert into public.marketing_preferences as p
      (workspace_id, channel_id, identity_id, status, sequence, detail, occurred_at)
    select distinct on (t."channelId", t."identityId")
      ${workspaceId}::uuid, t."channelId", t."identityId", t.status, t.sequence, t.detail, t."occurredAt"
    from json_to_recordset(${JSON.stringify(preferences)}::json) as t (
      "channelId" uuid, "identityId" uuid, status text, sequence bigint, detail text, "occurredAt" timestamptz
    )
    order by t."channelId", t."identityId", t.sequence desc, t."occurredAt" desc, t.status desc
    on conflict (channel_id, identity_id) do update set
      status = excluded.status, sequence = excluded.sequence, detail = excluded.detail,
      occurred_at = excluded.occurred_at
      where (p.sequence, p.occurred_at, p.status) < (excluded.sequence, excluded.occurred_at, excluded.status)
  `.execute(database)
}
