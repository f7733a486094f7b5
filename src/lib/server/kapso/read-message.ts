import type { MessageDirection, MessageOrigin } from '../../domain/inbox.ts'
import { objectAt, textAt, type JsonObject } from './json.ts'
import type {
  KapsoEvent,
  MessageEvent,
  ReactionEvent,
  SessionFacts,
  SetAsideEvent,
  StatusEvent,
} from './kapso-event.ts'
import { quarantine } from './quarantine.ts'
import { isIdentified, kapsoIdAt, readCounterpart, readPhoneNumberId, wamidAt } from './read-identity.ts'
import { isForwarded, readReferral, readReplyTo } from './read-message-context.ts'
import { readMessageBody, readMessageType } from './read-message-content.ts'
import { listRawStatuses, readCallbackData, readStatuses } from './read-status.ts'
import { latestTimeAt, readTime } from './read-time.ts'

/** What every event about a message has. */
type CommonFacts = Pick<
  ReactionEvent,
  'phoneNumberId' | 'wamid' | 'occurredAt' | 'counterpart' | 'statuses'
> & {
  direction: MessageDirection
}

/**
 * Reads `whatsapp.message.*`.
 *
 * @param told the status that the event is about; undefined for `received`
 */
export function readMessageItem(item: JsonObject, told: string | undefined, receivedAt: Date): KapsoEvent {
  const message = objectAt(item, 'message')
  const conversation = objectAt(item, 'conversation')
  const wamid = wamidAt(message, 'id')
  if (message === undefined || wamid === undefined) return quarantine('message_id_missing')
  const phoneNumberId = readPhoneNumberId(item)
  if (phoneNumberId === undefined) return quarantine('phone_number_id_missing')

  const raw = listRawStatuses(message)
  const occurredAt = readTime(message['timestamp']) ?? receivedAt
  const direction = readDirection(message, told)
  const common: CommonFacts = {
    phoneNumberId,
    wamid,
    occurredAt,
    direction,
    counterpart: readCounterpart({ message, conversation, statuses: raw }, direction),
    statuses: direction === 'outbound' ? readStatuses(message, raw, told, occurredAt) : [],
  }
  const type = readMessageType(message)
  if (told !== undefined && told !== 'sent') return toStatusEvent(common, type)
  return type === 'reaction'
    ? readReaction(message, raw, common)
    : readPlainMessage(message, conversation, raw, type, common)
}

function toStatusEvent(
  { phoneNumberId, wamid, statuses, counterpart }: CommonFacts,
  type: string,
): StatusEvent {
  const event: StatusEvent = { kind: 'status', phoneNumberId, wamid, statuses, counterpart }
  return type === 'reaction' ? { ...event, isReaction: true } : event
}

function readReaction(
  message: JsonObject,
  raw: JsonObject[],
  common: CommonFacts,
): ReactionEvent | SetAsideEvent {
  const reaction = objectAt(message, 'reaction') ?? objectAt(objectAt(message, 'kapso'), 'message_type_data')
  const targetWamid = wamidAt(reaction, 'message_id')
  if (targetWamid === undefined) return quarantine('reaction_target_missing')
  return {
    kind: 'reaction',
    ...common,
    targetWamid,
    // One that is taken off comes without an emoji, or with an empty one (Meta's documentation has both).
    emoji: textAt(reaction, 'emoji', 64) ?? null,
    origin: readOrigin(message),
    callbackData: readCallbackData(message, raw),
  }
}

function readPlainMessage(
  message: JsonObject,
  conversation: JsonObject | undefined,
  raw: JsonObject[],
  type: string,
  common: CommonFacts,
): MessageEvent | SetAsideEvent {
  if (!isIdentified(common.counterpart)) return quarantine('counterpart_missing')
  const body = readMessageBody(message, type, common.direction)
  if (body === undefined) return quarantine('text_missing')
  return {
    kind: 'message',
    ...common,
    origin: readOrigin(message),
    type,
    ...body,
    replyToWamid: readReplyTo(message),
    isForwarded: isForwarded(message),
    referral: readReferral(message),
    callbackData: readCallbackData(message, raw),
    session: readSessionFacts(conversation, common.counterpart.kapsoConversationId),
  }
}

function readDirection(message: JsonObject, told: string | undefined): MessageDirection {
  // Only what the business sent has a status to tell of, whatever else the body says.
  if (told !== undefined) return 'outbound'
  return textAt(objectAt(message, 'kapso'), 'direction') === 'outbound' ? 'outbound' : 'inbound'
}

function readOrigin(message: JsonObject): MessageOrigin {
  const told = textAt(objectAt(message, 'kapso'), 'origin')
  return told === 'business_app' || told === 'history_sync' ? told : 'cloud_api'
}

function readSessionFacts(
  conversation: JsonObject | undefined,
  kapsoConversationId: string | null,
): SessionFacts | null {
  if (kapsoConversationId === null) return null
  // The status in the body is that of the conversation it stands in, not of one that only a message names.
  const isItsOwn = kapsoIdAt(conversation, 'id') === kapsoConversationId
  const told = isItsOwn ? textAt(conversation, 'status') : undefined
  const status = told === 'active' || told === 'ended' ? told : null
  return {
    kapsoConversationId,
    status,
    statusAt: status === null ? null : (latestTimeAt(conversation, 'last_active_at', 'updated_at') ?? null),
  }
}
