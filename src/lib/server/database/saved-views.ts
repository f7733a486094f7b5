import { sql, type RawBuilder } from 'kysely'
import type { SavedView } from '../../domain/inbox.ts'
import { listFilterSchema, listSortSchema } from '../../domain/list-filter-schema.ts'
import { NotFound } from '../../domain/not-found.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from './database.ts'
import type { InboxOf } from './inbox-rows.ts'

/** More than this fits no list, and counting them all would slow every one down. */
const mostOwnViews = 30

export interface SavedViewRow {
  id: string
  name: string
  filter: unknown
  sort: string
  is_shared: boolean
  owner_id: string
}

export type NewView = Pick<SavedView, 'name' | 'filter' | 'sort' | 'isShared'>

/** The member's own and the shared ones, by name. */
export function selectSavedViews(inbox: InboxOf): RawBuilder<SavedViewRow> {
  return sql<SavedViewRow>`
    select v.id, v.name, v.filter, v.sort, v.is_shared, v.owner_id from public.saved_views v
    where v.workspace_id = ${inbox.workspaceId} and (v.is_shared or v.owner_id = ${inbox.userId})
    order by lower(v.name), v.id
  `
}

export async function listSavedViews(database: Database, inbox: InboxOf): Promise<SavedView[]> {
  const { rows } = await selectSavedViews(inbox).execute(database)
  return rows.map(toSavedView)
}

/**
 * Keeps a list under a name, for the member or for all.
 *
 * @throws RuleViolation `too_many_views`
 */
export async function createView(database: Database, inbox: InboxOf, view: NewView): Promise<SavedView> {
  const { rows } = await sql<SavedViewRow>`
    insert into public.saved_views as v (workspace_id, owner_id, name, filter, sort, is_shared)
    select ${inbox.workspaceId}, ${inbox.userId}, ${view.name}, ${JSON.stringify(view.filter)}::jsonb, ${view.sort},
      ${view.isShared}
    where (
      select count(*) from public.saved_views o
      where o.workspace_id = ${inbox.workspaceId} and o.owner_id = ${inbox.userId}
    ) < ${mostOwnViews}
    returning v.id, v.name, v.filter, v.sort, v.is_shared, v.owner_id
  `.execute(database)
  const [row] = rows
  if (row === undefined)
    throw new RuleViolation('too_many_views', `You can keep ${String(mostOwnViews)} views at most.`)
  return toSavedView(row)
}

/**
 * Changes a view: one's own, or as an owner or admin one that is shared.
 *
 * @throws NotFound `view_not_found`, also for one that is not the member's to change
 * @throws RuleViolation `not_yours` for an admin who would make somebody else's view personal: it would be gone
 */
export async function changeView(
  database: Database,
  inbox: InboxOf,
  viewId: string,
  change: { [Name in keyof NewView]?: NewView[Name] | undefined },
): Promise<SavedView> {
  const { rows } = await sql<SavedViewRow>`
    update public.saved_views v
    set name = coalesce(${change.name ?? null}, v.name),
      filter = coalesce(${change.filter === undefined ? null : JSON.stringify(change.filter)}::jsonb, v.filter),
      sort = coalesce(${change.sort ?? null}, v.sort),
      is_shared = coalesce(${change.isShared ?? null}, v.is_shared)
    where v.workspace_id = ${inbox.workspaceId} and v.id = ${viewId}
    returning v.id, v.name, v.filter, v.sort, v.is_shared, v.owner_id
  `
    .execute(database)
    .catch((error: unknown) => {
      const isRefused = error instanceof Error && 'code' in error && error.code === '42501'
      throw isRefused
        ? new RuleViolation('not_yours', 'Only its owner can take this view back for themselves.')
        : error
    })
  const [row] = rows
  if (row === undefined) throw new NotFound('view_not_found', 'This view does not exist')
  return toSavedView(row)
}

/**
 * Deletes a view: one's own, or as an owner or admin one that is shared.
 *
 * @throws NotFound `view_not_found`, also for one that is not the member's to delete
 */
export async function deleteView(database: Database, inbox: InboxOf, viewId: string): Promise<void> {
  const { numDeletedRows } = await database
    .deleteFrom('saved_views')
    .where('workspace_id', '=', inbox.workspaceId)
    .where('id', '=', viewId)
    .executeTakeFirst()
  if (numDeletedRows === 0n) throw new NotFound('view_not_found', 'This view does not exist')
}

/** A filter that can no longer be read shows the open conversations. */
export function toSavedView(row: SavedViewRow): SavedView {
  const filter = listFilterSchema.safeParse(row.filter)
  const sort = listSortSchema.safeParse(row.sort)
  return {
    id: row.id,
    name: row.name,
    filter: filter.success ? filter.data : { view: 'open' },
    sort: sort.success ? sort.data : 'newest',
    isShared: row.is_shared,
    ownerId: row.owner_id,
  }
}
