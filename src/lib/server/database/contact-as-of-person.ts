import { sql, type RawBuilder } from 'kysely'
import type { NamedContact } from '../../domain/merges/merge-list.ts'
import type { Database } from './database.ts'
import { namedContact } from './merge-list.ts'

/** A person as they were at a moment: by all contacts that were one then. */
export interface PersonAsOf {
  workspaceId: string
  rootId: string
  partIds: string[]
  at: Date
}

/** Of an edge: whether it was on at a moment. */
export const wasActive = (alias: string, at: Date) => sql<boolean>`(
  ${sql.ref(`${alias}.created_at`)} <= ${at}
  and (${sql.ref(`${alias}.undone_at`)} is null or ${sql.ref(`${alias}.undone_at`)} > ${at})
)`

interface PartRow {
  id: string
  is_root: boolean
  root_now: string
  known_since: Date
  joined_at: Date | null
  named: NamedContact
}

/** The contacts that were one with this one: up to who showed them, and down to all below. Who showed them first. */
export async function findPartsAsOf(
  database: Database,
  workspaceId: string,
  contactId: string,
  at: Date,
): Promise<PartRow[]> {
  const activeFrom = (loserId: RawBuilder<unknown>) => sql`
    select j.survivor_id, j.created_at from public.contact_joins j
    where j.workspace_id = ${workspaceId} and j.loser_id = ${loserId} and ${wasActive('j', at)}
  `
  const { rows } = await sql<PartRow>`
    with recursive up as (
      select ${contactId}::uuid as id
      union
      select e.survivor_id from up cross join lateral (${activeFrom(sql`up.id`)}) e
    ), down as (
      select up.id from up where not exists (${activeFrom(sql`up.id`)})
      union
      select j.loser_id
      from down
      join public.contact_joins j
        on j.workspace_id = ${workspaceId} and j.survivor_id = down.id and ${wasActive('j', at)}
    ), part as materialized (
      select down.id from down
    )
    select k.id, k.root_id as root_now, edge.created_at is null as is_root, edge.created_at as joined_at,
      least(k.created_at, (
        select min(i.first_seen_at) from public.contact_identities i
        where i.workspace_id = ${workspaceId} and i.contact_id = k.id
      )) as known_since, ${namedContact(workspaceId, sql`part.id`)} as named
    from part
    cross join lateral (
      select c.id, c.root_id, c.created_at from public.contacts c
      where c.workspace_id = ${workspaceId} and c.id = part.id
      limit 1
    ) k
    left join lateral (${activeFrom(sql`part.id`)} limit 1) edge on true
    order by edge.created_at nulls first, k.id
  `.execute(database)
  return rows
}
