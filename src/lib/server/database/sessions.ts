import { sql } from 'kysely'
import type { Database } from './database.ts'

/** What one event says of a Kapso conversation, which is a session of activity in a thread. */
export interface SessionRow {
  kapsoConversationId: string
  conversationId: string
  /** Provider time of what named it. */
  seenAt: Date
  /** How it stood, and since when; null where the event does not say. */
  status?: 'active' | 'ended' | null
  statusAt?: Date | null
  /** Kapso told that nothing was written for a while. */
  inactiveAt?: Date | null
  /** `created`: Kapso told of its beginning; `message`: something named it. */
  learnedFrom?: 'created' | 'message'
}

/** A thread goes on in another Kapso conversation than before. Ids only: this is logged. */
export interface SessionChange {
  conversationId: string
  kapsoConversationId: string
  /** Null for the thread's first. */
  previousKapsoConversationId: string | null
  learnedFrom: string
  startedAt: Date
}

/**
 * Notes which Kapso conversations belong to which thread, and how they stand. One that is known keeps its thread; its
 * status is the one that Kapso gave the latest time, and of two of the same time the end.
 *
 * @returns the sessions that were not known before
 */
export async function recordSessions(
  database: Database,
  workspaceId: string,
  sessions: SessionRow[],
): Promise<SessionChange[]> {
  if (sessions.length === 0) return []
  const { rows } = await sql<{
    conversation_id: string
    kapso_conversation_id: string
    previous: string | null
    learned_from: string
    first_seen_at: Date
  }>`
    with told as (
      select
        s.session,
        (array_agg(s.thread order by s."seenAt", s.thread))[1] as thread,
        min(s."seenAt") as first_seen_at,
        (array_agg(s.status order by s."statusAt" desc, s.status desc)
          filter (where s."statusAt" is not null))[1] as status,
        max(s."statusAt") as status_at,
        max(s."inactiveAt") as inactive_at,
        -- That Kapso told of the beginning outweighs that something named it.
        min(s."learnedFrom") as learned_from
      from json_to_recordset(${JSON.stringify(
        sessions.map((session) => ({
          session: session.kapsoConversationId,
          thread: session.conversationId,
          seenAt: session.seenAt,
          // A status without its time could not be held against another.
          ...(session.status && session.statusAt
            ? { status: session.status, statusAt: session.statusAt }
            : {}),
          inactiveAt: session.inactiveAt ?? null,
          learnedFrom: session.learnedFrom ?? 'message',
        })),
      )}::json) as s (session text, thread uuid, "seenAt" timestamptz, status text, "statusAt" timestamptz,
        "inactiveAt" timestamptz, "learnedFrom" text)
      group by s.session
    ), released as (
      -- What was told of the session before anybody knew whose it is; not what may be somebody else's.
      delete from private.held_sightings h
      where h.workspace_id = ${workspaceId} and h.kapso_conversation_id in (select t.session from told t)
        and not exists (
          select from unnest(array[h.scoped_value, h.previous_scoped_value]) as id (value)
          where id.value is not null and not exists (
            select from public.business_scoped_ids b
            where b.workspace_id = h.workspace_id and b.scope = h.scope and b.value = id.value
          )
        )
    ), before as (
      select k.kapso_conversation_id, k.conversation_id, k.first_seen_at
      from public.kapso_conversations k
      where k.workspace_id = ${workspaceId} and k.conversation_id in (select t.thread from told t)
    ), written as (
      insert into public.kapso_conversations as k
        (workspace_id, kapso_conversation_id, conversation_id, first_seen_at, status, status_at, inactive_at, learned_from)
      select ${workspaceId}, t.session, t.thread, t.first_seen_at, t.status, t.status_at, t.inactive_at, t.learned_from
      from told t
      order by t.session
      on conflict (workspace_id, kapso_conversation_id) do update set
        first_seen_at = least(k.first_seen_at, excluded.first_seen_at),
        status = case when coalesce((excluded.status_at, excluded.status) > (k.status_at, k.status), k.status_at is null)
          then excluded.status else k.status end,
        status_at = greatest(k.status_at, excluded.status_at),
        inactive_at = greatest(k.inactive_at, excluded.inactive_at),
        learned_from = least(k.learned_from, excluded.learned_from)
      where excluded.first_seen_at < k.first_seen_at
        or coalesce((excluded.status_at, excluded.status) > (k.status_at, k.status),
          k.status_at is null and excluded.status_at is not null)
        or excluded.inactive_at > coalesce(k.inactive_at, '-infinity')
        or excluded.learned_from < k.learned_from
      returning k.kapso_conversation_id, k.conversation_id, k.first_seen_at, k.learned_from, k.xmax = 0 as is_new
    )
    select w.conversation_id, w.kapso_conversation_id, w.learned_from, w.first_seen_at, (
      select p.kapso_conversation_id
      from (select * from before union select n.kapso_conversation_id, n.conversation_id, n.first_seen_at from written n) p
      where p.conversation_id = w.conversation_id and p.kapso_conversation_id <> w.kapso_conversation_id
        and p.first_seen_at <= w.first_seen_at
      order by p.first_seen_at desc, p.kapso_conversation_id
      limit 1
    ) as previous
    from written w
    where w.is_new
  `.execute(database)
  return rows.map((row) => ({
    conversationId: row.conversation_id,
    kapsoConversationId: row.kapso_conversation_id,
    previousKapsoConversationId: row.previous,
    learnedFrom: row.learned_from,
    startedAt: row.first_seen_at,
  }))
}
