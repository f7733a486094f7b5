import { sql } from 'kysely'
import { NotFound } from '../../domain/not-found.ts'
import { findReplyWindowEnd } from '../../domain/reply-window.ts'
import type { ThreadMerge, ThreadSplit, ThreadTies } from '../../domain/threads/thread-merges.ts'
import type { Database } from './database.ts'
import { findRootConversationId } from './inbox-list.ts'
import { threadsOf } from './inbox-messages.ts'

/** Nobody chooses from more. */
const most = 50

interface TiesRow {
  is_part: boolean
  default_address_id: string | null
  addresses: { id: string; address: string | null; last_inbound_at: string | null; thread_ids: string[] }[]
  mates: { id: string; address: string | null; last_activity_at: string }[]
  merges: ThreadMerge[]
  splits: ThreadSplit[]
  sessions: { id: string; started_at: string }[]
}

const addressOf = sql`coalesce(i.phone, '@' || i.username)`

/**
 * What a conversation was merged of and split into, the accounts that it can be answered at, and what could be merged
 * into it: other conversations of the same contact on the same channel.
 *
 * @throws NotFound `conversation_not_found`
 */
export async function readThreadTies(
  database: Database,
  workspaceId: string,
  conversationId: string,
): Promise<ThreadTies> {
  const rootId = await findRootConversationId(database, workspaceId, conversationId)
  if (rootId === undefined) throw new NotFound('conversation_not_found', 'This conversation does not exist')
  const threads = sql`(select thread.id from ${threadsOf(workspaceId, rootId)} thread)`
  const { rows } = await sql<TiesRow>`
    select c.split_from_id is not null as is_part,
      private.find_address(c.workspace_id, c.id, null) as default_address_id,
      (
        select coalesce(json_agg(found order by found.last_inbound_at desc nulls last, found.id), '[]')
        from (
          select distinct on (i.id) t.id, ${addressOf} as address,
            private.find_last_inbound(t.workspace_id, t.id) as last_inbound_at,
            array(
              select x.id
              from public.conversations x
              join public.contact_identities o on o.workspace_id = x.workspace_id and o.id = x.identity_id
              where x.workspace_id = ${workspaceId} and x.root_id = ${rootId} and o.root_id = i.id
            ) as thread_ids
          from public.conversations t
          join public.contact_identities own on own.workspace_id = t.workspace_id and own.id = t.identity_id
          join public.contact_identities i on i.workspace_id = own.workspace_id and i.id = own.root_id
          where t.workspace_id = ${workspaceId} and t.root_id = ${rootId} and t.split_from_id is null
            and t.id = private.find_home(t.workspace_id, t.id)
          order by i.id, t.created_at, t.id
        ) found
      ) as addresses,
      (
        select coalesce(json_agg(found order by found.last_activity_at desc), '[]')
        from (
          select t.id, ${addressOf} as address, t.last_activity_at
          from public.contact_identities mine
          join public.contacts kept on kept.workspace_id = mine.workspace_id and kept.id = mine.contact_id
          join public.contacts p on p.workspace_id = kept.workspace_id and p.root_id = kept.root_id
          join public.contact_identities own on own.workspace_id = p.workspace_id and own.contact_id = p.id
          join public.contact_identities i on i.workspace_id = own.workspace_id and i.id = own.root_id
          join public.conversations t on t.workspace_id = own.workspace_id and t.identity_id = own.id
          where mine.workspace_id = ${workspaceId} and mine.id = c.identity_id and t.channel_id = c.channel_id
            and t.is_root and t.id <> c.id and t.split_from_id is null and c.split_from_id is null
          order by t.last_activity_at desc
          limit ${sql.lit(most)}
        ) found
      ) as mates,
      (
        select coalesce(json_agg(found), '[]')
        from (
          select j.id as "joinId", j.loser_id as "threadId", j.reason, j.is_active as "isActive"
          from public.conversation_joins j
          where j.workspace_id = ${workspaceId} and j.source = 'staff' and not j.evidence ? 'splitId'
            and j.survivor_id in ${threads}
          order by j.created_at desc
          limit ${sql.lit(most)}
        ) found
      ) as merges,
      (
        select coalesce(json_agg(found), '[]')
        from (
          select s.id as "splitId", s.origin_id as "originId", s.part_id as "partId", s.reason,
            s.message_count as "messageCount", s.undone_at is null as "isActive"
          from public.conversation_splits s
          where s.workspace_id = ${workspaceId} and (s.origin_id in ${threads} or s.part_id in ${threads})
          order by s.created_at desc
          limit ${sql.lit(most)}
        ) found
      ) as splits,
      (
        select coalesce(json_agg(found), '[]')
        from (
          select k.kapso_conversation_id as id, k.first_seen_at as started_at
          from public.kapso_conversations k
          where k.workspace_id = ${workspaceId} and k.conversation_id in ${threads}
          order by k.first_seen_at desc
          limit ${sql.lit(most)}
        ) found
      ) as sessions
    from public.conversations c
    where c.workspace_id = ${workspaceId} and c.id = ${rootId}
  `.execute(database)
  const [row] = rows
  if (row === undefined) throw new NotFound('conversation_not_found', 'This conversation does not exist')
  return {
    isPart: row.is_part,
    addresses: row.addresses.map((found) => ({
      id: found.id,
      address: found.address,
      windowClosesAt:
        findReplyWindowEnd(
          found.last_inbound_at === null ? null : new Date(found.last_inbound_at),
        )?.toISOString() ?? null,
      threadIds: found.thread_ids,
    })),
    defaultAddressId: row.default_address_id,
    mates: row.mates.map((mate) => ({
      id: mate.id,
      address: mate.address,
      lastActivityAt: new Date(mate.last_activity_at).toISOString(),
    })),
    merges: row.merges,
    splits: row.splits,
    sessions: row.sessions.map(({ id, started_at }) => ({
      id,
      startedAt: new Date(started_at).toISOString(),
    })),
  }
}
