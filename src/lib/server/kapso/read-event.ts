import { z } from 'zod'
import { normalizeProviderPhone, type NormalizedPhone } from '../../domain/phone-number.ts'
import type { MessageDirection, MessageOrigin } from '../../domain/inbox.ts'
import { asObject, makeStorable, objectAt, textAt, type JsonObject } from './json.ts'

/** The person on the other side of a message, as far as the event tells. */
export interface Counterpart {
  phone: NormalizedPhone | null
  businessScopedId: string | null
  username: string | null
  profileName: string | null
  kapsoConversationId: string | null
}

/** A raw status of WhatsApp. */
export interface StatusEntry {
  status: string
  occurredAt: Date
  errorCode: string | null
  errorTitle: string | null
}

/** A text message, either way. */
export interface MessageEvent {
  kind: 'message'
  phoneNumberId: string
  wamid: string
  direction: MessageDirection
  origin: MessageOrigin
  text: string
  occurredAt: Date
  replyToWamid: string | null
  counterpart: Counterpart
  /** Ours, where Kapso gives it back: id of the message row that was sent. */
  callbackData: string | null
  statuses: StatusEntry[]
}

/** News of a message that was sent before. */
export interface StatusEvent {
  kind: 'status'
  phoneNumberId: string
  wamid: string
  statuses: StatusEntry[]
}

/** `ignored`: understood, not used yet. `quarantined`: it does not hold what its kind must hold. */
export interface SetAsideEvent {
  kind: 'ignored' | 'quarantined'
  reason: string
}

export type KapsoEvent = MessageEvent | StatusEvent | SetAsideEvent

const statusEvents: Record<string, string> = {
  'whatsapp.message.sent': 'sent',
  'whatsapp.message.delivered': 'delivered',
  'whatsapp.message.read': 'read',
  'whatsapp.message.failed': 'failed',
}

// Strict about identity, tolerant about the rest: absent, null and "" are alike everywhere else.
const wamidSchema = z.string().min(1).max(512)
const phoneNumberIdSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)

/**
 * Reads one item of a delivery (payload version 2).
 *
 * @param name event name of the ledger row
 * @param receivedAt stands in where the provider gives no time
 */
export function readKapsoEvent(name: string, raw: JsonObject, receivedAt: Date): KapsoEvent {
  if (!name.startsWith('whatsapp.message.')) return { kind: 'ignored', reason: 'event_not_used' }
  const statusName = statusEvents[name]
  if (name !== 'whatsapp.message.received' && statusName === undefined) {
    return { kind: 'ignored', reason: 'event_unknown' }
  }
  const item = asObject(storable(raw))
  if (item === undefined) return { kind: 'quarantined', reason: 'nested_too_deeply' }
  const message = objectAt(item, 'message')
  const conversation = objectAt(item, 'conversation')
  const kapso = objectAt(message, 'kapso')

  const wamid = wamidSchema.safeParse(message?.['id'])
  if (!wamid.success) return { kind: 'quarantined', reason: 'message_id_missing' }
  const phoneNumberId = phoneNumberIdSchema.safeParse(
    textAt(item, 'phone_number_id') ??
      textAt(conversation, 'phone_number_id') ??
      textAt(kapso, 'phone_number_id'),
  )
  if (!phoneNumberId.success) return { kind: 'quarantined', reason: 'phone_number_id_missing' }
  const common = { phoneNumberId: phoneNumberId.data, wamid: wamid.data }

  const occurredAt = readTime(message?.['timestamp']) ?? receivedAt
  const statuses = readStatuses(kapso, statusName, occurredAt)
  if (statusName !== undefined && statusName !== 'sent') return { kind: 'status', ...common, statuses }

  const direction = readDirection(kapso, statusName)
  if (textAt(message, 'type') !== 'text') return { kind: 'ignored', reason: 'message_type_not_used' }
  const text = textAt(objectAt(message, 'text'), 'body')
  if (text === undefined) return { kind: 'quarantined', reason: 'text_missing' }

  return {
    kind: 'message',
    ...common,
    direction,
    origin: readOrigin(kapso),
    text,
    occurredAt,
    replyToWamid: textAt(objectAt(message, 'context'), 'id') ?? null,
    counterpart: readCounterpart(message, conversation, kapso, direction),
    callbackData: readCallbackData(kapso),
    statuses: direction === 'outbound' ? statuses : [],
  }
}

function storable(raw: JsonObject): unknown {
  try {
    return makeStorable(raw)
  } catch {
    return undefined
  }
}

function readDirection(kapso: JsonObject | undefined, statusName: string | undefined): MessageDirection {
  const told = textAt(kapso, 'direction')
  if (told === 'inbound' || told === 'outbound') return told
  return statusName === undefined ? 'inbound' : 'outbound'
}

function readOrigin(kapso: JsonObject | undefined): MessageOrigin {
  const told = textAt(kapso, 'origin')
  return told === 'business_app' || told === 'history_sync' ? told : 'cloud_api'
}

function readCounterpart(
  message: JsonObject | undefined,
  conversation: JsonObject | undefined,
  kapso: JsonObject | undefined,
  direction: MessageDirection,
): Counterpart {
  const side = direction === 'inbound' ? 'from' : 'to'
  const phone =
    normalizeProviderPhone(message?.[side]) ??
    normalizeProviderPhone(conversation?.['phone_number']) ??
    normalizeProviderPhone(kapso?.['phone_number'])
  return {
    phone,
    businessScopedId:
      textAt(message, `${side}_user_id`) ?? textAt(conversation, 'business_scoped_user_id') ?? null,
    username:
      (textAt(message, 'username') ?? textAt(conversation, 'username'))?.replace(/^@/, '').slice(0, 100) ??
      null,
    // Kapso moved the name over time; newest place first.
    profileName:
      (
        textAt(conversation, 'contact_name') ??
        textAt(objectAt(conversation, 'kapso'), 'contact_name') ??
        textAt(kapso, 'contact_name')
      )?.slice(0, 200) ?? null,
    kapsoConversationId: textAt(conversation, 'id') ?? textAt(kapso, 'whatsapp_conversation_id') ?? null,
  }
}

function readStatuses(
  kapso: JsonObject | undefined,
  statusName: string | undefined,
  occurredAt: Date,
): StatusEntry[] {
  const listed = Array.isArray(kapso?.['statuses']) ? (kapso['statuses'] as unknown[]) : []
  const entries = listed.flatMap((entry): StatusEntry[] => {
    const raw = asObject(entry)
    const status = textAt(raw, 'status')
    const at = readTime(raw?.['timestamp'])
    if (status === undefined || at === undefined || !/^[a-z_]{1,40}$/.test(status)) return []
    const error = Array.isArray(raw?.['errors']) ? asObject((raw['errors'] as unknown[])[0]) : undefined
    return [
      {
        status,
        occurredAt: at,
        errorCode: textAt(error, 'code') ?? null,
        errorTitle: textAt(error, 'title') ?? null,
      },
    ]
  })
  // The list is only there when Kapso recorded it; the event itself always tells its own status.
  if (statusName === undefined || entries.some((entry) => entry.status === statusName)) return entries
  return [...entries, { status: statusName, occurredAt, errorCode: null, errorTitle: null }]
}

function readCallbackData(kapso: JsonObject | undefined): string | null {
  const listed = Array.isArray(kapso?.['statuses']) ? (kapso['statuses'] as unknown[]) : []
  for (const entry of listed) {
    const data = textAt(asObject(entry), 'biz_opaque_callback_data')
    if (data !== undefined) return data
  }
  return null
}

/** Three forms in one body: unix seconds as text, ISO with offset, ISO with microseconds. */
function readTime(value: unknown): Date | undefined {
  if (typeof value === 'number' || (typeof value === 'string' && /^\d{9,13}$/.test(value))) {
    const number = Number(value)
    const time = new Date(number < 1e11 ? number * 1000 : number)
    return Number.isNaN(time.getTime()) ? undefined : time
  }
  if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT/.test(value)) return undefined
  const time = new Date(value)
  return Number.isNaN(time.getTime()) ? undefined : time
}
