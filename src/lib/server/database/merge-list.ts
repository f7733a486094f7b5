import { sql, type RawBuilder } from 'kysely'
import type { LaterEdit, MergeProposal, MergeRecord, NamedContact } from '../../domain/merges/merge-list.ts'
import type { Person } from '../../domain/inbox.ts'
import type { MergeChoices } from '../../domain/merges/merge-facts.ts'
import { shownColumns } from './contact-columns.ts'
import type { Database } from './database.ts'
import { momentText } from './moment-text.ts'

const mostListed = 100

/** Who somebody of the team is; null for nobody, and for who never belonged to the workspace. */
export const personOf = (workspaceId: string, userId: RawBuilder<unknown>) => sql<Person | null>`(
  select jsonb_build_object('id', w.user_id, 'name', w.display_name) from public.workspace_members w
  where w.workspace_id = ${workspaceId} and w.user_id = ${userId}
)`

/** A contact's id and what to call it, also of one that was merged. */
export const namedContact = (workspaceId: string, contactId: RawBuilder<unknown>) => sql<NamedContact>`(
  select jsonb_build_object('id', k.id, 'name', coalesce(${shownColumns('k').name}, (
    select coalesce(i.profile_name, i.phone, '@' || i.username) from public.contact_identities i
    where i.workspace_id = ${workspaceId} and i.contact_id = k.id
    order by i.profile_name is null, i.id
    limit 1
  ), ${shownColumns('k').email}, 'WhatsApp user'))
  from public.contacts k where k.workspace_id = ${workspaceId} and k.id = ${contactId}
)`

/** What stood in a field; of owners their name, also of those who left. */
export const writtenValue = (
  workspaceId: string,
  field: RawBuilder<unknown>,
  value: RawBuilder<unknown>,
) => sql<string | null>`case when ${field} = 'owner' then coalesce((
  select w.display_name from public.workspace_members w
  where w.workspace_id = ${workspaceId} and w.user_id::text = ${value}
), ${value}) else ${value} end`

/**
 * What staff merged, latest first, at most 100, of contacts that the reader sees: who, what, when, why, and what became
 * of it. Each with what was written since to those who show who was merged, and, once it is undone, who got it.
 *
 * @param contactId only those in which this contact had a part
 */
export async function listMerges(
  database: Database,
  workspaceId: string,
  contactId: string | null = null,
): Promise<MergeRecord[]> {
  interface Row {
    merge_id: string
    made_at: Date
    reason: string
    survivor: NamedContact
    made_by: Person | null
    merged: MergeRecord['merged']
    later_edits: LaterEdit[]
    has_edits: boolean
  }
  const { rows } = await sql<Row>`
    select m.merge_id, m.made_at, m.reason, ${namedContact(workspaceId, sql`m.survivor_id`)} as survivor,
      ${personOf(workspaceId, sql`m.made_by`)} as made_by, (
        select jsonb_agg(${namedContact(workspaceId, sql`j.loser_id`)} || jsonb_build_object('joinId', j.id,
          'undoneAt', ${momentText(sql`j.undone_at`)}, 'undoneBy', ${personOf(workspaceId, sql`j.undone_by`)})
          order by j.created_at, j.id)
        from public.contact_joins j
        where j.workspace_id = ${workspaceId} and j.merge_id = m.merge_id
      ) as merged, (
        select coalesce(jsonb_agg(jsonb_build_object('field', e.field, 'label', d.label,
          'oldValue', ${writtenValue(workspaceId, sql`e.field`, sql`e.old_value`)},
          'newValue', ${writtenValue(workspaceId, sql`e.field`, sql`e.new_value`)}, 'changedAt', ${momentText(sql`e.changed_at`)},
          'changedBy', ${personOf(workspaceId, sql`e.changed_by`)},
          'handedTo', ${namedContact(workspaceId, sql`e.handed_to_id`)}) order by e.changed_at desc), '[]')
        from (
          select l.field, l.old_value, l.new_value, l.changed_at, l.changed_by, null::uuid as handed_to_id
          from private.list_later_edits(${workspaceId}, m.merge_id) l
          where m.undone_at = 'infinity' and l.field not in ('block', 'opt_out')
          union all
          select t.field, t.new_value, t.old_value, t.changed_at, t.changed_by, t.handed_to_id
          from public.contact_changes t
          where t.workspace_id = ${workspaceId} and t.undone_merge_id = m.merge_id
          union all
          (
            select distinct on (h.field) h.field, h.old_value, h.new_value, h.changed_at, h.changed_by, null
            from public.contact_changes h
            where h.workspace_id = ${workspaceId} and h.contact_id = m.survivor_id and m.undone_at <> 'infinity'
              and h.source in ('bot', 'import', 'staff') and h.undone_merge_id is null
              and h.changed_at > m.made_at and h.changed_at <= m.undone_at
              and not exists (
                select from public.contact_changes t
                where t.workspace_id = ${workspaceId} and t.undone_merge_id = m.merge_id
                  and t.contact_id = h.contact_id and t.field = h.field
              )
            order by h.field, h.changed_at desc
          )
          order by changed_at desc
          limit 50
        ) e
        left join public.contact_field_definitions d
          on d.workspace_id = ${workspaceId} and concat_ws(':', 'field', d.id) = e.field
      ) as later_edits, m.undone_at = 'infinity' and exists (
        select from private.list_later_edits(${workspaceId}, m.merge_id) l
      ) as has_edits
    from (
      select j.merge_id, min(j.created_at) as made_at, min(j.reason) as reason,
        (array_agg(j.survivor_id))[1] as survivor_id, (array_agg(j.made_by))[1] as made_by,
        max(coalesce(j.undone_at, 'infinity')) as undone_at
      from public.contact_joins j
      where j.workspace_id = ${workspaceId} and j.merge_id is not null
      group by j.merge_id
      having ${contactId}::uuid is null or bool_or(${contactId}::uuid in (j.loser_id, j.survivor_id))
      order by min(j.created_at) desc, j.merge_id
      limit ${sql.lit(mostListed)}
    ) m
    order by m.made_at desc, m.merge_id
  `.execute(database)
  return rows.map((row) => ({
    id: row.merge_id,
    survivor: row.survivor,
    merged: row.merged,
    reason: row.reason,
    madeAt: row.made_at.toISOString(),
    madeBy: row.made_by,
    laterEdits: row.later_edits,
    hasEdits: row.has_edits,
  }))
}

/** Proposals, those that are open first, then the latest, at most 100: to owners and admins all, to agents their own. */
export async function listMergeProposals(database: Database, workspaceId: string): Promise<MergeProposal[]> {
  interface Row {
    id: string
    contacts: NamedContact[]
    survivor_id: string
    choices: MergeChoices
    reason: string
    created_at: Date
    proposer_id: Person | null
    state: MergeProposal['state']
    decided_at: Date | null
    decided_by: Person | null
  }
  const { rows } = await sql<Row>`
    select p.id, p.survivor_id, p.choices, p.reason, p.created_at, p.state, p.decided_at,
      ${personOf(workspaceId, sql`p.proposer_id`)} as proposer_id,
      ${personOf(workspaceId, sql`p.decided_by`)} as decided_by, (
        select coalesce(jsonb_agg(n.named order by n.place) filter (where n.named is not null), '[]')
        from (
          select a.place, ${namedContact(workspaceId, sql`a.id`)} as named
          from unnest(p.contact_ids) with ordinality as a (id, place)
        ) n
      ) as contacts
    from public.merge_proposals p
    where p.workspace_id = ${workspaceId}
    order by p.state = 'open' desc, p.created_at desc, p.id
    limit ${sql.lit(mostListed)}
  `.execute(database)
  return rows.map((row) => ({
    id: row.id,
    contacts: row.contacts,
    survivorId: row.survivor_id,
    choices: row.choices,
    reason: row.reason,
    proposedAt: row.created_at.toISOString(),
    proposedBy: row.proposer_id,
    state: row.state,
    decidedAt: row.decided_at?.toISOString() ?? null,
    decidedBy: row.decided_by,
  }))
}
