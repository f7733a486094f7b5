import type { KapsoMessage } from '../kapso/answers.ts'
import { firstEventOf } from './compare-messages.ts'

/** One item to be put into the ledger, as a webhook would have brought it. */
export interface RepairItem {
  eventName: string
  /** Payload version 2 (Kapso docs: webhook event types). */
  body: object
}

const laterEvents: Record<string, string> = {
  delivered: 'whatsapp.message.delivered',
  read: 'whatsapp.message.read',
  // There is no event of its own for it.
  played: 'whatsapp.message.read',
  failed: 'whatsapp.message.failed',
}

/**
 * The webhook items that tell what Kapso's list says of a message: that it came or went, and how far it got. Built so
 * that the ledger derives the same event ids as from the webhooks themselves, and a late delivery meets the same rows.
 */
export function buildRepairItems(message: KapsoMessage, phoneNumberId: string): RepairItem[] {
  const first = firstEventOf(message)
  if (first === null) return []
  const status = message.kapso?.status ?? ''
  const later = first === 'whatsapp.message.sent' ? laterEvents[status] : undefined
  return [first, ...(later === undefined ? [] : [later])].map((eventName) => ({
    eventName,
    body: buildBody(message, phoneNumberId),
  }))
}

function buildBody(message: KapsoMessage, phoneNumberId: string): object {
  const { kapso } = message
  const side = kapso?.direction === 'inbound' ? 'from_user_id' : 'to_user_id'
  const scopedId: unknown = message[side]
  const contactName: unknown = kapso?.['contact_name']
  return {
    message,
    conversation: {
      id: kapso?.whatsapp_conversation_id ?? undefined,
      contact_name: contactName ?? undefined,
      phone_number: kapso?.phone_number ?? null,
      business_scoped_user_id: scopedId ?? undefined,
      username: message['username'] ?? undefined,
      phone_number_id: phoneNumberId,
    },
    is_new_conversation: false,
    phone_number_id: phoneNumberId,
  }
}
