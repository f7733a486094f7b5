import { countAt, objectAt, textAt, type JsonObject } from './json.ts'
import type { KapsoEvent } from './kapso-event.ts'
import { quarantine } from './quarantine.ts'
import { businessScopedIdAt, isIdentified, readCounterpart, readPhoneNumberId } from './read-identity.ts'
import { timeAt } from './read-time.ts'

/** Reads `whatsapp.contact.identity_changed`. */
export function readIdentityChange(item: JsonObject, receivedAt: Date): KapsoEvent {
  const read = readContact(item)
  if ('reason' in read) return read
  const { contact, phoneNumberId, counterpart } = read
  const previousBusinessScopedId = businessScopedIdAt(objectAt(item, 'previous'), 'business_scoped_user_id')
  if (previousBusinessScopedId === null && !isIdentified(counterpart)) return quarantine('identity_missing')
  return {
    kind: 'identity_changed',
    phoneNumberId,
    previousBusinessScopedId,
    counterpart,
    occurredAt: timeAt(item, 'occurred_at') ?? timeAt(contact, 'updated_at') ?? receivedAt,
  }
}

/** Reads `whatsapp.contact.marketing_preference_changed`. Strict: it decides whether somebody may be written to. */
export function readMarketingPreference(item: JsonObject, receivedAt: Date): KapsoEvent {
  const read = readContact(item)
  if ('reason' in read) return read
  const { contact, phoneNumberId, counterpart } = read
  if (!isIdentified(counterpart)) return quarantine('identity_missing')
  const preference = objectAt(item, 'marketing_preference')
  const status = textAt(preference, 'status')
  if (status !== 'stopped' && status !== 'resumed') return quarantine('marketing_status_unknown')
  const sequence = countAt(preference, 'sequence')
  if (sequence === undefined) return quarantine('marketing_sequence_missing')
  return {
    kind: 'marketing_preference',
    phoneNumberId,
    status,
    sequence,
    detail: textAt(preference, 'detail', 500) ?? null,
    occurredAt: timeAt(preference, 'occurred_at') ?? timeAt(contact, 'updated_at') ?? receivedAt,
    counterpart,
  }
}

function readContact(item: JsonObject) {
  const contact = objectAt(item, 'contact')
  const phoneNumberId = readPhoneNumberId(item)
  if (phoneNumberId === undefined) return quarantine('phone_number_id_missing')
  const conversation = objectAt(item, 'conversation')
  return { contact, phoneNumberId, counterpart: readCounterpart({ contact, conversation }, 'inbound') }
}
