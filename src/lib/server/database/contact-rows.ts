import { sql } from 'kysely'
import type { BlockLevel, ContactRow } from '../../domain/contacts.ts'
import type { LeadStatus } from '../../domain/inbox.ts'
import { selectShownFields, shownColumns } from './contact-columns.ts'
import type { Database } from './database.ts'

interface Row {
  id: string
  name: string | null
  profile_name: string | null
  phone: string | null
  username: string | null
  email: string | null
  lead_status: LeadStatus
  owner_id: string | null
  owner_name: string | null
  label_ids: string[]
  channel_ids: string[]
  conversation_id: string | null
  last_activity_at: Date | null
  created_at: Date
  fields: Record<string, string> | null
  is_opted_out: boolean
  block_level: BlockLevel | null
}

/** The lines of some contacts, which are roots, in the order of their ids here. Those that are not to see are missing. */
export async function readContactRows(
  database: Database,
  workspaceId: string,
  ids: readonly string[],
): Promise<ContactRow[]> {
  if (ids.length === 0) return []
  const shown = shownColumns('p')
  const { rows } = await sql<Row>`
    select p.id, ${shown.name} as name, who.profile_name, who.phone, who.username, ${shown.email} as email,
      ${shown.leadStatus} as lead_status, owner.user_id as owner_id, owner.display_name as owner_name,
      reach.label_ids, reach.channel_ids, thread.id as conversation_id, thread.last_activity_at, p.created_at,
      filled.fields, stopped.is_opted_out, block.level as block_level
    from unnest(${ids}::uuid[]) with ordinality as chosen (id, place)
    -- By ids alone: where a workspace is new, Postgres takes it for almost empty, and would look through all of it.
    cross join lateral (
      select p.* from public.contacts p where p.workspace_id = ${workspaceId} and p.id = chosen.id limit 1
    ) p
    cross join lateral (
      select array(
        select k.id from public.contacts k where k.workspace_id = ${workspaceId} and k.root_id = p.id
      ) as ids offset 0
    ) part
    cross join lateral (
      select array(
        select i.id from public.contact_identities i
        where i.workspace_id = ${workspaceId} and i.contact_id = any (part.ids)
      ) as ids offset 0
    ) account
    left join lateral (
      select c.id, c.last_activity_at, c.identity_id from public.conversations c
      where c.workspace_id = ${workspaceId} and c.is_root and c.last_message_id is not null
        and c.identity_id = any (account.ids)
      order by c.last_activity_at desc, c.id desc
      limit 1
    ) thread on true
    left join lateral (
      select i.profile_name, i.phone, i.username from public.contact_identities i
      where i.workspace_id = ${workspaceId} and i.id = any (account.ids)
      order by i.id = thread.identity_id desc nulls last, i.phone is null, i.first_seen_at, i.id
      limit 1
    ) who on true
    left join lateral (
      select m.user_id, m.display_name from public.workspace_members m
      where m.workspace_id = ${workspaceId} and m.user_id = ${shown.ownerId}
      limit 1
    ) owner on true
    cross join lateral (
      select array(
          select unnest(c.label_ids) from public.conversations c
          where c.workspace_id = ${workspaceId} and c.is_root and c.identity_id = any (account.ids)
          union
          select l.label_id from public.contact_labels l
          where l.workspace_id = ${workspaceId} and l.contact_id = any (part.ids) and l.ended_at is null
          order by 1
        ) as label_ids,
        coalesce(array_agg(distinct c.channel_id), '{}') as channel_ids
      from public.conversations c
      where c.workspace_id = ${workspaceId} and c.is_root and c.identity_id = any (account.ids)
    ) reach
    left join lateral (
      select jsonb_object_agg(f.field_id, f.value) as fields
      from (${selectShownFields(workspaceId, sql`part.ids`)}) f
    ) filled on true
    left join lateral (
      select b.level from public.contact_blocks b
      where b.workspace_id = ${workspaceId} and b.contact_id = any (part.ids) and b.ended_at is null
        and (b.ends_at is null or b.ends_at > now())
      order by array_position(array['drop', 'quarantine', 'mute'], b.level)
      limit 1
    ) block on true
    cross join lateral (
      select exists (
        select from public.contact_opt_outs o
        where o.workspace_id = ${workspaceId} and o.contact_id = any (part.ids) and o.ended_at is null
      ) or exists (
        select from (
          select distinct on (m.channel_id, i.root_id) m.status
          from public.contact_identities i
          join public.marketing_preferences m on m.workspace_id = i.workspace_id and m.identity_id = i.id
          where i.workspace_id = ${workspaceId} and i.id = any (account.ids)
          order by m.channel_id, i.root_id, m.occurred_at desc, m.sequence desc
        ) latest where latest.status = 'stopped'
      ) as is_opted_out
    ) stopped
    order by chosen.place
  `.execute(database)
  return rows.map(toContactRow)
}

function toContactRow(row: Row): ContactRow {
  const address = row.phone ?? (row.username === null ? null : `@${row.username}`)
  return {
    id: row.id,
    name: row.name ?? row.profile_name ?? address ?? row.email ?? 'WhatsApp user',
    address,
    email: row.email,
    leadStatus: row.lead_status,
    owner: row.owner_id === null ? null : { id: row.owner_id, name: row.owner_name ?? '' },
    labelIds: row.label_ids,
    channelIds: row.channel_ids,
    conversationId: row.conversation_id,
    lastActivityAt: row.last_activity_at?.toISOString() ?? null,
    createdAt: row.created_at.toISOString(),
    fields: row.fields ?? {},
    isOptedOut: row.is_opted_out,
    blockLevel: row.block_level,
  }
}
