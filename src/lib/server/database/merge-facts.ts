import { sql } from 'kysely'
import type { FieldSource } from '../../domain/contacts.ts'
import type { MergeCounts, MergeFacts, MergeSide, MergeValue } from '../../domain/merges/merge-facts.ts'
import { selectShownFields, shownColumns } from './contact-columns.ts'
import { listContactFields } from './contact-fields.ts'
import { readContactRows } from './contact-rows.ts'
import type { Database } from './database.ts'
import { momentText } from './moment-text.ts'

type Told = { source: FieldSource | null; asOf: string | null; from: string | null } | null

interface FactsRow {
  id: string
  created_at: Date
  name: string | null
  email: string | null
  lead_status: string
  owner_id: string | null
  name_source: FieldSource | null
  name_as_of: Date | null
  email_source: FieldSource | null
  email_as_of: Date | null
  lead_status_source: FieldSource | null
  lead_status_as_of: Date | null
  part_ids: string[]
  chosen: Record<string, Told>
  fields: { id: string; value: string; source: FieldSource; asOf: string; from: string | null }[]
  identities: MergeSide['identities']
}

/** The contacts that show these, each once, in their order; those that are not to see are missing. */
export async function findMergeRoots(
  database: Database,
  workspaceId: string,
  contactIds: readonly string[],
): Promise<string[]> {
  const { rows } = await sql<{ root_id: string }>`
    select c.root_id
    from unnest(${contactIds}::uuid[]) with ordinality as asked (id, place)
    join public.contacts c on c.workspace_id = ${workspaceId} and c.id = asked.id
    order by asked.place
  `.execute(database)
  return [...new Set(rows.map((row) => row.root_id))]
}

/**
 * What a plan is made from.
 *
 * @param rootIds in the order in which they are to be shown; those that are no roots, or not to see, are left out
 * @param isCounted false leaves out what no hash depends on: counts and open conversations
 */
export async function readMergeFacts(
  database: Database,
  workspaceId: string,
  rootIds: readonly string[],
  { isCounted = true } = {},
): Promise<MergeFacts> {
  const definitions = await listContactFields(database, workspaceId)
  const shown = new Map((await readContactRows(database, workspaceId, rootIds)).map((row) => [row.id, row]))
  const facts = new Map((await readValues(database, workspaceId, rootIds)).map((row) => [row.id, row]))
  const counts = isCounted ? await readCounts(database, workspaceId, rootIds) : new Map<string, Counted>()
  return {
    definitions,
    sides: rootIds.flatMap((id) => {
      const row = shown.get(id)
      const own = facts.get(id)
      if (row === undefined || own === undefined) return []
      const counted = counts.get(id) ?? { conversations: 0, messages: 0, notes: 0, open: [] }
      const { open, ...sums } = counted
      return {
        id,
        title: row.name,
        address: row.address,
        createdAt: own.created_at.toISOString(),
        partIds: own.part_ids,
        values: valuesOf(own, new Set(definitions.map((definition) => definition.id))),
        identities: own.identities,
        labelIds: row.labelIds,
        isOptedOut: row.isOptedOut,
        blockLevel: row.blockLevel,
        counts: sums,
        open,
      }
    }),
  }
}

function valuesOf(own: FactsRow, shownFields: ReadonlySet<string>): MergeSide['values'] {
  const values: MergeSide['values'] = {}
  const put = (field: string, value: string | null, source: FieldSource | null, asOf: Date | null) => {
    if (value === null) return
    const chosen = own.chosen[field]
    values[field] = chosen
      ? { value, source: chosen.source, asOf: chosen.asOf, from: chosen.from ?? 'custom' }
      : { value, source, asOf: asOf?.toISOString() ?? null, from: own.id }
  }
  put('name', own.name, own.name_source, own.name_as_of)
  put('email', own.email, own.email_source, own.email_as_of)
  put('owner', own.owner_id, own.owner_id === null ? null : 'staff', null)
  put('lead_status', own.lead_status, own.lead_status_source, own.lead_status_as_of)
  for (const { id, from, ...value } of own.fields)
    if (shownFields.has(id)) values[`field:${id}`] = { ...value, from: from ?? 'custom' } satisfies MergeValue
  return values
}

async function readValues(
  database: Database,
  workspaceId: string,
  rootIds: readonly string[],
): Promise<FactsRow[]> {
  const columns = shownColumns('p')
  const { rows } = await sql<FactsRow>`
    select p.id, p.created_at, ${columns.name} as name, ${columns.email} as email,
      ${columns.leadStatus} as lead_status, ${columns.ownerId} as owner_id,
      p.name_source, coalesce(p.name_as_of, (
        select max(i.profile_name_as_of) from public.contact_identities i
        where i.workspace_id = ${workspaceId} and i.contact_id = any (part.ids) and i.profile_name = p.name
      )) as name_as_of,
      p.email_source, p.email_as_of, p.lead_status_source, p.lead_status_as_of, part.ids as part_ids,
      (
        select coalesce(jsonb_object_agg(v.field, jsonb_build_object(
          'source', v.source, 'asOf', ${momentText(sql`v.as_of`)}, 'from', v.from_id)), '{}')
        from public.contact_chosen_values v
        where v.workspace_id = ${workspaceId} and v.contact_id = p.id and v.field_id is null
          and v.value is not null
      ) as chosen, (
        select coalesce(jsonb_agg(jsonb_build_object('id', f.field_id, 'value', f.value, 'source', f.source,
          'asOf', ${momentText(sql`f.as_of`)}, 'from', f.from_id) order by f.field_id), '[]')
        from (${selectShownFields(workspaceId, sql`part.ids`)}) f
      ) as fields, (
        select coalesce(jsonb_agg(jsonb_build_object('id', i.id, 'address', coalesce(i.phone, '@' || i.username),
          'profileName', i.profile_name) order by i.first_seen_at, i.id), '[]')
        from public.contact_identities i
        where i.workspace_id = ${workspaceId} and i.contact_id = any (part.ids) and i.root_id = i.id
      ) as identities
    from unnest(${rootIds}::uuid[]) as asked (id)
    -- By ids alone: where a workspace is new, Postgres takes it for almost empty, and would look through all of it.
    cross join lateral (
      select c.* from public.contacts c
      where c.workspace_id = ${workspaceId} and c.id = asked.id and c.is_root
      limit 1
    ) p
    cross join lateral (
      select array(
        select k.id from public.contacts k where k.workspace_id = ${workspaceId} and k.root_id = p.id order by k.id
      ) as ids offset 0
    ) part
  `.execute(database)
  return rows
}

type Counted = MergeCounts & { open: MergeSide['open'] }

async function readCounts(
  database: Database,
  workspaceId: string,
  rootIds: readonly string[],
): Promise<Map<string, Counted>> {
  const { rows } = await sql<Counted & { id: string }>`
    select asked.id, sums.conversations, sums.open, (
        select count(*)::integer from public.messages m
        where m.workspace_id = ${workspaceId} and m.conversation_id = any (thread.ids)
      ) as messages, (
        select count(*)::integer from public.conversation_notes n
        where n.workspace_id = ${workspaceId} and n.conversation_id = any (thread.ids) and n.deleted_at is null
      ) + (
        select count(*)::integer
        from public.contacts k
        join public.contact_notes n on n.workspace_id = k.workspace_id and n.contact_id = k.id
        where k.workspace_id = ${workspaceId} and k.root_id = asked.id and n.deleted_at is null
      ) as notes
    from unnest(${rootIds}::uuid[]) as asked (id)
    cross join lateral (
      select array(
        select i.id
        from public.contacts k
        join public.contact_identities i on i.workspace_id = k.workspace_id and i.contact_id = k.id
        where k.workspace_id = ${workspaceId} and k.root_id = asked.id
      ) as ids offset 0
    ) account
    cross join lateral (
      select array(
        select c.id from public.conversations c
        where c.workspace_id = ${workspaceId} and c.identity_id = any (account.ids)
      ) as ids offset 0
    ) thread
    cross join lateral (
      select count(*)::integer as conversations, coalesce(jsonb_agg(jsonb_build_object('conversationId', c.id,
        'channelId', c.channel_id, 'channelName', ch.name, 'address', coalesce(i.phone, '@' || i.username))
        order by c.id) filter (where c.state <> 'closed'), '[]') as open
      from public.conversations c
      join public.channels ch on ch.id = c.channel_id
      join public.contact_identities own on own.id = c.identity_id
      join public.contact_identities i on i.id = own.root_id
      where c.workspace_id = ${workspaceId} and c.id = any (thread.ids) and c.is_root
        and c.last_message_id is not null
    ) sums
  `.execute(database)
  return new Map(rows.map(({ id, ...counted }) => [id, counted]))
}
