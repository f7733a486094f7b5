import { sql, type RawBuilder } from 'kysely'
import { inboxViews } from '../../domain/inbox-views.ts'
import type { InboxCounts, ListFilter, SavedView } from '../../domain/inbox.ts'
import type { Database } from './database.ts'
import { conditionOf, readsFor } from './inbox-conditions.ts'
import type { InboxOf } from './inbox-rows.ts'
import { listSavedViews } from './saved-views.ts'

/** Nobody reads a number beyond this, and counting stops there. */
const mostCounted = 1000

/** How many conversations each list holds, and how many unread ones the member should see to. */
export async function countInbox(database: Database, inbox: InboxOf): Promise<InboxCounts> {
  return countLists(database, inbox, await listSavedViews(database, inbox))
}

/** The same where the saved views are known. One statement. */
export async function countLists(
  database: Database,
  inbox: InboxOf,
  savedViews: readonly Pick<SavedView, 'id' | 'filter'>[],
): Promise<InboxCounts> {
  const counts = [
    ...inboxViews.map((view) => countList(inbox, { view })),
    countUnread(inbox),
    ...savedViews.map(({ filter }) => countList(inbox, filter)),
  ]
  const { rows } = await sql<{ counts: number[] }>`
    select array[${sql.join(counts)}]::int[] as counts
  `.execute(database)
  const counted = rows[0]?.counts ?? []
  const at = (place: number) => counted[place] ?? 0
  return {
    views: Object.fromEntries(inboxViews.map((view, place) => [view, at(place)])) as InboxCounts['views'],
    unread: at(inboxViews.length),
    saved: Object.fromEntries(savedViews.map(({ id }, place) => [id, at(inboxViews.length + 1 + place)])),
  }
}

/** How many unread conversations the member should see to: open, and theirs or nobody's. */
export async function countUnreadConversations(database: Database, inbox: InboxOf): Promise<number> {
  const { rows } = await sql<{ unread: number }>`select ${countUnread(inbox)}::int as unread`.execute(
    database,
  )
  return rows[0]?.unread ?? 0
}

/** In one pass: what the member has read is looked through once. */
function countUnread({ workspaceId, userId }: InboxOf): RawBuilder<unknown> {
  return countRows(
    workspaceId,
    sql`c.state = 'open' and (c.assignee_id is null or c.assignee_id = ${userId})
      and c.inbound_count > coalesce(r.read_count, 0)`,
    readsFor({ unread: true }, userId),
  )
}

function countList({ workspaceId, userId }: InboxOf, filter: ListFilter): RawBuilder<unknown> {
  return countRows(workspaceId, conditionOf(filter, userId), readsFor(filter, userId))
}

function countRows(
  workspaceId: string,
  condition: RawBuilder<unknown>,
  joins: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`(
    select count(*) from (
      select from public.conversations c
      ${joins}
      where c.workspace_id = ${workspaceId} and c.is_root and c.last_message_id is not null and ${condition}
      limit ${sql.lit(mostCounted)}
    ) counted
  )`
}
