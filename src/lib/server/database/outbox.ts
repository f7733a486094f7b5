import { sql } from 'kysely'
import { isReplyWindowOpen } from '../../domain/reply-window.ts'
import { noAnswerCode } from '../../domain/send-outcome.ts'
import type { Database, JobRequest } from './database.ts'
import { queueNames, type SendMessageJob } from '../queue/queue.ts'
import { fromNow, markAccepted, markFailed } from './send-results.ts'
import { lockConversations } from './threads.ts'

/** How long a claim lasts. One that has run out belongs to a process that died. */
export interface ClaimTimes {
  /** From the claim of a send to its recorded answer. */
  sendLeaseMs: number
  /** From the claim of a lookup to its recorded finding. */
  lookupLeaseMs: number
}

/** The way to the customer, as it stands at the moment of the claim. */
export interface SendRoute {
  channelId: string
  phoneNumberId: string
  /** Overrides the installation's Kapso address. */
  apiUrl: string | null
  sealedApiKey: Buffer | null
  /** E.164, or null where WhatsApp hides it. */
  phone: string | null
  /** Business-scoped user ids in the channel's scope, newest first. */
  userIds: string[]
}

export interface ClaimedMessage {
  id: string
  /** 1 for the first. What comes of an attempt is recorded only while it is the newest one. */
  attempt: number
  type: string
  text: string | null
  replyToWamid: string | null
  /** When the attempt began, on the database's clock. */
  startedAt: Date
  elapsedMs: number
  /** It follows an attempt that never got an answer. */
  wasResent: boolean
}

export type OutboxWork =
  | { kind: 'send' | 'look_up'; message: ClaimedMessage; route: SendRoute }
  /** A message was settled without a request; there may be more. */
  | { kind: 'settled'; messageId: string; reason: string }
  /** In flight elsewhere, or to be tried again later. */
  | { kind: 'not_yet'; dueInMs: number }
  | { kind: 'empty' }

/**
 * Takes what a thread's outbox has to do next: look up a message whose outcome is open, else send the oldest one that
 * waits. Sends of one thread go one after the other, whichever process takes them. The claim counts once the
 * transaction has committed, and only then may a request go out.
 */
export async function claimOutboxWork(
  database: Database,
  thread: SendMessageJob,
  times: ClaimTimes,
): Promise<OutboxWork> {
  await lockConversations(database, thread.workspaceId, [thread.conversationId], [])
  const row = await findNext(database, thread)
  if (row === undefined) return { kind: 'empty' }
  if (row.dueInMs > 0) return { kind: 'not_yet', dueInMs: row.dueInMs }
  if (row.wamid !== null) {
    // Its echo came while nobody was there to take the answer.
    await markAccepted(database, row.id)
    return { kind: 'settled', messageId: row.id, reason: 'accepted' }
  }
  if (row.sendState === 'waiting') return claimSend(database, thread, row, times)
  await database
    .updateTable('messages')
    .set({ send_state: 'checking', send_due_at: fromNow(times.lookupLeaseMs) })
    .where('id', '=', row.id)
    .execute()
  const { route } = await loadRoute(database, thread)
  return { kind: 'look_up', message: row, route }
}

/**
 * Claims a message for its second attempt, after the first was looked up and is surely not with WhatsApp. It stays in
 * flight all the while, so that nothing slips in between. `not_yet` when it was settled meanwhile.
 */
export async function claimResend(
  database: Database,
  thread: SendMessageJob,
  message: ClaimedMessage,
  times: ClaimTimes,
): Promise<OutboxWork> {
  await lockConversations(database, thread.workspaceId, [thread.conversationId], [])
  const row = await findNext(database, thread)
  if (
    row?.id !== message.id ||
    row.attempt !== message.attempt ||
    row.sendState !== 'checking' ||
    row.wamid
  ) {
    return { kind: 'not_yet', dueInMs: 0 }
  }
  return claimSend(database, thread, { ...row, wasResent: true }, times)
}

/** The window and the way are looked at here, at the last moment before the request. */
async function claimSend(
  database: Database,
  thread: SendMessageJob,
  row: OutboxRow,
  times: ClaimTimes,
): Promise<OutboxWork> {
  const { route, lastInboundAt, now } = await loadRoute(database, thread)
  const obstacle = !isReplyWindowOpen(lastInboundAt, now)
    ? 'window_closed'
    : route.phone === null && route.userIds.length === 0
      ? 'no_address'
      : null
  if (obstacle !== null) {
    await markFailed(database, row.id, obstacle)
    return { kind: 'settled', messageId: row.id, reason: obstacle }
  }
  const attempt = row.attempt + 1
  await database
    .updateTable('messages')
    .set({
      send_state: 'sending',
      send_attempts: attempt,
      send_started_at: now,
      send_due_at: fromNow(times.sendLeaseMs),
      // Stays until the message is settled, so that there is no third attempt.
      failure_code: row.wasResent ? noAnswerCode : null,
    })
    .where('id', '=', row.id)
    .execute()
  return { kind: 'send', message: { ...row, attempt, startedAt: now, elapsedMs: 0 }, route }
}

interface OutboxRow extends ClaimedMessage {
  wamid: string | null
  sendState: 'waiting' | 'sending' | 'checking'
  dueInMs: number
}

/** What is in flight comes first; then the oldest that waits, also before its time has come: the order is kept. */
async function findNext(database: Database, thread: SendMessageJob): Promise<OutboxRow | undefined> {
  const row = await database
    .selectFrom('messages')
    .select(['id', 'wamid', 'type', 'text', 'reply_to_wamid', 'send_state', 'send_attempts', 'failure_code'])
    .select([
      sql<Date>`coalesce(send_started_at, clock_timestamp())`.as('started_at'),
      sql<number>`coalesce(extract(epoch from clock_timestamp() - send_started_at) * 1000, 0)::float8`.as(
        'elapsed_ms',
      ),
      sql<number>`greatest(0, extract(epoch from send_due_at - clock_timestamp()) * 1000)::float8`.as(
        'due_in_ms',
      ),
    ])
    .where('workspace_id', '=', thread.workspaceId)
    .where('conversation_id', '=', thread.conversationId)
    .where('send_state', 'in', ['waiting', 'sending', 'checking'])
    .orderBy(sql`send_state = 'waiting'`)
    .orderBy('occurred_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined) return undefined
  return {
    id: row.id,
    attempt: row.send_attempts,
    type: row.type,
    text: row.text,
    replyToWamid: row.reply_to_wamid,
    startedAt: row.started_at,
    elapsedMs: row.elapsed_ms,
    wasResent: row.failure_code === noAnswerCode,
    wamid: row.wamid,
    sendState: row.send_state === 'sending' || row.send_state === 'checking' ? row.send_state : 'waiting',
    dueInMs: row.due_in_ms,
  }
}

async function loadRoute(
  database: Database,
  { workspaceId, conversationId }: SendMessageJob,
): Promise<{ route: SendRoute; lastInboundAt: Date | null; now: Date }> {
  const { lastInboundAt, now, ...route } = await database
    .selectFrom('conversations as c')
    .innerJoin('channels as h', 'h.id', 'c.channel_id')
    // The thread may have been merged away since the message was written: the window and the address are its group's.
    .innerJoin('conversations as r', 'r.id', 'c.root_id')
    .innerJoin('contact_identities as own', 'own.id', 'c.identity_id')
    .innerJoin('contact_identities as i', 'i.id', 'own.root_id')
    .leftJoin('private.channel_api_keys as k', 'k.channel_id', 'h.id')
    .select(['h.id as channelId', 'h.phone_number_id as phoneNumberId', 'h.kapso_api_url as apiUrl'])
    .select(['k.sealed as sealedApiKey', 'i.phone_normalized as phone', 'r.last_inbound_at as lastInboundAt'])
    .select([
      sql<string[]>`array(
        select b.value
        from public.contact_identities m
        join public.business_scoped_ids b on b.workspace_id = m.workspace_id and b.identity_id = m.id
        where m.workspace_id = c.workspace_id and m.root_id = i.id and b.scope = h.identity_scope
        order by b.first_seen_at desc, b.value
      )`.as('userIds'),
      sql<Date>`clock_timestamp()`.as('now'),
    ])
    .where('c.workspace_id', '=', workspaceId)
    .where('h.workspace_id', '=', workspaceId)
    .where('i.workspace_id', '=', workspaceId)
    .where('c.id', '=', conversationId)
    .executeTakeFirstOrThrow()
  return { route, lastInboundAt, now }
}

/** The job that looks at a thread's outbox. */
export function sendMessageJob(thread: SendMessageJob, startAfterMs = 0): JobRequest {
  return {
    queue: queueNames.sendMessage,
    data: { workspaceId: thread.workspaceId, conversationId: thread.conversationId } satisfies SendMessageJob,
    group: thread.workspaceId,
    ...(startAfterMs > 0 ? { startAfterSeconds: startAfterMs / 1000 } : {}),
  }
}

/**
 * Threads whose outbox has been due for a while without anybody taking care: their job died with its worker. To be
 * asked every few seconds; a job too many does no harm.
 *
 * @returns the jobs to enqueue in the same transaction
 */
export async function findDueSends(
  database: Database,
  overdueMs: number,
  limit = 1000,
): Promise<JobRequest[]> {
  const { rows } = await sql<SendMessageJob>`
    select m.workspace_id as "workspaceId", m.conversation_id as "conversationId"
    from public.messages m
    where m.send_state in ('waiting', 'sending', 'checking')
      and m.send_due_at <= clock_timestamp() - ${overdueMs} * interval '1 millisecond'
      and not exists (
        select from public.messages f
        where f.conversation_id = m.conversation_id and f.send_state in ('sending', 'checking') and f.id <> m.id
      )
    group by m.workspace_id, m.conversation_id
    order by min(m.send_due_at)
    limit ${limit}
  `.execute(database)
  return rows.map((row) => sendMessageJob(row))
}
