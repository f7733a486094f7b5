import { sql } from 'kysely'
import {
  resolveLabelsAsOf,
  type AccountAsOf,
  type ContactAsOf,
  type ConversationAsOf,
} from '../../domain/contact-as-of.ts'
import { formatPhone } from '../../domain/phone-number.ts'
import { wasActive, type PersonAsOf } from './contact-as-of-person.ts'
import type { Database } from './database.ts'
import { momentText } from './moment-text.ts'

/** The accounts that were known, those that were joined then shown as one; `ids` are all of them. */
export async function listAccountsAsOf(
  database: Database,
  { workspaceId, partIds, at }: PersonAsOf,
): Promise<(AccountAsOf & { ids: string[] })[]> {
  interface Row {
    id: string
    ids: string[]
    profile_name: string | null
    username: string | null
    first_seen_at: Date
    numbers: AccountAsOf['numbers']
  }
  const { rows } = await sql<Row>`
    with recursive account as materialized (
      select i.id, i.profile_name, i.profile_name_as_of, i.username, i.username_as_of, i.first_seen_at
      from public.contact_identities i
      where i.workspace_id = ${workspaceId} and i.contact_id = any (${partIds}::uuid[]) and i.first_seen_at <= ${at}
    ), path as (
      select a.id, a.id as reached from account a
      union
      select p.id, j.survivor_id
      from path p
      join public.identity_joins j
        on j.workspace_id = ${workspaceId} and j.loser_id = p.reached and ${wasActive('j', at)}
    ), joined as (
      select p.reached as id, p.id as member_id
      from path p
      where not exists (
        select from public.identity_joins j
        where j.workspace_id = ${workspaceId} and j.loser_id = p.reached and ${wasActive('j', at)}
      )
    ), grouped as materialized (
      select j.id, array_agg(j.member_id) as ids from joined j group by j.id
    )
    select g.id, g.ids, own.profile_name, own.username, own.first_seen_at, (
        select coalesce(jsonb_agg(jsonb_build_object('phone', n.phone_normalized,
          'firstSeenAt', ${momentText(sql`n.first_seen_at`)}, 'lastSeenAt', ${momentText(sql`n.last_seen_at`)})
          order by n.first_seen_at, n.phone_normalized), '[]')
        from (
          select p.phone_normalized, min(p.first_seen_at) as first_seen_at, max(p.last_seen_at) as last_seen_at
          from public.identity_phones p
          where p.workspace_id = ${workspaceId} and p.identity_id = any (g.ids) and p.first_seen_at <= ${at}
          group by p.phone_normalized
        ) n
      ) as numbers
    from grouped g
    cross join lateral (
      select min(a.first_seen_at) as first_seen_at,
        (array_agg(a.profile_name order by a.profile_name_as_of desc)
          filter (where a.profile_name_as_of <= ${at} and a.profile_name <> ''))[1] as profile_name,
        (array_agg(a.username order by a.username_as_of desc)
          filter (where a.username_as_of <= ${at} and a.username <> ''))[1] as username
      from account a
      where a.id = any (g.ids)
    ) own
    order by own.first_seen_at, g.id
  `.execute(database)
  return rows.map((row) => ({
    id: row.id,
    ids: row.ids,
    profileName: row.profile_name,
    username: row.username,
    firstSeenAt: row.first_seen_at.toISOString(),
    numbers: row.numbers.map((number) => ({ ...number, phone: formatPhone(number.phone) })),
  }))
}

/** Their conversations that had messages by then, with how many, latest first, and the labels of all of them. */
export async function readConversationsAsOf(
  database: Database,
  { workspaceId, at }: PersonAsOf,
  accountIds: string[],
): Promise<Pick<ContactAsOf, 'conversations' | 'labelIds'>> {
  interface Row {
    root_id: string
    channel_name: string
    address: string | null
    messages: number
    last_message_at: Date | null
    label_ids: string[]
    events: { kind: string; labelId: string }[]
  }
  const { rows } = await sql<Row>`
    select c.root_id, ch.name as channel_name, coalesce(i.phone, '@' || i.username) as address, sums.messages,
      sums.last_message_at, c.label_ids, (
        select coalesce(jsonb_agg(jsonb_build_object('kind', e.kind, 'labelId', e.details ->> 'labelId')
          order by e.occurred_at desc, e.id desc), '[]')
        from public.conversation_events e
        where e.workspace_id = ${workspaceId} and e.conversation_id = c.id and e.occurred_at > ${at}
          and e.kind in ('labelled', 'unlabelled')
      ) as events
    from public.conversations c
    join public.channels ch on ch.workspace_id = ${workspaceId} and ch.id = c.channel_id
    join public.contact_identities i on i.workspace_id = ${workspaceId} and i.id = c.identity_id
    cross join lateral (
      select count(*)::integer as messages, max(m.occurred_at) as last_message_at
      from public.messages m
      where m.workspace_id = ${workspaceId} and m.conversation_id = c.id and m.occurred_at <= ${at}
    ) sums
    where c.workspace_id = ${workspaceId} and c.identity_id = any (${accountIds}::uuid[])
    order by sums.last_message_at desc nulls last, c.id
  `.execute(database)
  return {
    conversations: rows.flatMap((row): ConversationAsOf[] =>
      row.last_message_at === null
        ? []
        : [
            {
              id: row.root_id,
              channelName: row.channel_name,
              address: row.address,
              messages: row.messages,
              lastMessageAt: row.last_message_at.toISOString(),
            },
          ],
    ),
    labelIds: [...new Set(rows.flatMap((row) => resolveLabelsAsOf(row.label_ids, row.events)))],
  }
}
