import { sql } from 'kysely'
import type { Database } from './database.ts'

/** A thread that a batch needs: unique by channel and WhatsApp account. */
export interface ThreadKey {
  channelId: string
  identityId: string
  /** Provider time of the message that asks for it. */
  seenAt: Date
}

/**
 * Finds or makes the threads of a batch. The identities are roots; of a group that was joined, one thread on the channel
 * is the group's. What staff merged does not count: messages stay with their account when it is undone.
 *
 * @returns ids of threads, which need not be shown by themselves, by `channelId identityId`
 */
export async function ensureConversations(
  database: Database,
  workspaceId: string,
  keys: ThreadKey[],
): Promise<Map<string, string>> {
  const unique = new Map(keys.map((key) => [`${key.channelId} ${key.identityId}`, key]))
  const found = await findThreads(database, workspaceId, [...unique.values()])
  const missing = [...unique].flatMap(([name, key]) => (found.has(name) ? [] : [key]))
  if (missing.length === 0) return found
  await sql`
    insert into public.conversations (workspace_id, channel_id, identity_id, last_activity_at)
    select ${workspaceId}, k.channel_id, k.identity_id, k.seen_at
    from unnest(${missing.map((key) => key.channelId)}::uuid[], ${missing.map((key) => key.identityId)}::uuid[],
      ${missing.map((key) => key.seenAt.toISOString())}::timestamptz[]) as k (channel_id, identity_id, seen_at)
    on conflict (channel_id, identity_id) where split_from_id is null do nothing
  `.execute(database)
  return new Map([...found, ...(await findThreads(database, workspaceId, missing))])
}

async function findThreads(
  database: Database,
  workspaceId: string,
  keys: ThreadKey[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ id: string; channel_id: string; identity_id: string }>`
    with member as materialized (
      select i.id, i.root_id from public.contact_identities i
      where i.workspace_id = ${workspaceId} and i.root_id = any(${keys.map((key) => key.identityId)}::uuid[])
    ), thread as materialized (
      select c.id, c.channel_id, c.identity_id, c.created_at from public.conversations c
      where c.workspace_id = ${workspaceId} and c.identity_id = any(array(select m.id from member m))
        and c.channel_id = any(${keys.map((key) => key.channelId)}::uuid[]) and c.split_from_id is null
        -- As private.find_home has it.
        and (c.is_root or not exists (
          select from public.conversation_joins j
          where j.workspace_id = c.workspace_id and j.loser_id = c.id and j.is_active and j.source = 'ingest'
        ))
    )
    select distinct on (t.channel_id, m.root_id) t.id, t.channel_id, m.root_id as identity_id
    from member m
    join thread t on t.identity_id = m.id
    order by t.channel_id, m.root_id, m.id = m.root_id desc, t.created_at, t.id
  `.execute(database)
  return new Map(rows.map((row) => [`${row.channel_id} ${row.identity_id}`, row.id]))
}

/**
 * Threads without a message yet stand at the latest time that anything was told of them, whichever was told last; the
 * first message takes its place. They must be locked.
 */
export async function noteActivity(
  database: Database,
  workspaceId: string,
  activity: { conversationId: string; seenAt: Date }[],
): Promise<void> {
  if (activity.length === 0) return
  await sql`
    update public.conversations c
    set last_activity_at = a.seen_at
    from (
      select t.conversation_id, max(t.seen_at) as seen_at
      from unnest(
        ${activity.map(({ conversationId }) => conversationId)}::uuid[],
        ${activity.map(({ seenAt }) => seenAt.toISOString())}::timestamptz[]
      ) as t (conversation_id, seen_at)
      group by t.conversation_id
    ) a
    where c.workspace_id = ${workspaceId} and c.id = a.conversation_id and c.last_message_id is null
      and c.last_activity_at < a.seen_at
  `.execute(database)
}

/** Messages by channel and wamid. */
export interface TouchedMessage {
  channelId: string
  wamid: string
}

/**
 * Locks every thread that a batch will touch, in one order, before it writes to any: those of the people in it, those
 * whose messages its statuses and reactions are about, and those of its workflows' sessions. Without it two batches that
 * each bring a message for one thread and a status for the other wait for each other.
 */
export async function lockThreads(
  database: Database,
  workspaceId: string,
  batch: { identityIds: string[]; touched: TouchedMessage[]; kapsoConversationIds: string[] },
): Promise<void> {
  const { identityIds, touched, kapsoConversationIds } = batch
  if (identityIds.length + touched.length + kapsoConversationIds.length === 0) return
  await sql`
    with named as (
      select c.id, c.root_id from public.conversations c
      where c.workspace_id = ${workspaceId} and c.identity_id = any(${identityIds}::uuid[])
      union
      select c.id, c.root_id
      from unnest(${touched.map(({ channelId }) => channelId)}::uuid[], ${touched.map(({ wamid }) => wamid)}::text[])
        as t (channel_id, wamid)
      join public.messages m using (channel_id, wamid)
      join public.conversations c on c.id = m.conversation_id
      union
      select c.id, c.root_id
      from public.kapso_conversations k
      join public.conversations c on c.workspace_id = k.workspace_id and c.id = k.conversation_id
      where k.workspace_id = ${workspaceId} and k.kapso_conversation_id = any(${kapsoConversationIds}::text[])
    )
    select from public.conversations c
    where c.workspace_id = ${workspaceId} and c.id in (select n.id from named n union select n.root_id from named n)
    order by c.id
    for no key update
  `.execute(database)
}

/** Locks threads, and those that messages stand in, with the threads at their roots, in one order. */
export async function lockConversations(
  database: Database,
  workspaceId: string,
  conversationIds: string[],
  touched: TouchedMessage[],
): Promise<void> {
  await sql`
    with named as (
      select c.id, c.root_id from public.conversations c
      where c.workspace_id = ${workspaceId} and c.id = any(${conversationIds}::uuid[])
      union
      select c.id, c.root_id
      from unnest(${touched.map(({ channelId }) => channelId)}::uuid[], ${touched.map(({ wamid }) => wamid)}::text[])
        as t (channel_id, wamid)
      join public.messages m using (channel_id, wamid)
      join public.conversations c on c.id = m.conversation_id
    )
    select from public.conversations c
    where c.workspace_id = ${workspaceId} and c.id in (select n.id from named n union select n.root_id from named n)
    order by c.id
    for no key update
  `.execute(database)
}
