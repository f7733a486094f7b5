import { sql, type RawBuilder } from 'kysely'
import { closingSoonMs } from '../../domain/inbox-views.ts'
import type { ConversationSummary, InboxView, ListFilter, ListSort } from '../../domain/inbox.ts'
import { replyWindowMs } from '../../domain/reply-window.ts'
import { afterPageCursor, badCursor, comparePlace, readMoment, readPageCursor } from './page-cursor.ts'

/**
 * The rows of a list, of conversations (alias c) and, where `unread` narrows it, what the member read of them (alias
 * r, see `readsFor`). The same rule as `matchesFilter` in domain/inbox-views.ts.
 *
 * What is in the filter's name is written into the statement, what varies is a parameter: plans are kept by text, and
 * each list has its own.
 */
export function conditionOf(filter: ListFilter, userId: string): RawBuilder<unknown> {
  const conditions = [conditionOfView(filter.view, userId)]
  if (filter.channelId !== undefined) conditions.push(sql`c.channel_id = ${filter.channelId}`)
  if (filter.teamId !== undefined) conditions.push(sql`c.team_id = ${filter.teamId}`)
  if (filter.leadStatus !== undefined) conditions.push(sql`c.lead_status = ${filter.leadStatus}`)
  if (filter.labelId !== undefined) conditions.push(sql`${filter.labelId}::uuid = any (c.label_ids)`)
  if (filter.assigneeId === 'none') conditions.push(sql`c.assignee_id is null`)
  else if (filter.assigneeId !== undefined) conditions.push(sql`c.assignee_id = ${filter.assigneeId}`)
  if (filter.unread === true) conditions.push(sql`c.inbound_count > coalesce(r.read_count, 0)`)
  return sql.join(conditions, sql` and `)
}

export function conditionOfView(view: InboxView, userId: string): RawBuilder<unknown> {
  switch (view) {
    case 'mine':
      return sql`c.state = 'open' and c.assignee_id = ${userId}`
    case 'unassigned':
      return sql`c.state = 'open' and c.assignee_id is null`
    case 'closing':
      return sql`c.state <> 'closed'
        and c.last_inbound_at > now() - ${sql.lit(replyWindowMs)} * interval '1 millisecond'
        and c.last_inbound_at <= now() - ${sql.lit(replyWindowMs - closingSoonMs)} * interval '1 millisecond'`
    default:
      return sql`c.state = ${sql.lit(view)}`
  }
}

/** Joins what the member has read to conversations (alias c); nothing where the filter does not ask for it. */
export function readsFor(filter: Pick<ListFilter, 'unread'>, userId: string): RawBuilder<unknown> {
  if (filter.unread !== true) return sql``
  return sql`left join public.conversation_reads r
    on r.workspace_id = c.workspace_id and r.user_id = ${userId} and r.conversation_id = c.id`
}

/** How the rows of a list (alias c) are ordered; total, for the id is part of it. */
export function orderOf(sort: ListSort): RawBuilder<unknown> {
  switch (sort) {
    case 'newest':
      return sql`c.last_activity_at desc, c.id desc`
    case 'oldest':
      return sql`c.last_activity_at, c.id`
    case 'waiting':
      return sql`c.waiting_since, c.last_activity_at desc, c.id desc`
  }
}

/** The place of a row in a list. */
export function toListCursor(sort: ListSort, row: ConversationSummary): string {
  const place = `${row.lastActivityAt}_${row.id}`
  return sort === 'waiting' ? `${row.waitingSince ?? 'none'}_${place}` : place
}

/**
 * The rows that come after such a place.
 *
 * @throws RuleViolation `bad_cursor` for one that is none of ours, or of a list with another order
 */
export function afterListCursor(sort: ListSort, cursor: string): RawBuilder<unknown> {
  if (sort === 'newest') return afterPageCursor('c.last_activity_at', 'c.id', cursor)
  if (sort === 'oldest') return comparePlace('c.last_activity_at', 'c.id', '>', readPageCursor(cursor))
  const [waiting, ...place] = cursor.split('_')
  if (waiting === undefined || place.length !== 2) throw badCursor()
  const below = afterPageCursor('c.last_activity_at', 'c.id', place.join('_'))
  // Told apart, so that the index is read from the right place on also among those that wait for nothing.
  if (waiting === 'none') return sql`c.waiting_since = 'infinity' and ${below}`
  const since = readMoment(waiting).toISOString()
  return sql`c.waiting_since >= ${since}::timestamptz and (c.waiting_since > ${since}::timestamptz or ${below})`
}
