import type { MessageDirection } from '../../domain/inbox.ts'
import { normalizeProviderPhone } from '../../domain/phone-number.ts'
import { objectAt, textAt, type JsonObject } from './json.ts'
import type { Counterpart } from './kapso-event.ts'

const phoneNumberIdForm = /^[A-Za-z0-9_-]{1,64}$/
const wamidForm = /^[\x21-\x7e]{1,512}$/
const kapsoIdForm = /^[\w.:-]{1,128}$/
const businessScopedIdForm = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/

/** The id of a message at WhatsApp: text as it is, never a number, never repaired. */
export function wamidAt(value: JsonObject | undefined, key: string): string | undefined {
  const found = value?.[key]
  return typeof found === 'string' && wamidForm.test(found) ? found : undefined
}

/** An id that Kapso gave (a conversation, a workflow run). */
export function kapsoIdAt(value: JsonObject | undefined, key: string): string | undefined {
  const found = textAt(value, key)
  return found !== undefined && kapsoIdForm.test(found) ? found : undefined
}

/** An id of a business number, as text or digits. */
export function phoneNumberIdAt(value: JsonObject | undefined, key: string): string | undefined {
  const found = textAt(value, key)
  return found !== undefined && phoneNumberIdForm.test(found) ? found : undefined
}

/**
 * A business-scoped user id, byte for byte as it came: nothing is trimmed or folded. What does not have its form is no
 * id (a wrong one would join strangers), and counts as absent.
 */
export function businessScopedIdAt(value: JsonObject | undefined, key: string): string | null {
  const found = value?.[key]
  return typeof found === 'string' && businessScopedIdForm.test(found) ? found : null
}

/** Which of our numbers an item is about: the item says so itself, else its conversation, else its message. */
export function readPhoneNumberId(item: JsonObject): string | undefined {
  return (
    phoneNumberIdAt(item, 'phone_number_id') ??
    phoneNumberIdAt(objectAt(item, 'conversation'), 'phone_number_id') ??
    phoneNumberIdAt(objectAt(objectAt(item, 'message'), 'kapso'), 'phone_number_id')
  )
}

/** The places of an item that tell of the person; each may be absent. */
export interface CounterpartSources {
  message?: JsonObject | undefined
  conversation?: JsonObject | undefined
  contact?: JsonObject | undefined
  /** Raw statuses of WhatsApp, which name the recipient; the last is the newest. */
  statuses?: JsonObject[]
}

/** Reads the person on the other side. What stands nearer to the message counts more than what stands further off. */
export function readCounterpart(
  { message, conversation, contact, statuses = [] }: CounterpartSources,
  direction: MessageDirection,
): Counterpart {
  const kapso = objectAt(message, 'kapso')
  const side = direction === 'inbound' ? 'from' : 'to'
  const status = statuses.findLast(
    (entry) =>
      businessScopedIdAt(entry, 'recipient_user_id') !== null || textAt(entry, 'recipient_id') !== undefined,
  )
  return {
    phone:
      normalizeProviderPhone(message?.[side]) ??
      normalizeProviderPhone(conversation?.['phone_number']) ??
      normalizeProviderPhone(kapso?.['phone_number']) ??
      normalizeProviderPhone(contact?.['wa_id']) ??
      normalizeProviderPhone(contact?.['phone_number']) ??
      normalizeProviderPhone(status?.['recipient_id']),
    businessScopedId:
      businessScopedIdAt(message, `${side}_user_id`) ??
      businessScopedIdAt(status, 'recipient_user_id') ??
      businessScopedIdAt(conversation, 'business_scoped_user_id') ??
      businessScopedIdAt(contact, 'business_scoped_user_id'),
    parentBusinessScopedId:
      businessScopedIdAt(message, `${side}_parent_user_id`) ??
      businessScopedIdAt(status, 'recipient_parent_user_id') ??
      businessScopedIdAt(conversation, 'parent_business_scoped_user_id') ??
      businessScopedIdAt(contact, 'parent_business_scoped_user_id'),
    username: readUsername(
      textAt(message, 'username') ?? textAt(conversation, 'username') ?? textAt(contact, 'username'),
    ),
    profileName: readName(
      // Kapso moved the name over time; newest place first.
      textAt(conversation, 'contact_name', 200) ??
        textAt(objectAt(conversation, 'kapso'), 'contact_name', 200) ??
        textAt(kapso, 'contact_name', 200) ??
        textAt(contact, 'profile_name', 200),
    ),
    kapsoConversationId:
      kapsoIdAt(conversation, 'id') ??
      kapsoIdAt(kapso, 'whatsapp_conversation_id') ??
      kapsoIdAt(contact, 'whatsapp_conversation_id') ??
      null,
  }
}

/** True when an event says anything at all by which a person can be told from others. */
export function isIdentified(counterpart: Counterpart): boolean {
  return (
    counterpart.phone !== null ||
    counterpart.businessScopedId !== null ||
    counterpart.kapsoConversationId !== null
  )
}

function readUsername(told: string | undefined): string | null {
  const username = told?.trim().replace(/^@/, '').slice(0, 100).toWellFormed()
  return username === undefined || username === '' ? null : username
}

function readName(told: string | undefined): string | null {
  const name = told?.trim()
  return name === undefined || name === '' ? null : name
}
