import { sql } from 'kysely'
import {
  defaultNotificationSettings,
  type NotificationKind,
  type NotificationPage,
  type NotificationSettings,
  type PushSubscriptionKeys,
} from '../../domain/notifications.ts'
import { shownColumns } from './contact-columns.ts'
import type { Database } from './database.ts'
import type { InboxOf } from './inbox-rows.ts'

const mostListed = 50
const mostCounted = 100

/**
 * The newest of a member's notifications, and how many they have not read, counted up to a hundred. What is about a
 * conversation that they do not see any more is not among them.
 */
export async function listNotifications(database: Database, inbox: InboxOf): Promise<NotificationPage> {
  const { rows } = await sql<{
    id: string
    kind: NotificationKind
    conversation_id: string
    contact_name: string
    actor_name: string | null
    created_at: Date
    is_read: boolean
  }>`
    select n.id, n.kind, c.root_id as conversation_id, n.created_at, n.read_at is not null as is_read,
      coalesce(${shownColumns('p').name}, i.profile_name, i.phone, '@' || i.username, '') as contact_name, a.display_name as actor_name
    from (
      select * from public.notifications n
      where n.workspace_id = ${inbox.workspaceId} and n.user_id = ${inbox.userId}
      order by n.created_at desc, n.id desc
      limit ${sql.lit(mostListed)}
    ) n
    join public.conversations c on c.workspace_id = n.workspace_id and c.id = n.conversation_id
    join public.contact_identities own on own.workspace_id = c.workspace_id and own.id = c.identity_id
    join public.contact_identities i on i.workspace_id = own.workspace_id and i.id = own.root_id
    join public.contacts kept on kept.workspace_id = i.workspace_id and kept.id = i.contact_id
    join public.contacts p on p.workspace_id = kept.workspace_id and p.id = kept.root_id
    left join public.workspace_members a on a.workspace_id = n.workspace_id and a.user_id = n.actor_id
    order by n.created_at desc, n.id desc
  `.execute(database)
  const counted = await sql<{ unread: number }>`
    select count(*)::int as unread from (
      select from public.notifications n
      join public.conversations c on c.workspace_id = n.workspace_id and c.id = n.conversation_id
      where n.workspace_id = ${inbox.workspaceId} and n.user_id = ${inbox.userId} and n.read_at is null
      limit ${sql.lit(mostCounted)}
    ) n
  `.execute(database)
  return {
    notifications: rows.map((row) => ({
      id: row.id,
      kind: row.kind,
      conversationId: row.conversation_id,
      contactName: row.contact_name,
      actorName: row.actor_name,
      createdAt: row.created_at.toISOString(),
      isRead: row.is_read,
    })),
    unread: counted.rows[0]?.unread ?? 0,
  }
}

/** Notes that a member has read what they were told: all of it, or what is about one conversation. */
export async function readNotifications(
  database: Database,
  inbox: InboxOf,
  conversationId: string | null,
): Promise<void> {
  await sql`
    update public.notifications n
    set read_at = now()
    where n.workspace_id = ${inbox.workspaceId} and n.user_id = ${inbox.userId} and n.read_at is null
      and (${conversationId}::uuid is null or n.conversation_id in (
        select c.id from public.conversations c
        where c.workspace_id = ${inbox.workspaceId} and c.root_id = ${conversationId}::uuid
      ))
  `.execute(database)
}

/** What a member wants to be told of. */
export async function findNotificationSettings(
  database: Database,
  inbox: InboxOf,
): Promise<NotificationSettings> {
  const row = await database
    .selectFrom('notification_settings')
    .selectAll()
    .where('workspace_id', '=', inbox.workspaceId)
    .where('user_id', '=', inbox.userId)
    .executeTakeFirst()
  if (row === undefined) return defaultNotificationSettings
  return {
    newMessages: row.new_messages as NotificationSettings['newMessages'],
    mentions: row.mentions,
    assignments: row.assignments,
    quietHours:
      row.quiet_from === null || row.quiet_until === null
        ? null
        : { from: row.quiet_from.slice(0, 5), until: row.quiet_until.slice(0, 5) },
    showsWords: row.shows_words,
  }
}

/** Writes down what a member wants to be told of. */
export async function saveNotificationSettings(
  database: Database,
  inbox: InboxOf,
  settings: NotificationSettings,
): Promise<void> {
  const row = {
    new_messages: settings.newMessages,
    mentions: settings.mentions,
    assignments: settings.assignments,
    quiet_from: settings.quietHours?.from ?? null,
    quiet_until: settings.quietHours?.until ?? null,
    shows_words: settings.showsWords,
  }
  await database
    .insertInto('notification_settings')
    .values({ workspace_id: inbox.workspaceId, user_id: inbox.userId, ...row })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'user_id']).doUpdateSet(row))
    .execute()
}

/**
 * Has a browser rung for the signed-in member; the same browser again renews its keys. Whoever used it before is rung
 * there no more.
 */
export async function savePushSubscription(
  database: Database,
  { workspaceId }: { workspaceId: string },
  { endpoint, keys }: PushSubscriptionKeys,
  language: string,
): Promise<void> {
  await sql`
    select private.save_push_subscription(${workspaceId}, ${endpoint}, ${keys.p256dh}, ${keys.auth}, ${language})
  `.execute(database)
}

/** Stops ringing one browser. */
export async function removePushSubscription(
  database: Database,
  inbox: InboxOf,
  endpoint: string,
): Promise<void> {
  await database
    .deleteFrom('push_subscriptions')
    .where('workspace_id', '=', inbox.workspaceId)
    .where('user_id', '=', inbox.userId)
    .where('endpoint', '=', endpoint)
    .execute()
}
