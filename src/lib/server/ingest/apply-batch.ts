import { v7 as makeTimeOrderedId, v4 as makeId } from 'uuid'
import { resolveIdentities, type KnownIdentity, type Sighting } from '../../domain/identity-resolution.ts'
import type { Database } from '../database/database.ts'
import { findKnownIdentities, writeIdentityPlan } from '../database/identities.ts'
import type { EventOutcome } from '../database/ledger.ts'
import {
  ensureConversations,
  insertMessages,
  lockConversations,
  recordSessions,
  recordStatuses,
  settleStatuses,
  type NewStatus,
} from '../database/threads.ts'
import type { MessageEvent } from '../kapso/read-event.ts'
import { adoptEchoes } from './adopt-echoes.ts'
import type { ReadEvent } from './apply-events.ts'

/** What became of one row; a deferred one stays pending until the send it may belong to has ended. */
export type BatchOutcome = EventOutcome | { id: number; status: 'deferred' }

interface Channel {
  id: string
  identityScope: string
}

/** A message with its channel, on its way into a thread. */
interface PlacedMessage {
  id: number
  event: MessageEvent
  channel: Channel
}

/**
 * Applies the rows of one workspace with a fixed number of statements, however many rows they are. The senders' locks
 * must be held.
 *
 * @throws whatever Postgres says of a row it does not take; nothing is caught here
 */
export async function applyBatch(
  database: Database,
  workspaceId: string,
  events: ReadEvent[],
): Promise<BatchOutcome[]> {
  const channels = await findChannels(database, workspaceId)
  const outcomes: BatchOutcome[] = []
  const messages: PlacedMessage[] = []
  const statuses: NewStatus[] = []

  for (const { row, event } of events) {
    if ('reason' in event) {
      outcomes.push({ id: row.id, status: event.kind, reason: event.reason })
      continue
    }
    const channel = channels.get(event.phoneNumberId)
    if (channel === undefined) {
      outcomes.push({ id: row.id, status: 'quarantined', reason: 'unknown_phone_number' })
      continue
    }
    if (event.kind === 'message') messages.push({ id: row.id, event, channel })
    else outcomes.push({ id: row.id, status: 'processed', reason: null })
    statuses.push(
      ...event.statuses.map((status) => ({
        ...status,
        channelId: channel.id,
        wamid: event.wamid,
        webhookEventId: row.id,
      })),
    )
  }

  const touched = [
    ...statuses.map(({ channelId, wamid }) => ({ channelId, wamid })),
    ...messages.map(({ channel, event }) => ({ channelId: channel.id, wamid: event.wamid })),
  ]
  const inThread = await placeInThreads(database, workspaceId, messages)
  await lockConversations(
    database,
    workspaceId,
    inThread.map((message) => message.conversationId),
    touched,
  )
  outcomes.push(...(await writeMessages(database, workspaceId, inThread)))
  await recordStatuses(database, workspaceId, statuses)
  // A status may have come before its message: what is new here is settled with all that was told earlier.
  await settleStatuses(database, touched)
  return outcomes
}

type MessageInThread = PlacedMessage & { conversationId: string }

/** Finds or makes the person, the thread and the session of each message. */
async function placeInThreads(
  database: Database,
  workspaceId: string,
  placed: PlacedMessage[],
): Promise<MessageInThread[]> {
  if (placed.length === 0) return []
  const sightings = placed.map(toSighting)
  const plan = resolveIdentities(
    await findKnownIdentities(database, workspaceId, sightings),
    sightings,
    makeId,
  )
  await writeIdentityPlan(database, workspaceId, plan)

  const identityOf = (message: PlacedMessage): KnownIdentity => {
    const identity = plan.identityOf.get(String(message.id))
    if (identity === undefined) throw new Error('a message was left without an identity')
    return identity
  }
  const conversations = await ensureConversations(
    database,
    workspaceId,
    placed.map((message) => ({
      channelId: message.channel.id,
      identityId: identityOf(message).id,
      seenAt: message.event.occurredAt,
    })),
  )
  const inThread = placed.map((message) => {
    const conversationId = conversations.get(`${message.channel.id} ${identityOf(message).id}`)
    if (conversationId === undefined) throw new Error('a message was left without a thread')
    return { ...message, conversationId }
  })
  await recordSessions(
    database,
    workspaceId,
    inThread.flatMap(({ event, conversationId }) =>
      event.counterpart.kapsoConversationId === null
        ? []
        : [
            {
              kapsoConversationId: event.counterpart.kapsoConversationId,
              conversationId,
              seenAt: event.occurredAt,
            },
          ],
    ),
  )
  return inThread
}

async function writeMessages(
  database: Database,
  workspaceId: string,
  inThread: MessageInThread[],
): Promise<BatchOutcome[]> {
  const { adopted, deferred } = await adoptEchoes(
    database,
    workspaceId,
    inThread
      .filter(({ event }) => event.direction === 'outbound')
      .map(({ id, event, channel, conversationId }) => ({
        id,
        channelId: channel.id,
        conversationId,
        wamid: event.wamid,
        text: event.text,
        occurredAt: event.occurredAt,
        callbackData: event.callbackData,
        isFromApi: event.origin === 'cloud_api',
      })),
  )
  await insertMessages(
    database,
    workspaceId,
    inThread
      .filter(({ id }) => !adopted.has(id) && !deferred.has(id))
      .map(({ event, channel, conversationId }) => ({
        // WhatsApp counts seconds: within one, ids keep the order in which Kapso told us.
        id: makeTimeOrderedId(),
        conversationId,
        channelId: channel.id,
        wamid: event.wamid,
        direction: event.direction,
        origin:
          event.origin === 'business_app' || event.origin === 'history_sync' ? event.origin : 'cloud_api',
        text: event.text,
        kapsoConversationId: event.counterpart.kapsoConversationId,
        replyToWamid: event.replyToWamid,
        occurredAt: event.occurredAt,
      })),
  )
  return inThread.map(({ id }) =>
    deferred.has(id) ? { id, status: 'deferred' } : { id, status: 'processed', reason: null },
  )
}

function toSighting({ id, event, channel }: PlacedMessage): Sighting {
  const { phone, businessScopedId, username, profileName, kapsoConversationId } = event.counterpart
  return {
    key: String(id),
    seenAt: event.occurredAt,
    phone: phone?.e164 ?? null,
    businessScopedId:
      businessScopedId === null ? null : { scope: channel.identityScope, value: businessScopedId },
    kapsoConversationId,
    username,
    profileName,
  }
}

async function findChannels(database: Database, workspaceId: string): Promise<Map<string, Channel>> {
  const rows = await database
    .selectFrom('channels')
    .select(['id', 'phone_number_id', 'identity_scope'])
    .where('workspace_id', '=', workspaceId)
    .execute()
  return new Map(rows.map((row) => [row.phone_number_id, { id: row.id, identityScope: row.identity_scope }]))
}
