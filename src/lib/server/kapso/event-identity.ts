import { hash } from 'node:crypto'
import { asObject, objectAt, textAt, type JsonObject } from './json.ts'

/** What an item of a delivery is, before anybody looks closer. */
export interface EventIdentity {
  /** Says what happened, not which delivery told us: the same for a retry, a batch repeated one by one and a replay. */
  eventId: string
  /** Event name, or `unknown`. */
  name: string
  /** Hash of workspace and sender, as a signed 64-bit integer in decimal. Zero where an item has no sender. */
  subjectKey: string
}

/** What the headers of a delivery say. */
export interface DeliveryHeaders {
  eventName: string | undefined
  idempotencyKey: string | undefined
}

const safePart = /^[\w.:+-]{1,128}$/
const safeName = /^[a-z][a-z0-9_.]{0,79}$/

/**
 * Derives the identity of one item. Ids that contain a phone number (a wamid does, in base64) go in hashed, so that
 * the ledger stays free of personal data for ever.
 *
 * @param item one single body, or one element of a batch's `data`
 * @param fallback distinguishes items that carry no id of their own: idempotency key or body hash, and the index
 */
export function identifyEvent(
  workspaceId: string,
  item: JsonObject,
  headers: DeliveryHeaders,
  batchType: string | undefined,
  fallback: string,
): EventIdentity {
  const name = [headers.eventName, batchType, textAt(item, 'event'), textAt(item, 'type')].find(
    (candidate) => candidate !== undefined && safeName.test(candidate),
  )
  const parts = name === undefined ? undefined : identifyingParts(name, item)
  const eventId = parts?.every((part) => part !== undefined && safePart.test(part))
    ? `${name}:${parts.join(':')}`
    : `${name ?? 'unknown'}#${fallback}`
  const sender = findSender(item)
  return {
    eventId,
    name: name ?? 'unknown',
    subjectKey: sender === undefined ? '0' : hashToKey(`${workspaceId}|${sender}`),
  }
}

/** A signed 64-bit integer in decimal, for locks and indexes: the first eight bytes of the SHA-256. */
export function hashToKey(text: string): string {
  return hash('sha256', text, 'buffer').readBigInt64BE().toString()
}

function identifyingParts(name: string, item: JsonObject): (string | undefined)[] | undefined {
  const message = objectAt(item, 'message')
  const conversation = objectAt(item, 'conversation')
  const contact = objectAt(item, 'contact')
  if (name.startsWith('whatsapp.message.')) {
    const wamid = textAt(message, 'id')
    const digest = wamid === undefined ? undefined : hash('sha256', wamid, 'base64url')
    // There is no event for a voice message that was played: it comes as a second `read`.
    const isPlayed =
      name === 'whatsapp.message.read' && textAt(objectAt(message, 'kapso'), 'status') === 'played'
    return isPlayed ? [digest, 'played'] : [digest]
  }
  switch (name) {
    case 'whatsapp.conversation.created':
      return [textAt(conversation, 'id')]
    case 'whatsapp.conversation.ended':
      return [
        textAt(conversation, 'id'),
        textAt(conversation, 'last_active_at') ?? textAt(conversation, 'updated_at'),
      ]
    case 'whatsapp.conversation.inactive':
      return [
        textAt(conversation, 'id'),
        identifyAnchor(objectAt(item, 'since_message')),
        textAt(objectAt(item, 'inactivity'), 'minutes'),
      ]
    case 'whatsapp.contact.identity_changed':
      return identifyChange(contact, objectAt(item, 'previous'))
    case 'whatsapp.contact.marketing_preference_changed':
      return [
        textAt(contact, 'id'),
        textAt(item, 'phone_number_id'),
        textAt(objectAt(item, 'marketing_preference'), 'sequence'),
      ]
  }
  if (name.startsWith('workflow.execution.')) {
    return [textAt(item, 'workflow_execution_id'), textAt(item, 'status'), textAt(item, 'occurred_at')]
  }
  // Only where `id` is known to be the event's own: elsewhere it may be the id of a thing that events repeat.
  return /^(project\.event$|kapso_agent\.run\.|whatsapp\.(phone_number|account)\.)/.test(name)
    ? [textAt(item, 'id')]
    : undefined
}

/** Kapso's id of the message that silence is counted from, else the hash of WhatsApp's, which holds the number. */
function identifyAnchor(message: JsonObject | undefined): string | undefined {
  const wamid = textAt(message, 'whatsapp_message_id')
  return textAt(message, 'id') ?? (wamid === undefined ? undefined : hash('sha256', wamid, 'base64url'))
}

/**
 * Contact, former id and new id. Where these two do not tell the change (only the parent id changed, or neither is
 * known) nothing in the body does, and the delivery's own key has to.
 */
function identifyChange(
  contact: JsonObject | undefined,
  previous: JsonObject | undefined,
): (string | undefined)[] | undefined {
  const formerId = textAt(previous, 'business_scoped_user_id') ?? 'none'
  const newId = textAt(contact, 'business_scoped_user_id') ?? 'none'
  return formerId === newId ? undefined : [textAt(contact, 'id'), formerId, newId]
}

/** Who an item is about, as far as the door needs it for order: number, else business-scoped id, else session. */
function findSender(item: JsonObject): string | undefined {
  const message = objectAt(item, 'message')
  const conversation = objectAt(item, 'conversation')
  const kapso = objectAt(message, 'kapso')
  const isOutbound = textAt(kapso, 'direction') === 'outbound'
  const phone =
    textAt(conversation, 'phone_number') ??
    textAt(message, isOutbound ? 'to' : 'from') ??
    textAt(kapso, 'phone_number') ??
    textAt(asObject(item['contact']), 'wa_id')
  const digits = phone?.replace(/\D/g, '')
  return digits !== undefined && digits !== ''
    ? digits
    : (textAt(conversation, 'business_scoped_user_id') ??
        textAt(message, isOutbound ? 'to_user_id' : 'from_user_id') ??
        textAt(objectAt(item, 'contact'), 'business_scoped_user_id') ??
        textAt(conversation, 'id'))
}
