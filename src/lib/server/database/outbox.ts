import { sql } from 'kysely'
import type { HeaderFileKind, MessageContent } from '../../domain/message-content.ts'
import { isReplyWindowOpen } from '../../domain/reply-window.ts'
import { noAnswerCode } from '../../domain/send-outcome.ts'
import type { Database, JobRequest } from './database.ts'
import { queueNames, type SendMessageJob } from '../queue/queue.ts'
import { claimReaction, findReactionInFlight, type ClaimedReaction } from './outbox-reactions.ts'
import { placeLaterSend, stopLaterSend } from './later-sends.ts'
import { fromNow, markAccepted, markFailed } from './send-results.ts'
import { findTemplateObstacle } from './templates.ts'
import { lockConversations } from './threads.ts'

/** How long a claim lasts. One that has run out belongs to a process that died. */
export interface ClaimTimes {
  /** From the claim of a send to its recorded answer. */
  sendLeaseMs: number
  /** From the claim of a lookup to its recorded finding. */
  lookupLeaseMs: number
  /** From the claim of a file to its being ready to be sent. */
  fileLeaseMs: number
}

/** What WhatsApp gets in place of a text; as the composer's module writes it. */
export interface StoredRequest {
  /** Of a template. */
  templateId?: string
  template?: object
  /** It begins with the message's file, of this kind. */
  headerKind?: HeaderFileKind
  /** Of a sound. */
  isVoice?: boolean
}

/** The file of a message that is to be sent. */
export interface MediaToSend {
  /** WhatsApp's id of it; null while it has none yet. */
  kapsoMediaId: string | null
  fileName: string | null
  mimeType: string | null
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
  request: StoredRequest | null
  media: MediaToSend | null
  replyToWamid: string | null
  /** When the attempt began, on the database's clock. */
  startedAt: Date
  elapsedMs: number
  /** It follows an attempt that never got an answer. */
  wasResent: boolean
}

export type OutboxWork =
  | { kind: 'send' | 'look_up'; message: ClaimedMessage; route: SendRoute }
  /** Its file is to be made ready first. */
  | { kind: 'prepare'; messageId: string; attempt: number; route: SendRoute }
  | { kind: 'react'; reaction: ClaimedReaction; route: SendRoute }
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
  const reactingForMs = await findReactionInFlight(database, thread)
  if (reactingForMs !== null) return { kind: 'not_yet', dueInMs: reactingForMs }
  const row = await findNext(database, thread)
  if (row === undefined || row.sendState === 'waiting') {
    const reaction = await claimReaction(database, thread, times.sendLeaseMs)
    if (reaction !== null)
      return { kind: 'react', reaction, route: (await loadRoute(database, thread)).route }
  }
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
  if (row.isLater) await placeLaterSend(database, thread.workspaceId, row.id)
  const obstacle =
    row.type === 'template'
      ? await findTemplateObstacle(database, thread, row.request?.templateId ?? null)
      : isReplyWindowOpen(lastInboundAt, now)
        ? null
        : 'window_closed'
  const reason = obstacle ?? (route.phone === null && route.userIds.length === 0 ? 'no_address' : null)
  if (reason !== null) {
    await markFailed(database, row.id, reason)
    if (row.isLater) await stopLaterSend(database, thread.workspaceId, row.id, reason)
    return { kind: 'settled', messageId: row.id, reason }
  }
  if (row.media !== null && row.media.kapsoMediaId === null) {
    return claimFile(database, thread, row.id, route, times.fileLeaseMs)
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

/** One process makes a file ready at a time; the message can still be taken back meanwhile. */
async function claimFile(
  database: Database,
  { workspaceId }: SendMessageJob,
  messageId: string,
  route: SendRoute,
  leaseMs: number,
): Promise<OutboxWork> {
  const claimed = await database
    .updateTable('message_media')
    .set((expression) => ({ attempts: expression('attempts', '+', 1), due_at: fromNow(leaseMs) }))
    .where('workspace_id', '=', workspaceId)
    .where('message_id', '=', messageId)
    .where('due_at', '<=', sql<Date>`clock_timestamp()`)
    .returning('attempts')
    .executeTakeFirst()
  if (claimed !== undefined) return { kind: 'prepare', messageId, attempt: claimed.attempts, route }
  const { dueInMs } = await database
    .selectFrom('message_media')
    .select(sql<number>`extract(epoch from due_at - clock_timestamp())::float8 * 1000`.as('dueInMs'))
    .where('workspace_id', '=', workspaceId)
    .where('message_id', '=', messageId)
    .executeTakeFirstOrThrow()
  return { kind: 'not_yet', dueInMs: Math.max(1, dueInMs) }
}

interface OutboxRow extends ClaimedMessage {
  /** It was to leave at a time of its own, and has not been tried yet. */
  isLater: boolean
  wamid: string | null
  sendState: 'waiting' | 'sending' | 'checking'
  dueInMs: number
}

/** What is in flight comes first; then the oldest that waits, also before its time has come: the order is kept. */
async function findNext(database: Database, thread: SendMessageJob): Promise<OutboxRow | undefined> {
  const row = await database
    .selectFrom('messages')
    .leftJoin('message_media as d', (join) =>
      join
        .onRef('d.workspace_id', '=', 'messages.workspace_id')
        .onRef('d.message_id', '=', 'messages.id')
        .on('d.upload_id', 'is not', null),
    )
    .leftJoin('media_files as f', (join) =>
      join.onRef('f.workspace_id', '=', 'd.workspace_id').onRef('f.id', '=', 'd.file_id'),
    )
    .select(['messages.id', 'wamid', 'type', 'text', 'reply_to_wamid', 'send_state', 'send_attempts'])
    .select(['failure_code', 'send_at', 'content', 'd.upload_id', 'f.mime_type'])
    .select([
      sql<StoredRequest | null>`send_request`.as('request'),
      // WhatsApp keeps a file for 30 days.
      sql<
        string | null
      >`case when d.kapso_media_at > now() - interval '25 days' then d.kapso_media_id end`.as(
        'kapso_media_id',
      ),
      sql<Date>`coalesce(send_started_at, clock_timestamp())`.as('started_at'),
      sql<number>`coalesce(extract(epoch from clock_timestamp() - send_started_at) * 1000, 0)::float8`.as(
        'elapsed_ms',
      ),
      sql<number>`greatest(0, extract(epoch from send_due_at - clock_timestamp()) * 1000)::float8`.as(
        'due_in_ms',
      ),
    ])
    .where('messages.workspace_id', '=', thread.workspaceId)
    .where('messages.conversation_id', '=', thread.conversationId)
    .where('send_state', 'in', ['waiting', 'sending', 'checking'])
    // What is meant for later holds up nothing until then.
    .where(
      sql<boolean>`(send_at is null or send_attempts > 0 or send_at <= clock_timestamp() or send_state <> 'waiting')`,
    )
    .orderBy(sql`send_state = 'waiting'`)
    .orderBy(sql`greatest(occurred_at, send_at)`)
    .orderBy('messages.id')
    .limit(1)
    .executeTakeFirst()
  if (row === undefined) return undefined
  return {
    id: row.id,
    attempt: row.send_attempts,
    type: row.type,
    text: row.text,
    request: row.request,
    media:
      row.upload_id === null
        ? null
        : {
            kapsoMediaId: row.kapso_media_id,
            fileName: fileNameOf(row.content as MessageContent | null),
            mimeType: row.mime_type,
          },
    isLater: row.send_at !== null && row.send_attempts === 0,
    replyToWamid: row.reply_to_wamid,
    startedAt: row.started_at,
    elapsedMs: row.elapsed_ms,
    wasResent: row.failure_code === noAnswerCode,
    wamid: row.wamid,
    sendState: row.send_state === 'sending' || row.send_state === 'checking' ? row.send_state : 'waiting',
    dueInMs: row.due_in_ms,
  }
}

function fileNameOf(content: MessageContent | null): string | null {
  if (content === null) return null
  if (content.kind === 'template') return content.headerFile?.fileName ?? null
  return 'fileName' in content ? content.fileName : null
}

async function loadRoute(
  database: Database,
  { workspaceId, conversationId }: SendMessageJob,
): Promise<{ route: SendRoute; lastInboundAt: Date | null; now: Date }> {
  const { lastInboundAt, now, ...route } = await database
    .selectFrom('conversations as c')
    .innerJoin('channels as h', 'h.id', 'c.channel_id')
    // The thread may have been joined away since the message was written: the window and the address are its account's.
    .innerJoin('contact_identities as own', 'own.id', 'c.identity_id')
    .innerJoin('contact_identities as i', 'i.id', 'own.root_id')
    .leftJoin('private.channel_api_keys as k', 'k.channel_id', 'h.id')
    .select(['h.id as channelId', 'h.phone_number_id as phoneNumberId', 'h.kapso_api_url as apiUrl'])
    .select(['k.sealed as sealedApiKey', 'i.phone_normalized as phone'])
    .select(sql<Date | null>`private.find_last_inbound(c.workspace_id, c.id)`.as('lastInboundAt'))
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
    select due.workspace_id as "workspaceId", due.conversation_id as "conversationId"
    from (
      select m.workspace_id, m.conversation_id, m.send_due_at
      from public.messages m
      where m.send_state in ('waiting', 'sending', 'checking')
        and m.send_due_at <= clock_timestamp() - ${overdueMs} * interval '1 millisecond'
        and not exists (
          select from public.messages f
          where f.conversation_id = m.conversation_id and f.send_state in ('sending', 'checking') and f.id <> m.id
        )
      union all
      select r.workspace_id, r.conversation_id, r.send_due_at
      from public.message_reactions r
      where r.send_state in ('waiting', 'sending')
        and r.send_due_at <= clock_timestamp() - ${overdueMs} * interval '1 millisecond'
    ) due
    group by due.workspace_id, due.conversation_id
    order by min(due.send_due_at)
    limit ${limit}
  `.execute(database)
  return rows.map((row) => sendMessageJob(row))
}
