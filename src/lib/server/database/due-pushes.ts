import { sql } from 'kysely'
import type { NotificationKind } from '../../domain/notifications.ts'
import { shownColumns } from './contact-columns.ts'
import type { Database } from './database.ts'
import { selectPreview, toPreviewFacts, type PreviewRow } from './preview-facts.ts'
import type { PreviewFacts } from '../../domain/inbox.ts'

/** One browser that is to be rung, and what for. */
export interface DuePush {
  subscriptionId: string
  endpoint: string
  p256dh: string
  auth: string
  language: string
  slug: string
  timeZone: string
  quietHours: { from: string; until: string } | null
  showsWords: boolean
  conversationId: string
  contactName: string
  cause:
    | { kind: 'message'; messageId: string; type: string; text: string | null; preview: PreviewFacts }
    | { kind: NotificationKind; notificationId: string; actorName: string | null }
}

/** What rings is old after this and is not rung any more. */
const longestWait = '10 minutes'

/**
 * Takes up to `limit` of what is due for `leaseSeconds`: whoever dies with them leaves them to the next, who may ring
 * once more; the browser shows one notification of a tag.
 *
 * @returns their ids, oldest first
 */
export async function takeDuePushes(
  database: Database,
  limit: number,
  leaseSeconds: number,
): Promise<number[]> {
  await sql`delete from private.due_pushes where created_at < now() - ${sql.lit(longestWait)}::interval`.execute(
    database,
  )
  const { rows } = await sql<{ id: number }>`
    update private.due_pushes d
    set due_at = now() + make_interval(secs => ${leaseSeconds})
    where d.id in (
      select n.id from private.due_pushes n
      where n.due_at <= now()
      order by n.id
      limit ${limit}
      for update skip locked
    )
    returning d.id
  `.execute(database)
  return rows.map(({ id }) => id).sort((a, b) => a - b)
}

export async function removeDuePushes(database: Database, ids: number[]): Promise<void> {
  await sql`delete from private.due_pushes where id = any(${ids}::bigint[])`.execute(database)
}

interface DuePushRow extends PreviewRow {
  subscription_id: string
  endpoint: string
  p256dh: string
  auth: string
  language: string
  slug: string
  time_zone: string
  quiet_from: string | null
  quiet_until: string | null
  shows_words: boolean
  conversation_id: string
  contact_name: string
  message_id: string | null
  type: string | null
  notification_id: string | null
  notification_kind: NotificationKind | null
  actor_name: string | null
}

/**
 * The browsers to be rung for what was taken: of live members who see the conversation, want to know, are not away, and
 * have not read it elsewhere meanwhile.
 */
export async function findDuePushes(database: Database, ids: number[]): Promise<DuePush[]> {
  const { rows } = await sql<DuePushRow>`
    select s.id as subscription_id, s.endpoint, s.p256dh, s.auth, s.language, w.slug, w.time_zone,
      o.quiet_from::text, o.quiet_until::text, coalesce(o.shows_words, true) as shows_words, c.id as conversation_id,
      coalesce(${shownColumns('p').name}, i.profile_name, i.phone, '@' || i.username, '') as contact_name,
      m.id as message_id, m.type, ${selectPreview('m', sql`null::numeric`)},
      n.id as notification_id, n.kind as notification_kind, a.display_name as actor_name
    from private.due_pushes d
    join public.workspaces w on w.id = d.workspace_id
    left join public.messages m on m.workspace_id = d.workspace_id and m.id = d.message_id
    left join public.notifications n on n.workspace_id = d.workspace_id and n.id = d.notification_id
    join public.conversations own
      on own.workspace_id = d.workspace_id and own.id = coalesce(m.conversation_id, n.conversation_id)
    join public.conversations c on c.workspace_id = own.workspace_id and c.id = own.root_id
    join public.contact_identities held on held.workspace_id = c.workspace_id and held.id = c.identity_id
    join public.contact_identities i on i.workspace_id = held.workspace_id and i.id = held.root_id
    join public.contacts kept on kept.workspace_id = i.workspace_id and kept.id = i.contact_id
    join public.contacts p on p.workspace_id = kept.workspace_id and p.id = kept.root_id
    join public.push_subscriptions s
      on s.workspace_id = d.workspace_id and (n.user_id is null or s.user_id = n.user_id)
    join public.workspace_members member
      on member.workspace_id = s.workspace_id and member.user_id = s.user_id and member.removed_at is null
    left join public.notification_settings o on o.workspace_id = s.workspace_id and o.user_id = s.user_id
    left join public.workspace_members a on a.workspace_id = n.workspace_id and a.user_id = n.actor_id
    left join public.conversation_reads r
      on r.workspace_id = c.workspace_id and r.conversation_id = c.id and r.user_id = s.user_id
    where d.id = any(${ids}::bigint[])
      and (
        member.visibility = 'all'
        or member.role <> 'agent'
        or c.assignee_id = s.user_id
        or (
          member.visibility = 'team' and exists (
            select from public.team_members t
            where t.workspace_id = c.workspace_id and t.team_id = c.team_id and t.user_id = s.user_id
          )
        )
      )
      and case
        when n.kind = 'mention' then n.read_at is null and coalesce(o.mentions, true)
        when n.kind = 'assigned' then n.read_at is null and coalesce(o.assignments, true)
        else member.availability = 'online'
          and c.inbound_count > coalesce(r.read_count, 0)
          and case coalesce(o.new_messages, 'mine_and_unassigned')
            when 'all' then true
            when 'mine' then c.assignee_id = s.user_id
            when 'mine_and_unassigned' then c.assignee_id is null or c.assignee_id = s.user_id
            else false
          end
      end
    order by d.id, s.id
  `.execute(database)
  return rows.map(toDuePush)
}

/** A browser that is gone is not rung again. */
export async function removeDeadSubscriptions(database: Database, ids: string[]): Promise<void> {
  await sql`delete from public.push_subscriptions where id = any(${ids}::uuid[])`.execute(database)
}

function toDuePush(row: DuePushRow): DuePush {
  const { message_id: messageId, notification_id: notificationId, notification_kind: kind } = row
  return {
    subscriptionId: row.subscription_id,
    endpoint: row.endpoint,
    p256dh: row.p256dh,
    auth: row.auth,
    language: row.language,
    slug: row.slug,
    timeZone: row.time_zone,
    quietHours:
      row.quiet_from === null || row.quiet_until === null
        ? null
        : { from: row.quiet_from, until: row.quiet_until },
    showsWords: row.shows_words,
    conversationId: row.conversation_id,
    contactName: row.contact_name,
    cause:
      notificationId !== null && kind !== null
        ? { kind, notificationId, actorName: row.actor_name }
        : {
            kind: 'message',
            messageId: messageId ?? '',
            type: row.type ?? 'text',
            text: row.preview_text,
            preview: toPreviewFacts(row),
          },
  }
}
