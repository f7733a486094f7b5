import type { Customer, Message, PhoneNumber, StatusRecord } from '../world.ts'
import { describeContent, hasMedia, readText, readTypeData } from './content.ts'
import { type BodyForm, toUnixSeconds } from './form.ts'

type Json = Record<string, unknown>

function toDigits(phone: string): string {
  return phone.replace(/\D/g, '')
}

function buildStatus(
  message: Message,
  customer: Customer,
  record: StatusRecord,
  returnsOpaqueData: boolean,
): Json {
  // Meta: a failed status has no recipient_user_id when the message went to a phone number.
  const namesUser = !customer.sharesPhone || record.status !== 'failed'
  return {
    id: message.id,
    status: record.status,
    timestamp: toUnixSeconds(record.at),
    ...(customer.sharesPhone ? { recipient_id: customer.phone } : {}),
    ...(namesUser ? { recipient_user_id: customer.userId } : {}),
    ...(returnsOpaqueData && message.opaqueData !== null
      ? { biz_opaque_callback_data: message.opaqueData }
      : {}),
    ...(record.error ? { errors: [record.error] } : {}),
  }
}

function buildStatuses(
  message: Message,
  customer: Customer,
  upTo: number,
  returnsOpaqueData: boolean,
): Json[] {
  return message.statuses
    .slice(0, upTo + 1)
    .map((record) => buildStatus(message, customer, record, returnsOpaqueData))
}

function buildSender(message: Message, customer: Customer, form: BodyForm): Json {
  if (message.author !== 'customer') {
    if (form.style === 'classic') return {}
    return { ...(customer.sharesPhone ? { to: customer.phone } : {}), to_user_id: customer.userId }
  }
  const hidden = { absent: {}, null: { from: null }, empty: { from: '' } }[form.hiddenFrom]
  if (form.style === 'classic' && customer.sharesPhone) return {}
  return {
    ...(customer.sharesPhone ? { from: customer.phone } : hidden),
    from_user_id: customer.userId,
    ...(customer.username === null
      ? {}
      : { username: `${form.usernameHasAt ? '@' : ''}${customer.username}` }),
  }
}

function buildContext(
  message: Message,
  replied: Message | undefined,
  number: PhoneNumber,
  customer: Customer,
): Json {
  if (message.replyTo === null) return {}
  const repliesToCustomer = replied?.author === 'customer'
  const from = repliesToCustomer ? customer.phone : toDigits(number.displayPhoneNumber)
  return { context: { ...(repliesToCustomer && !customer.sharesPhone ? {} : { from }), id: message.replyTo } }
}

function buildMedia(message: Message): Json {
  if (!hasMedia(message)) return {}
  const url = readText(message.content, 'link')
  if (url === null) return {}
  const filename = readText(message.content, 'filename') ?? url.slice(url.lastIndexOf('/') + 1)
  const contentType = readText(message.content, 'mime_type') ?? 'application/octet-stream'
  return {
    media_url: url,
    media_data: { url, filename, content_type: contentType, byte_size: 117_868 },
  }
}

export interface MessageParts {
  message: Message
  customer: Customer
  number: PhoneNumber
  /** The message that this one answers, when it is known. */
  replied: Message | undefined
  returnsOpaqueData: boolean
}

/**
 * The `message` of a webhook body.
 * @param statusIndex which of the message's statuses is told; null for a message of the customer
 * @param isBatched the elements of a buffered delivery carry the numbers in `kapso`, too
 */
export function buildMessage(
  parts: MessageParts,
  form: BodyForm,
  statusIndex: number | null,
  isBatched: boolean,
): Json {
  const { message, customer, number } = parts
  const told = statusIndex === null ? undefined : message.statuses[statusIndex]
  const isInbound = message.author === 'customer'
  const typeData = readTypeData(message)
  const isRecorded = form.style === 'recorded'
  return {
    id: message.id,
    timestamp: toUnixSeconds(told?.at ?? message.at),
    type: message.type,
    ...buildSender(message, customer, form),
    [message.type]: message.content,
    ...buildContext(message, parts.replied, number, customer),
    kapso: {
      direction: isInbound ? 'inbound' : 'outbound',
      status: told?.status ?? (isRecorded ? 'delivered' : 'received'),
      processing_status: isInbound ? 'pending' : 'completed',
      origin: message.author === 'business_app' ? 'business_app' : 'cloud_api',
      ...(isRecorded || isBatched
        ? {
            ...(customer.sharesPhone
              ? { phone_number: form.hasPlus ? `+${customer.phone}` : customer.phone }
              : isRecorded
                ? { phone_number: null }
                : {}),
            phone_number_id: message.phoneNumberId,
          }
        : {}),
      ...(isRecorded
        ? { whatsapp_conversation_id: message.conversationId, contact_name: customer.name }
        : {}),
      has_media: hasMedia(message),
      ...(isInbound ? { content: describeContent(message) } : {}),
      ...buildMedia(message),
      ...(typeData ? { message_type_data: typeData } : {}),
      ...(statusIndex === null
        ? {}
        : { statuses: buildStatuses(message, customer, statusIndex, parts.returnsOpaqueData) }),
    },
  }
}

/** A message as the REST API lists it. */
export function buildListedMessage(parts: MessageParts): Json {
  const { message, customer, number } = parts
  const isInbound = message.author === 'customer'
  const business = toDigits(number.displayPhoneNumber)
  const phone = customer.sharesPhone ? customer.phone : null
  const address = isInbound
    ? { ...(phone === null ? {} : { from: phone }), from_user_id: customer.userId }
    : { from: business, ...(phone === null ? {} : { to: phone }), to_user_id: customer.userId }
  const typeData = readTypeData(message)
  return {
    id: message.id,
    timestamp: toUnixSeconds(message.at),
    type: message.type,
    ...address,
    ...(isInbound && customer.username !== null ? { username: customer.username } : {}),
    [message.type]: message.content,
    ...buildContext(message, parts.replied, number, customer),
    kapso: {
      direction: isInbound ? 'inbound' : 'outbound',
      status: isInbound ? 'delivered' : message.status,
      processing_status: 'completed',
      origin: message.author === 'business_app' ? 'business_app' : 'cloud_api',
      has_media: hasMedia(message),
      whatsapp_conversation_id: message.conversationId,
      phone_number: phone,
      phone_number_id: message.phoneNumberId,
      contact_name: customer.name,
      content: describeContent(message),
      ...buildMedia(message),
      ...(typeData ? { message_type_data: typeData } : {}),
      ...(message.statuses.length === 0
        ? {}
        : {
            statuses: buildStatuses(message, customer, message.statuses.length - 1, parts.returnsOpaqueData),
          }),
    },
  }
}
