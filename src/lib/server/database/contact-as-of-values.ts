import { sql } from 'kysely'
import { blockLevels, type BlockLevel, type FieldSource } from '../../domain/contacts.ts'
import {
  resolveValuesAsOf,
  type ChoiceFact,
  type ContactAsOf,
  type OwnFact,
  type ValueAsOf,
} from '../../domain/contact-as-of.ts'
import type { Person } from '../../domain/inbox.ts'
import { wasActive, type PersonAsOf } from './contact-as-of-person.ts'
import type { Database } from './database.ts'
import { personOf } from './merge-list.ts'

/** What each field showed at a moment, of all contacts that were one then. Owners are told by their names. */
export async function readValuesAsOf(database: Database, of: PersonAsOf): Promise<ValueAsOf[]> {
  const facts = {
    rootId: of.rootId,
    partIds: of.partIds,
    own: await readOwnFacts(database, of),
    merges: await readMerges(database, of),
    spoken: await readSpoken(database, of),
  }
  const values = resolveValuesAsOf(facts, of.at.toISOString())
  const owner = values.find(({ field }) => field === 'owner')
  if (owner === undefined) return values
  const member = await database
    .selectFrom('workspace_members')
    .where('workspace_id', '=', of.workspaceId)
    .where('user_id', '=', owner.value)
    .select('display_name')
    .executeTakeFirst()
  return values.map((each) =>
    each === owner ? { ...owner, value: member?.display_name ?? owner.value } : each,
  )
}

async function readOwnFacts(
  database: Database,
  { workspaceId, partIds, at }: PersonAsOf,
): Promise<OwnFact[]> {
  interface Row {
    contact_id: string
    field: string
    told_at: Date | null
    told_value: string | null
    told_source: FieldSource | null
    has_next: boolean
    next_value: string | null
    value: string | null
    source: FieldSource | null
    as_of: Date | null
  }
  const { rows } = await sql<Row>`
    with present as materialized (
      select k.id as contact_id, v.field, v.value, v.source, v.as_of
      from public.contacts k
      cross join lateral (
        values ('name', k.name, k.name_source, k.name_as_of), ('email', k.email, k.email_source, k.email_as_of),
          ('owner', k.owner_id::text, null, null),
          ('lead_status', k.lead_status::text, k.lead_status_source, k.lead_status_as_of)
      ) as v (field, value, source, as_of)
      where k.workspace_id = ${workspaceId} and k.id = any (${partIds}::uuid[])
      union all
      select o.contact_id, concat_ws(':', 'field', o.field_id), o.value, o.source, o.as_of
      from public.contact_field_values o
      where o.workspace_id = ${workspaceId} and o.contact_id = any (${partIds}::uuid[])
    ), changed as materialized (
      select h.contact_id, h.field, h.old_value, h.new_value, h.source, h.changed_at, h.overrules_merge, h.id
      from public.contact_changes h
      where h.workspace_id = ${workspaceId} and h.contact_id = any (${partIds}::uuid[])
    ), told as (
      select distinct on (h.contact_id, h.field) h.contact_id, h.field, h.new_value, h.source, h.changed_at
      from changed h
      where h.changed_at <= ${at}
      order by h.contact_id, h.field, h.changed_at desc, h.id desc
    ), next as (
      select distinct on (h.contact_id, h.field) h.contact_id, h.field,
        -- Its own value did not change by it.
        case when h.overrules_merge then h.new_value else h.old_value end as value
      from changed h
      where h.changed_at > ${at}
      order by h.contact_id, h.field, h.changed_at, h.id
    )
    select s.contact_id, s.field, told.changed_at as told_at, told.new_value as told_value, told.source as told_source,
      next.contact_id is not null as has_next, next.value as next_value, present.value, present.source, present.as_of
    from (
      select p.contact_id, p.field from present p
      union
      select h.contact_id, h.field from changed h
    ) s
    left join told on told.contact_id = s.contact_id and told.field = s.field
    left join next on next.contact_id = s.contact_id and next.field = s.field
    left join present on present.contact_id = s.contact_id and present.field = s.field
  `.execute(database)
  return rows.map((row) => ({
    contactId: row.contact_id,
    field: row.field,
    told:
      row.told_at === null
        ? null
        : { value: row.told_value, source: row.told_source, at: row.told_at.toISOString() },
    next: row.has_next ? { value: row.next_value } : null,
    present: { value: row.value, source: row.source, asOf: row.as_of?.toISOString() ?? null },
  }))
}

async function readMerges(database: Database, { workspaceId, rootId, at }: PersonAsOf) {
  const { rows } = await sql<{ made_at: Date; choices: Record<string, ChoiceFact> }>`
    select j.created_at as made_at, j.choices
    from public.contact_joins j
    where j.workspace_id = ${workspaceId} and j.survivor_id = ${rootId} and j.source = 'staff' and ${wasActive('j', at)}
  `.execute(database)
  return rows.map((row) => ({ madeAt: row.made_at.toISOString(), choices: row.choices }))
}

/** What was handed on at an undo is said no more. */
async function readSpoken(
  database: Database,
  { workspaceId, rootId, at }: PersonAsOf,
): Promise<Record<string, string>> {
  const { rows } = await sql<{ field: string; spoken_at: Date }>`
    select distinct on (h.field) h.field, h.changed_at as spoken_at
    from public.contact_changes h
    where h.workspace_id = ${workspaceId} and h.contact_id = ${rootId}
      -- A name that was taken back is WhatsApp's again.
      and (h.source = 'staff' or h.source = 'whatsapp_profile' and h.changed_by is not null)
      and h.undone_merge_id is null and h.changed_at <= ${at}
      and not exists (
        select from public.contact_changes t
        where t.workspace_id = ${workspaceId} and t.contact_id = h.contact_id and t.field = h.field
          and t.undone_merge_id is not null and t.changed_at > h.changed_at and t.changed_at <= ${at}
      )
    order by h.field, h.changed_at desc
  `.execute(database)
  return Object.fromEntries(rows.map((row) => [row.field, row.spoken_at.toISOString()]))
}

/** The strictest block that was in force. */
export async function readBlockAsOf(
  database: Database,
  { workspaceId, partIds, at }: PersonAsOf,
): Promise<ContactAsOf['block']> {
  const { rows } = await sql<{
    level: BlockLevel
    reason: string | null
    created_at: Date
    by: Person | null
  }>`
    select b.level, b.reason, b.created_at, ${personOf(workspaceId, sql`b.created_by`)} as by
    from public.contact_blocks b
    where b.workspace_id = ${workspaceId} and b.contact_id = any (${partIds}::uuid[]) and b.created_at <= ${at}
      and (b.ended_at is null or b.ended_at > ${at}) and (b.ends_at is null or b.ends_at > ${at})
    order by array_position(${blockLevels}::text[], b.level) desc, b.created_at
    limit 1
  `.execute(database)
  const [row] = rows
  if (row === undefined) return null
  return { level: row.level, reason: row.reason, since: row.created_at.toISOString(), by: row.by }
}

/** What the team had been told, and what they had told WhatsApp, each of our numbers by itself. */
export async function listOptOutsAsOf(
  database: Database,
  { workspaceId, partIds, at }: PersonAsOf,
): Promise<ContactAsOf['optOuts']> {
  interface Row {
    channel_name: string | null
    reason: string | null
    since: Date
    by: Person | null
  }
  const { rows } = await sql<Row>`
    select null as channel_name, o.reason, o.created_at as since, ${personOf(workspaceId, sql`o.created_by`)} as by
    from public.contact_opt_outs o
    where o.workspace_id = ${workspaceId} and o.contact_id = any (${partIds}::uuid[]) and o.created_at <= ${at}
      and (o.ended_at is null or o.ended_at > ${at})
    union all
    select ch.name, null, latest.occurred_at, null
    from (
      select distinct on (p.channel_id, p.identity_id) p.channel_id, p.occurred_at, p.status
      from public.marketing_preferences p
      where p.workspace_id = ${workspaceId} and p.occurred_at <= ${at} and p.identity_id = any (array(
        select i.id from public.contact_identities i
        where i.workspace_id = ${workspaceId} and i.contact_id = any (${partIds}::uuid[])
      ))
      order by p.channel_id, p.identity_id, p.occurred_at desc, p.sequence desc
    ) latest
    join public.channels ch on ch.workspace_id = ${workspaceId} and ch.id = latest.channel_id
    where latest.status = 'stopped'
    order by since
  `.execute(database)
  return rows.map((row) => ({
    channelName: row.channel_name,
    reason: row.reason,
    since: row.since.toISOString(),
    by: row.by,
  }))
}

/** The labels that lay on the contact itself, and not on its conversations. */
export async function listOwnLabelsAsOf(
  database: Database,
  { workspaceId, partIds, at }: PersonAsOf,
): Promise<string[]> {
  const { rows } = await sql<{ label_id: string }>`
    select distinct l.label_id from public.contact_labels l
    where l.workspace_id = ${workspaceId} and l.contact_id = any (${partIds}::uuid[]) and l.created_at <= ${at}
      and (l.ended_at is null or l.ended_at > ${at})
  `.execute(database)
  return rows.map((row) => row.label_id)
}
