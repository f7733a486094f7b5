import { sql, type RawBuilder } from 'kysely'
import { memberPreferencesSchema } from '../../domain/member-preferences-schema.ts'
import type { ConversationPage, InboxSetup } from '../../domain/inbox.ts'
import type { Database } from './database.ts'
import { firstPage, selectPage, toPage, type ListQuery } from './inbox-list.ts'
import type { ConversationRow, InboxOf } from './inbox-rows.ts'
import { selectSavedViews, toSavedView, type SavedViewRow } from './saved-views.ts'

interface SetupRow extends Omit<InboxSetup, 'savedViews' | 'preferences'> {
  preferences: unknown
  saved_views: SavedViewRow[]
}

/** One row with all of the setup; null in `workspace` where there is none to see. */
function selectSetup(inbox: InboxOf): RawBuilder<SetupRow> {
  const { workspaceId, userId } = inbox
  const list = (rows: RawBuilder<unknown>) =>
    sql`(select coalesce(json_agg(found), '[]') from (${rows}) found)`
  return sql<SetupRow>`
    select
      array(select private.my_topics(${workspaceId})) as topics,
      ${list(sql`
        select c.id, c.name, c.display_phone as address from public.channels c
        where c.workspace_id = ${workspaceId} order by lower(c.name), c.id
      `)} as channels,
      ${list(sql`
        select t.id, t.name, coalesce(array_agg(m.user_id) filter (where m.user_id is not null), '{}') as "memberIds"
        from public.teams t
        left join public.team_members m on m.workspace_id = t.workspace_id and m.team_id = t.id
        where t.workspace_id = ${workspaceId} group by t.id order by lower(t.name), t.id
      `)} as teams,
      ${list(sql`
        select l.id, l.name, l.colour from public.labels l
        where l.workspace_id = ${workspaceId} order by lower(l.name), l.id
      `)} as labels,
      ${list(sql`
        select m.user_id as id, m.display_name as name, m.availability, m.user_id = ${userId} as "isMe"
        from public.workspace_members m
        where m.workspace_id = ${workspaceId} and m.removed_at is null order by lower(m.display_name), m.user_id
      `)} as members,
      ${list(selectSavedViews(inbox))} as saved_views,
      (
        select m.preferences from public.workspace_members m
        where m.workspace_id = ${workspaceId} and m.user_id = ${userId}
      ) as preferences,
      (
        select json_build_object(
          'readReceipts', w.read_receipts, 'showsTyping', w.shows_typing, 'timeZone', w.time_zone
        )
        from public.workspaces w
        where w.id = ${workspaceId}
      ) as workspace
  `
}

function toSetup(row: SetupRow): InboxSetup {
  return {
    topics: row.topics,
    channels: row.channels,
    teams: row.teams,
    labels: row.labels,
    members: row.members,
    savedViews: row.saved_views.map(toSavedView),
    preferences: memberPreferencesSchema.parse(row.preferences ?? {}),
    workspace: row.workspace,
  }
}

/** What the inbox needs besides conversations, in one statement. */
export async function readSetup(database: Database, inbox: InboxOf): Promise<InboxSetup> {
  const { rows } = await selectSetup(inbox).execute(database)
  const [row] = rows
  if (row === undefined) throw new Error('Postgres gave no setup')
  return toSetup(row)
}

/** What opening the inbox takes. */
export interface OpenedInbox {
  /** From here on changes are to be asked for. */
  cursor: string
  page: ConversationPage
  setup: InboxSetup
}

/**
 * The first page of a list, with the setup and the cursor that goes with them: one statement, so that all of it is one
 * state of things.
 */
export async function openInbox(
  database: Database,
  inbox: InboxOf,
  asked: Partial<ListQuery> = {},
): Promise<OpenedInbox> {
  const query = { ...firstPage, ...asked }
  const { rows } = await sql<SetupRow & { cursor: string; conversations: ConversationRow[] }>`
    select pg_snapshot_xmin(pg_current_snapshot())::text as cursor,
      (select coalesce(json_agg(found), '[]') from (${selectPage(inbox, query)}) found) as conversations,
      setup.*
    from (${selectSetup(inbox)}) setup
  `.execute(database)
  const [row] = rows
  if (row === undefined) throw new Error('Postgres gave no inbox')
  return { cursor: row.cursor, page: toPage(row.conversations, query), setup: toSetup(row) }
}
