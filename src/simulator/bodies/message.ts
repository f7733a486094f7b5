import type { Customer, MediaItem, Message, PhoneNumber } from '../world.ts'
import { buildContext, buildExtras, buildKapsoExtras, buildMedia } from './extras.ts'
import { describeInBody, hasMedia, readTypeData } from './content.ts'
import { type BodyForm, buildMissing, toUnixSeconds } from './form.ts'
import { buildStatuses } from './statuses.ts'

type Json = Record<string, unknown>

function originOf(message: Message): string {
  if (message.isHistory) return 'history_sync'
  return message.author === 'business_app' ? 'business_app' : 'cloud_api'
}

function buildSender(message: Message, customer: Customer, form: BodyForm): Json {
  if (message.author !== 'customer') {
    if (form.style === 'classic') return {}
    return {
      ...(customer.sharesPhone ? { to: customer.phone } : {}),
      ...(customer.isNameless ? {} : { to_user_id: customer.userId }),
    }
  }
  const hidden = buildMissing('from', form.hiddenFrom)
  if (customer.isNameless) return hidden
  if (form.style === 'classic' && customer.sharesPhone) return {}
  return {
    ...(customer.sharesPhone ? { from: customer.phone } : hidden),
    from_user_id: customer.userId,
    ...(customer.parentUserId ? { from_parent_user_id: customer.parentUserId } : {}),
    ...(customer.username === null
      ? buildMissing('username', form.noUsername)
      : { username: `${form.usernameHasAt ? '@' : ''}${customer.username}` }),
  }
}

export interface MessageParts {
  message: Message
  customer: Customer
  number: PhoneNumber
  /** The message that this one answers, when it is known. */
  replied: Message | undefined
  returnsOpaqueData: boolean
  /** The file of the message, when the simulator made it. */
  media: MediaItem | undefined
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
    ...buildExtras(message),
    kapso: {
      direction: isInbound ? 'inbound' : 'outbound',
      status: told?.status ?? (isRecorded ? 'delivered' : 'received'),
      processing_status: isInbound ? 'pending' : 'completed',
      origin: originOf(message),
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
      ...(isInbound ? { content: describeInBody(message, parts.media) } : {}),
      ...buildMedia(message, parts.media),
      ...(typeData ? { message_type_data: typeData } : {}),
      ...buildKapsoExtras(message, form.transcript),
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
  const business = number.displayPhoneNumber.replace(/\D/g, '')
  const phone = customer.sharesPhone ? customer.phone : null
  const userId = (key: string) => (customer.isNameless ? {} : { [key]: customer.userId })
  const address = isInbound
    ? { ...(phone === null ? {} : { from: phone }), ...userId('from_user_id') }
    : { from: business, ...(phone === null ? {} : { to: phone }), ...userId('to_user_id') }
  const typeData = readTypeData(message)
  return {
    id: message.id,
    timestamp: toUnixSeconds(message.at),
    type: message.type,
    ...address,
    ...(isInbound && customer.username !== null ? { username: customer.username } : {}),
    [message.type]: message.content,
    ...buildContext(message, parts.replied, number, customer),
    ...buildExtras(message),
    kapso: {
      direction: isInbound ? 'inbound' : 'outbound',
      status: isInbound ? 'delivered' : message.status,
      processing_status: 'completed',
      origin: originOf(message),
      has_media: hasMedia(message),
      whatsapp_conversation_id: message.conversationId,
      phone_number: phone,
      phone_number_id: message.phoneNumberId,
      contact_name: customer.name,
      content: describeInBody(message, parts.media),
      ...buildMedia(message, parts.media),
      ...(typeData ? { message_type_data: typeData } : {}),
      ...buildKapsoExtras(message, 'object'),
      ...(message.statuses.length === 0
        ? {}
        : {
            statuses: buildStatuses(message, customer, message.statuses.length - 1, parts.returnsOpaqueData),
          }),
    },
  }
}
