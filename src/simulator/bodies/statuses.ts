import type { Customer, Message, MessageError, StatusRecord } from '../world.ts'
import { toUnixSeconds } from './form.ts'

type Json = Record<string, unknown>

function buildError({ details, ...error }: MessageError): Json {
  if (details === undefined) return error
  return {
    ...error,
    error_data: { details },
    href: 'https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/',
  }
}

function buildStatus(
  message: Message,
  customer: Customer,
  record: StatusRecord,
  returnsOpaqueData: boolean,
): Json {
  // Meta: a failed status has no recipient_user_id when the message went to a phone number.
  const namesUser = !customer.isNameless && (!customer.sharesPhone || record.status !== 'failed')
  return {
    id: message.id,
    status: record.status,
    timestamp: toUnixSeconds(record.at),
    ...(customer.sharesPhone ? { recipient_id: customer.phone } : {}),
    ...(namesUser ? { recipient_user_id: customer.userId } : {}),
    ...(returnsOpaqueData && message.opaqueData !== null
      ? { biz_opaque_callback_data: message.opaqueData }
      : {}),
    ...(record.error ? { errors: [buildError(record.error)] } : {}),
  }
}

/** `kapso.statuses` of a message, the oldest first, up to the one at this place. */
export function buildStatuses(
  message: Message,
  customer: Customer,
  upTo: number,
  returnsOpaqueData: boolean,
): Json[] {
  return message.statuses
    .slice(0, upTo + 1)
    .map((record) => buildStatus(message, customer, record, returnsOpaqueData))
}
