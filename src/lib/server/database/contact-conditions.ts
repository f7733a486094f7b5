import { sql, type RawBuilder } from 'kysely'
import type { ContactFilter } from '../../domain/contacts.ts'
import { shownColumns } from './contact-columns.ts'

/**
 * The contacts of a list (alias p), roots alone. `text` is not among the conditions: what fits it is asked of
 * `searchContacts`.
 *
 * @param timeZone of the workspace, in which its days begin
 */
export function conditionsOf(
  filter: ContactFilter,
  workspaceId: string,
  timeZone: string,
): RawBuilder<unknown> {
  const shown = shownColumns('p')
  // Those that an undone import had made are nobody.
  const conditions = [sql`p.workspace_id = ${workspaceId} and p.is_root and p.set_aside_at is null`]
  const add = (isAsked: boolean, condition: () => RawBuilder<unknown>) => {
    if (isAsked) conditions.push(condition())
  }
  add(
    filter.leadStatus !== undefined,
    () => sql`${shown.leadStatus} = ${filter.leadStatus}::public.lead_status`,
  )
  add(filter.ownerId === 'none', () => sql`${shown.ownerId} is null`)
  add(
    filter.ownerId !== undefined && filter.ownerId !== 'none',
    () => sql`${shown.ownerId} = ${filter.ownerId}`,
  )
  add(
    filter.labelId !== undefined,
    () => sql`p.id in (
      ${selectThoseOfConversations(workspaceId, sql`c.label_ids @> array[${filter.labelId}::uuid]`)}
      union all
      select k.root_id
      from public.contact_labels l
      join public.contacts k on k.workspace_id = l.workspace_id and k.id = l.contact_id
      where l.workspace_id = ${workspaceId} and l.label_id = ${filter.labelId} and l.ended_at is null
    )`,
  )
  add(
    filter.channelId !== undefined,
    () => sql`p.id in (
      ${selectThoseOfConversations(workspaceId, sql`c.channel_id = ${filter.channelId}`)}
    )`,
  )
  add(filter.isBlocked === true, () => isBlocked(workspaceId))
  add(filter.isOptedOut === true, () => isOptedOut(workspaceId))
  add(filter.hasDuplicates === true, () => hasDuplicates(workspaceId))
  add(
    filter.createdFrom !== undefined,
    () => sql`p.created_at >= (${filter.createdFrom}::date)::timestamp at time zone ${timeZone}`,
  )
  add(
    filter.createdTo !== undefined,
    () => sql`p.created_at < (${filter.createdTo}::date + 1)::timestamp at time zone ${timeZone}`,
  )
  return sql.join(conditions, sql` and `)
}

/** Those who have such a conversation (alias c), by their roots. */
function selectThoseOfConversations(
  workspaceId: string,
  condition: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`
    select kept.root_id
    from public.conversations c
    join public.contact_identities own on own.id = c.identity_id
    join public.contact_identities i on i.id = own.root_id
    join public.contacts kept on kept.id = i.contact_id
    where c.workspace_id = ${workspaceId} and c.is_root and ${condition}
  `
}

function isBlocked(workspaceId: string): RawBuilder<unknown> {
  return sql`p.id in (
    select k.root_id
    from public.contact_blocks b
    join public.contacts k on k.workspace_id = b.workspace_id and k.id = b.contact_id
    where b.workspace_id = ${workspaceId} and b.ended_at is null and (b.ends_at is null or b.ends_at > now())
  )`
}

/** By the team's word, or WhatsApp's of any number of ours: of joined accounts the latest counts. */
function isOptedOut(workspaceId: string): RawBuilder<unknown> {
  return sql`p.id in (
    select k.root_id
    from public.contact_opt_outs o
    join public.contacts k on k.workspace_id = o.workspace_id and k.id = o.contact_id
    where o.workspace_id = ${workspaceId} and o.ended_at is null
    union all
    select k.root_id
    from (
      select distinct on (m.channel_id, i.root_id) i.root_id, m.status
      from public.marketing_preferences m
      join public.contact_identities i on i.workspace_id = m.workspace_id and i.id = m.identity_id
      where m.workspace_id = ${workspaceId}
      order by m.channel_id, i.root_id, m.occurred_at desc, m.sequence desc
    ) latest
    join public.contact_identities i on i.workspace_id = ${workspaceId} and i.id = latest.root_id
    join public.contacts k on k.workspace_id = i.workspace_id and k.id = i.contact_id
    where latest.status = 'stopped'
  )`
}

/** As the queue of duplicates shows them: those with spam and with what was set aside as a duplicate are decided on. */
function hasDuplicates(workspaceId: string): RawBuilder<unknown> {
  const isToDecide = (alias: string) =>
    sql`${shownColumns(alias).leadStatus} not in ('spam', 'duplicate') and ${sql.ref(`${alias}.is_root`)}`
  return sql`p.id in (
    select side.id
    from public.duplicate_candidates d
    join public.contacts l on l.workspace_id = d.workspace_id and l.id = d.left_id
    join public.contacts r on r.workspace_id = d.workspace_id and r.id = d.right_id
    cross join lateral unnest(array[d.left_id, d.right_id]) as side (id)
    where d.workspace_id = ${workspaceId} and d.state = 'open' and ${isToDecide('l')} and ${isToDecide('r')}
  )`
}
