import { sql } from 'kysely'
import { readContactQuery } from '../../domain/contact-filter.ts'
import { tidyViewQuery } from '../../domain/contact-view-schema.ts'
import type { ContactView, ContactViewCounts, NewContactView } from '../../domain/contact-views.ts'
import { NotFound } from '../../domain/not-found.ts'
import { isRuleViolation, RuleViolation } from '../../domain/rule-violation.ts'
import { countContacts, type ContactsOf } from './contacts.ts'
import type { Database } from './database.ts'

/** Whose views. */
export interface ViewsOf {
  workspaceId: string
  userId: string
}

/** More than this fits no list, and counting them all would slow every one down. */
const mostOwnViews = 30
/** Of all that are shared, no more are told. */
const mostViews = 200

interface Row {
  id: string
  name: string
  query: string
  is_shared: boolean
  owner_id: string
}

/** The member's own and the shared ones, by name. */
export async function listContactViews(
  database: Database,
  { workspaceId, userId }: ViewsOf,
): Promise<ContactView[]> {
  const { rows } = await sql<Row>`
    select v.id, v.name, v.query, v.is_shared, v.owner_id from public.contact_views v
    where v.workspace_id = ${workspaceId} and (v.is_shared or v.owner_id = ${userId})
    order by lower(v.name), v.id
    limit ${sql.lit(mostViews)}
  `.execute(database)
  return rows.map(toView)
}

/**
 * Keeps a list under a name, for the member or for all.
 *
 * @throws RuleViolation `too_many_views`
 */
export async function createContactView(
  database: Database,
  { workspaceId, userId }: ViewsOf,
  view: NewContactView,
): Promise<ContactView> {
  const { rows } = await sql<Row>`
    insert into public.contact_views as v (workspace_id, owner_id, name, query, is_shared)
    select ${workspaceId}, ${userId}, ${view.name}, ${view.query}, ${view.isShared}
    where (
      select count(*) from public.contact_views o
      where o.workspace_id = ${workspaceId} and o.owner_id = ${userId}
    ) < ${mostOwnViews}
    returning v.id, v.name, v.query, v.is_shared, v.owner_id
  `.execute(database)
  const [row] = rows
  if (row === undefined)
    throw new RuleViolation('too_many_views', `You can keep ${String(mostOwnViews)} views at most.`)
  return toView(row)
}

/**
 * Changes a view: one's own, or as an owner or admin one that is shared.
 *
 * @throws NotFound `view_not_found`, also for one that is not the member's to change
 * @throws RuleViolation `not_yours` for an admin who would make somebody else's view personal: it would be gone
 */
export async function changeContactView(
  database: Database,
  { workspaceId }: ViewsOf,
  viewId: string,
  change: { [Name in keyof NewContactView]?: NewContactView[Name] | undefined },
): Promise<ContactView> {
  const { rows } = await sql<Row>`
    update public.contact_views v
    set name = coalesce(${change.name ?? null}, v.name),
      query = coalesce(${change.query ?? null}, v.query),
      is_shared = coalesce(${change.isShared ?? null}, v.is_shared)
    where v.workspace_id = ${workspaceId} and v.id = ${viewId}
    returning v.id, v.name, v.query, v.is_shared, v.owner_id
  `
    .execute(database)
    .catch((error: unknown) => {
      const isRefused = error instanceof Error && 'code' in error && error.code === '42501'
      throw isRefused
        ? new RuleViolation('not_yours', 'Only its owner can take this view back for themselves.')
        : error
    })
  const [row] = rows
  if (row === undefined) throw viewNotFound()
  return toView(row)
}

/**
 * Deletes a view: one's own, or as an owner or admin one that is shared.
 *
 * @throws NotFound `view_not_found`, also for one that is not the member's to delete
 */
export async function deleteContactView(
  database: Database,
  { workspaceId }: ViewsOf,
  viewId: string,
): Promise<void> {
  const { numDeletedRows } = await database
    .deleteFrom('contact_views')
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', viewId)
    .executeTakeFirst()
  if (numDeletedRows === 0n) throw viewNotFound()
}

/**
 * How many contacts each of the member's views fits, as far as they see them.
 *
 * @param run does some work in a transaction of its own: a search that takes too long ends its transaction
 */
export async function countContactViews(
  run: <Result>(work: (database: Database) => Promise<Result>) => Promise<Result>,
  workspace: ContactsOf,
  userId: string,
): Promise<ContactViewCounts> {
  const of = { workspaceId: workspace.id, userId }
  const { plain, searched } = await run(async (database) => {
    const views = (await listContactViews(database, of)).map(({ id, query }) => ({
      id,
      filter: readContactQuery(new URLSearchParams(query)).filter,
    }))
    const counts: [string, number | null][] = []
    for (const { id, filter } of views.filter((view) => view.filter.text === undefined))
      counts.push([id, await countContacts(database, workspace, filter)])
    return { plain: counts, searched: views.filter((view) => view.filter.text !== undefined) }
  })
  const counts = new Map(plain)
  for (const { id, filter } of searched) {
    const count = await run((database) => countContacts(database, workspace, filter)).catch(
      (error: unknown) => {
        if (isRuleViolation(error) && error.code === 'search_too_slow') return null
        throw error
      },
    )
    counts.set(id, count)
  }
  return Object.fromEntries(counts)
}

/** A query that can no longer be read shows all contacts. */
function toView(row: Row): ContactView {
  return {
    id: row.id,
    name: row.name,
    query: tidyViewQuery(row.query),
    isShared: row.is_shared,
    ownerId: row.owner_id,
  }
}

function viewNotFound(): NotFound {
  return new NotFound('view_not_found', 'This view does not exist')
}
