import { sql } from 'kysely'
import {
  blockLevels,
  type BlockLevel,
  type ContactBlock,
  type ContactConversation,
  type ContactNote,
  type FieldSource,
  type FormerNumber,
  type KnownIdentity,
  type OptOut,
} from '../../domain/contacts.ts'
import type { ConversationState } from '../../domain/inbox.ts'
import { formatPhone } from '../../domain/phone-number.ts'
import { findPerson, type PersonOf } from './contact-history.ts'
import type { Database } from './database.ts'
import { momentText } from './moment-text.ts'

const mostRows = 50

/** The accounts of a person, those that were joined shown by their root; first seen first. */
export async function listIdentities(
  database: Database,
  { workspaceId, accountIds }: PersonOf,
): Promise<KnownIdentity[]> {
  interface Row {
    id: string
    phone: string | null
    phone_verdict: KnownIdentity['phoneVerdict']
    username: string | null
    profile_name: string | null
    source: FieldSource
    first_seen_at: Date
    last_seen_at: Date
    scoped_ids: KnownIdentity['scopedIds']
  }
  const { rows } = await sql<Row>`
    select i.id, i.phone, i.phone_verdict, i.username, i.profile_name, i.source, seen.first_seen_at,
      greatest(seen.last_seen_at, told.last_seen_at, written.last_seen_at) as last_seen_at, told.scoped_ids
    from public.contact_identities i
    cross join lateral (
      select array_agg(m.id) as ids, min(m.first_seen_at) as first_seen_at,
        greatest(max(m.first_seen_at), max(m.profile_name_as_of), max(m.username_as_of)) as last_seen_at
      from public.contact_identities m
      where m.workspace_id = ${workspaceId} and m.root_id = i.id
    ) seen
    cross join lateral (
      select (
        select max(n.last_seen_at) from public.identity_phones n
        where n.workspace_id = ${workspaceId} and n.identity_id = any (seen.ids)
      ) as last_seen_at, (
        select coalesce(jsonb_agg(jsonb_build_object('scope', b.scope, 'value', b.value, 'firstSeenAt',
          ${momentText(sql`b.first_seen_at`)}) order by b.first_seen_at, b.id), '[]')
        from public.business_scoped_ids b
        where b.workspace_id = ${workspaceId} and b.identity_id = any (seen.ids)
      ) as scoped_ids
    ) told
    cross join lateral (
      select max(c.last_inbound_at) as last_seen_at from public.conversations c
      where c.workspace_id = ${workspaceId} and c.identity_id = any (seen.ids)
    ) written
    where i.workspace_id = ${workspaceId} and i.id = any (${accountIds}::uuid[]) and i.root_id = i.id
    order by i.first_seen_at, i.id
    limit ${sql.lit(mostRows)}
  `.execute(database)
  return rows.map((row) => ({
    id: row.id,
    phone: row.phone,
    phoneVerdict: row.phone_verdict,
    username: row.username,
    profileName: row.profile_name,
    source: row.source,
    firstSeenAt: row.first_seen_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
    scopedIds: row.scoped_ids,
  }))
}

/** Numbers that they had and that are none of theirs now, the one seen last first. */
export async function listFormerNumbers(
  database: Database,
  { workspaceId, accountIds }: PersonOf,
): Promise<FormerNumber[]> {
  const { rows } = await sql<{ phone: string; first_seen_at: Date; last_seen_at: Date }>`
    select n.phone_normalized as phone, min(n.first_seen_at) as first_seen_at, max(n.last_seen_at) as last_seen_at
    from public.identity_phones n
    where n.workspace_id = ${workspaceId} and n.identity_id = any (${accountIds}::uuid[])
      and not exists (
        select from public.contact_identities i
        where i.workspace_id = ${workspaceId} and i.id = any (${accountIds}::uuid[])
          and i.phone_normalized = n.phone_normalized
      )
    group by n.phone_normalized
    order by max(n.last_seen_at) desc, n.phone_normalized
    limit ${sql.lit(mostRows)}
  `.execute(database)
  return rows.map((row) => ({
    phone: formatPhone(row.phone),
    firstSeenAt: row.first_seen_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
  }))
}

/** Their conversations, latest activity first, with when each began. */
export async function listContactConversations(
  database: Database,
  { workspaceId, accountIds, people }: PersonOf,
): Promise<(ContactConversation & { startedAt: string })[]> {
  interface Row {
    id: string
    channel_id: string
    channel_name: string
    phone: string | null
    username: string | null
    state: ConversationState
    assignee_id: string | null
    label_ids: string[]
    last_activity_at: Date
    created_at: Date
  }
  const { rows } = await sql<Row>`
    select c.id, c.channel_id, ch.name as channel_name, i.phone, i.username, c.state, c.assignee_id, c.label_ids,
      c.last_activity_at, c.created_at
    from public.conversations c
    join public.channels ch on ch.id = c.channel_id
    join public.contact_identities own on own.id = c.identity_id
    join public.contact_identities i on i.id = own.root_id
    where c.workspace_id = ${workspaceId} and c.is_root and c.last_message_id is not null
      and c.identity_id = any (${accountIds}::uuid[])
    order by c.last_activity_at desc, c.id desc
    limit ${sql.lit(mostRows)}
  `.execute(database)
  return rows.map((row) => ({
    id: row.id,
    channelId: row.channel_id,
    channelName: row.channel_name,
    address: row.phone ?? (row.username === null ? null : `@${row.username}`),
    state: row.state,
    assignee: findPerson(people, row.assignee_id),
    labelIds: row.label_ids,
    lastActivityAt: row.last_activity_at.toISOString(),
    startedAt: row.created_at.toISOString(),
  }))
}

/** What the team noted in any of their conversations or on the contact itself, latest first. */
export async function listContactNotes(
  database: Database,
  { workspaceId, contactIds, accountIds, people }: PersonOf,
): Promise<ContactNote[]> {
  interface Row {
    id: string
    conversation_id: string | null
    author_id: string
    body: string
    created_at: Date
    edited_at: Date | null
  }
  const { rows } = await sql<Row>`
    select n.id, c.root_id as conversation_id, n.author_id, n.body, n.created_at, n.edited_at
    from public.conversation_notes n
    join public.conversations c on c.id = n.conversation_id
    where n.workspace_id = ${workspaceId} and n.deleted_at is null and n.conversation_id = any (array(
      select t.id from public.conversations t
      where t.workspace_id = ${workspaceId} and t.identity_id = any (${accountIds}::uuid[])
    ))
    union all
    select n.id, null, n.author_id, n.body, n.created_at, null
    from public.contact_notes n
    where n.workspace_id = ${workspaceId} and n.deleted_at is null and n.contact_id = any (${contactIds}::uuid[])
    order by created_at desc, id desc
    limit ${sql.lit(mostRows)}
  `.execute(database)
  return rows.map((row) => ({
    id: row.id,
    conversationId: row.conversation_id,
    author: findPerson(people, row.author_id) ?? { id: row.author_id, name: '' },
    body: row.body,
    createdAt: row.created_at.toISOString(),
    editedAt: row.edited_at?.toISOString() ?? null,
  }))
}

/** A line of contact_blocks, contact_opt_outs or contact_labels, ended or not. */
export interface DatedLine {
  id: string
  created_at: Date
  by: ContactBlock['createdBy']
  ended_at: Date | null
  ended_by: ContactBlock['createdBy']
}

export type OptOutLine = DatedLine & { reason: string | null }

export type BlockLine = OptOutLine & { level: BlockLevel; ends_at: Date | null }

export type LabelLine = DatedLine & { label_id: string; name: string }

/** Blocks that were ever set, latest first. One whose end has come ended then. */
export async function listBlocks(
  database: Database,
  { workspaceId, contactIds, people }: PersonOf,
): Promise<BlockLine[]> {
  const rows = await database
    .selectFrom('contact_blocks')
    .where('workspace_id', '=', workspaceId)
    .where(sql<boolean>`contact_id = any (${contactIds}::uuid[])`)
    .orderBy('created_at', 'desc')
    .limit(mostRows)
    .select(['id', 'level', 'reason', 'created_at', 'created_by', 'ends_at', 'ended_by'])
    .select(sql<Date | null>`coalesce(ended_at, case when ends_at <= now() then ends_at end)`.as('ended_at'))
    .execute()
  return rows.map(({ created_by: createdBy, ended_by: endedBy, level, ...row }) => ({
    ...row,
    level: toLevel(level),
    by: findPerson(people, createdBy),
    ended_by: findPerson(people, endedBy),
  }))
}

/** The strictest block that is in force. */
export function toBlock(lines: readonly BlockLine[]): ContactBlock | null {
  const [line] = lines
    .filter(({ ended_at: endedAt }) => endedAt === null)
    .toSorted((a, b) => blockLevels.indexOf(b.level) - blockLevels.indexOf(a.level))
  if (line === undefined) return null
  return {
    level: line.level,
    reason: line.reason,
    endsAt: line.ends_at?.toISOString() ?? null,
    createdAt: line.created_at.toISOString(),
    createdBy: line.by,
  }
}

function toLevel(stored: string): BlockLevel {
  return blockLevels.find((level) => level === stored) ?? 'mute'
}

/** What the team was told, whether it still holds or not, latest first. */
export async function listOptOutLines(
  database: Database,
  { workspaceId, contactIds, people }: PersonOf,
): Promise<OptOutLine[]> {
  const rows = await database
    .selectFrom('contact_opt_outs')
    .where('workspace_id', '=', workspaceId)
    .where(sql<boolean>`contact_id = any (${contactIds}::uuid[])`)
    .orderBy('created_at', 'desc')
    .limit(mostRows)
    .select(['id', 'reason', 'created_at', 'created_by', 'ended_at', 'ended_by'])
    .execute()
  return rows.map(({ created_by: createdBy, ended_by: endedBy, ...row }) => ({
    ...row,
    by: findPerson(people, createdBy),
    ended_by: findPerson(people, endedBy),
  }))
}

/** Labels of the contact itself, those that were taken off too, latest first. Those on conversations are the conversations'. */
export async function listOwnLabels(
  database: Database,
  { workspaceId, contactIds, people }: PersonOf,
): Promise<LabelLine[]> {
  interface Row {
    id: string
    label_id: string
    name: string
    created_at: Date
    created_by: string | null
    ended_at: Date | null
    ended_by: string | null
  }
  const { rows } = await sql<Row>`
    select l.id, l.label_id, k.name, l.created_at, l.created_by, l.ended_at, l.ended_by
    from public.contact_labels l
    join public.labels k on k.workspace_id = l.workspace_id and k.id = l.label_id
    where l.workspace_id = ${workspaceId} and l.contact_id = any (${contactIds}::uuid[])
    -- Those that hold first: more than these are of the past.
    order by l.ended_at is not null, l.created_at desc, l.id desc
    limit 200
  `.execute(database)
  return rows.map(({ created_by: createdBy, ended_by: endedBy, ...row }) => ({
    ...row,
    by: findPerson(people, createdBy),
    ended_by: findPerson(people, endedBy),
  }))
}

/** All opt-outs that hold: one of them is enough. WhatsApp's are by number of ours. */
export async function toOptOuts(
  database: Database,
  { workspaceId, accountIds }: PersonOf,
  lines: readonly OptOutLine[],
): Promise<OptOut[]> {
  const { rows } = await sql<{ id: string; channel_id: string; occurred_at: Date }>`
    select latest.id, latest.channel_id, latest.occurred_at
    from (
      select distinct on (m.channel_id, i.root_id) m.id, m.channel_id, m.occurred_at, m.status
      from public.contact_identities i
      join public.marketing_preferences m on m.workspace_id = i.workspace_id and m.identity_id = i.id
      where i.workspace_id = ${workspaceId} and i.id = any (${accountIds}::uuid[])
      order by m.channel_id, i.root_id, m.occurred_at desc, m.sequence desc
    ) latest
    where latest.status = 'stopped'
    order by latest.occurred_at desc, latest.id
  `.execute(database)
  const ofStaff = lines.filter(({ ended_at: endedAt }) => endedAt === null)
  return [
    ...ofStaff.map((line): OptOut => ({
      id: line.id,
      source: 'staff',
      channelId: null,
      reason: line.reason,
      since: line.created_at.toISOString(),
      by: line.by,
    })),
    ...rows.map((row): OptOut => ({
      id: row.id,
      source: 'whatsapp',
      channelId: row.channel_id,
      reason: null,
      since: row.occurred_at.toISOString(),
      by: null,
    })),
  ]
}
