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
    return [wamid === undefined ? undefined : hash('sha256', wamid, 'base64url')]
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
        textAt(objectAt(item, 'since_message'), 'id'),
        textAt(objectAt(item, 'inactivity'), 'minutes'),
      ]
    case 'whatsapp.contact.identity_changed':
      return [
        textAt(contact, 'id'),
        textAt(objectAt(item, 'previous'), 'business_scoped_user_id') ?? 'none',
        textAt(contact, 'business_scoped_user_id') ?? 'none',
      ]
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
  return [textAt(item, 'id')]
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
