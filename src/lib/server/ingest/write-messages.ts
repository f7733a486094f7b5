import { v7 as makeTimeOrderedId } from 'uuid'
import type { MediaContent, MessageContent } from '../../domain/message-content.ts'
import type { Database, JobRequest } from '../database/database.ts'
import { recordMedia } from '../database/media.ts'
import { fillSessions, insertMessages, type NewMessage } from '../database/messages.ts'
import type { MessageEvent } from '../kapso/kapso-event.ts'
import { adoptEchoes } from './adopt-echoes.ts'
import type { Placed } from './sort-batch.ts'

export type MessageInThread = Placed<MessageEvent> & {
  conversationId: string
  /** Nobody wants to hear of it. */
  isMuted: boolean
}

export interface WrittenMessages {
  /** Rows that stay pending until the send they may belong to has ended. */
  deferred: Set<number>
  /** Conversations in which a customer's message is new: not known before, not imported, not repaired. */
  writtenToUs: string[]
  /** Copies of what was written now. */
  jobs: JobRequest[]
}

/** Files of imported history are copied when nothing newer waits. */
const silentPriority = -10

/** Writes the messages that are not here yet, each once. The threads must be locked. */
export async function writeMessages(
  database: Database,
  workspaceId: string,
  messages: MessageInThread[],
): Promise<WrittenMessages> {
  const outbound = messages.filter(({ event }) => event.direction === 'outbound')
  const { adopted, deferred } = await adoptEchoes(
    database,
    workspaceId,
    outbound.map(({ id, event, channel, conversationId }) => ({
      id,
      channelId: channel.id,
      conversationId,
      wamid: event.wamid,
      type: event.type,
      text: event.text,
      occurredAt: event.occurredAt,
      callbackData: event.callbackData,
      isFromApi: event.origin === 'cloud_api',
    })),
  )
  await fillSessions(
    database,
    workspaceId,
    outbound.flatMap(({ id, event, channel }) =>
      adopted.has(id)
        ? [{ channelId: channel.id, wamid: event.wamid, kapsoConversationId: sessionOf(event) }]
        : [],
    ),
  )
  const added = messages
    .filter(({ id }) => !adopted.has(id) && !deferred.has(id))
    .map((message) => ({ message, row: toNewMessage(message) }))
  const written = await insertMessages(
    database,
    workspaceId,
    added.map(({ row }) => row),
  )
  return {
    deferred,
    writtenToUs: added.flatMap(({ message, row }) =>
      written.has(row.id) && row.direction === 'inbound' && !row.isSilent ? [message.conversationId] : [],
    ),
    jobs: await copyFiles(database, workspaceId, added, written),
  }
}

async function copyFiles(
  database: Database,
  workspaceId: string,
  added: { message: MessageInThread; row: NewMessage }[],
  written: Set<string>,
): Promise<JobRequest[]> {
  const media = added.flatMap(({ message: { id, event }, row }) =>
    event.media !== null && isMedia(event.content) && written.has(row.id)
      ? [{ messageId: row.id, kind: event.content.kind, webhookEventId: id, isSilent: row.isSilent }]
      : [],
  )
  const isSilent = new Set(media.flatMap((item) => (item.isSilent ? [item.messageId] : [])))
  const jobs = await recordMedia(database, workspaceId, media)
  return jobs.map((job) =>
    'messageId' in job.data && isSilent.has(String(job.data.messageId))
      ? { ...job, priority: silentPriority }
      : job,
  )
}

function isMedia(content: MessageContent | null): content is MediaContent {
  return content !== null && 'isVoice' in content
}

function toNewMessage(message: MessageInThread): NewMessage {
  const { event, channel, conversationId } = message
  return {
    // WhatsApp counts seconds: within one, ids keep the order in which Kapso told us.
    id: makeTimeOrderedId(),
    conversationId,
    channelId: channel.id,
    wamid: event.wamid,
    direction: event.direction,
    origin: event.origin === 'business_app' || event.origin === 'history_sync' ? event.origin : 'cloud_api',
    type: event.type,
    text: event.text,
    content: event.content,
    isForwarded: event.isForwarded,
    referral: event.referral,
    isSilent: isSilentMessage(message),
    kapsoConversationId: sessionOf(event),
    replyToWamid: event.replyToWamid,
    occurredAt: event.occurredAt,
  }
}

/** Imported history, what was repaired, and what a muted person writes: none of it is news. */
export function isSilentMessage({ event, isRepair, isMuted }: MessageInThread): boolean {
  return isRepair || event.origin === 'history_sync' || (isMuted && event.direction === 'inbound')
}

function sessionOf(event: MessageEvent): string | null {
  return event.session?.kapsoConversationId ?? event.counterpart.kapsoConversationId
}
