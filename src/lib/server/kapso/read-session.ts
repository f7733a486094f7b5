import { countAt, objectAt, type JsonObject } from './json.ts'
import type { KapsoEvent, SessionEvent } from './kapso-event.ts'
import { quarantine } from './quarantine.ts'
import { readCounterpart, readPhoneNumberId } from './read-identity.ts'
import { latestTimeAt, readTime, timeAt } from './read-time.ts'

/** Reads `whatsapp.conversation.*`. */
export function readSessionItem(
  item: JsonObject,
  change: SessionEvent['change'],
  receivedAt: Date,
): KapsoEvent {
  const conversation = objectAt(item, 'conversation')
  const phoneNumberId = readPhoneNumberId(item)
  if (phoneNumberId === undefined) return quarantine('phone_number_id_missing')
  const counterpart = readCounterpart({ conversation }, 'inbound')
  const { kapsoConversationId } = counterpart
  if (kapsoConversationId === null) return quarantine('conversation_id_missing')
  return {
    kind: 'session',
    change,
    phoneNumberId,
    kapsoConversationId,
    occurredAt: readMoment(item, conversation, change) ?? receivedAt,
    counterpart,
  }
}

function readMoment(
  item: JsonObject,
  conversation: JsonObject | undefined,
  change: SessionEvent['change'],
): Date | undefined {
  switch (change) {
    case 'created':
      return timeAt(conversation, 'created_at', 'last_active_at', 'updated_at')
    case 'ended':
      return latestTimeAt(conversation, 'last_active_at', 'updated_at')
    case 'inactive': {
      // It went quiet when so many minutes had passed since the message that it is counted from.
      const since =
        timeAt(objectAt(item, 'since_message'), 'created_at') ?? timeAt(conversation, 'last_active_at')
      const minutes = countAt(objectAt(item, 'inactivity'), 'minutes') ?? 0
      return since === undefined ? undefined : (readTime(since.getTime() + minutes * 60_000) ?? since)
    }
  }
}
