import { createHmac } from 'node:crypto'

/** What a test says of a message; the rest is made up. */
export interface MessageFacts {
  wamid: string
  phoneNumberId: string
  phone?: string | null
  businessScopedId?: string
  text?: string
  /** Unix seconds. */
  at?: number
  conversationId?: string
  contactName?: string
}

export interface SignedDelivery {
  body: Buffer
  headers: Record<string, string>
}

/** A body of `whatsapp.message.received`, payload version 2. */
export function receivedBody(facts: MessageFacts): object {
  return {
    message: {
      id: facts.wamid,
      timestamp: String(facts.at ?? Math.floor(Date.now() / 1000)),
      type: 'text',
      ...(facts.businessScopedId === undefined ? {} : { from_user_id: facts.businessScopedId }),
      text: { body: facts.text ?? 'Halo' },
      kapso: { direction: 'inbound', status: 'received', processing_status: 'pending', origin: 'cloud_api' },
    },
    ...envelope(facts),
  }
}

/** A body of `whatsapp.message.received` for a reaction; `wamid` is its own id, not the message's that it is about. */
export function reactionBody(facts: MessageFacts & { about: string }): object {
  return {
    message: {
      id: facts.wamid,
      timestamp: String(facts.at ?? Math.floor(Date.now() / 1000)),
      type: 'reaction',
      ...(facts.businessScopedId === undefined ? {} : { from_user_id: facts.businessScopedId }),
      reaction: { message_id: facts.about, emoji: '👍' },
      kapso: { direction: 'inbound', status: 'received', processing_status: 'pending', origin: 'cloud_api' },
    },
    ...envelope(facts),
  }
}

/** A body of an outbound event: sent, delivered, read or failed. */
export function outboundBody(
  status: 'sent' | 'delivered' | 'read' | 'failed',
  facts: MessageFacts & { errorCode?: number; origin?: string; callbackData?: string },
): object {
  const at = facts.at ?? Math.floor(Date.now() / 1000)
  return {
    message: {
      id: facts.wamid,
      timestamp: String(at),
      type: 'text',
      text: { body: facts.text ?? 'Baik' },
      kapso: {
        direction: 'outbound',
        status,
        processing_status: 'completed',
        origin: facts.origin ?? 'cloud_api',
        statuses: [
          {
            id: facts.wamid,
            status,
            timestamp: String(at),
            ...(facts.callbackData === undefined ? {} : { biz_opaque_callback_data: facts.callbackData }),
            ...(facts.errorCode === undefined
              ? {}
              : { errors: [{ code: facts.errorCode, title: 'failed' }] }),
          },
        ],
      },
    },
    ...envelope(facts),
  }
}

function envelope(facts: MessageFacts): object {
  return {
    conversation: {
      id: facts.conversationId ?? `conv-${facts.phone ?? facts.businessScopedId ?? 'x'}`,
      ...(facts.contactName === undefined ? {} : { contact_name: facts.contactName }),
      phone_number: facts.phone ?? null,
      ...(facts.businessScopedId === undefined ? {} : { business_scoped_user_id: facts.businessScopedId }),
      status: 'active',
      phone_number_id: facts.phoneNumberId,
    },
    is_new_conversation: false,
    phone_number_id: facts.phoneNumberId,
  }
}

/** Signs a body as Kapso does: (HMAC-SHA256 of the raw bytes, lower-case hex). */
export function sign(
  event: string,
  body: object | Buffer | string,
  secret: string,
  key?: string,
): SignedDelivery {
  const bytes = Buffer.isBuffer(body)
    ? body
    : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return {
    body: bytes,
    headers: {
      'content-type': 'application/json',
      'x-webhook-event': event,
      'x-webhook-signature': createHmac('sha256', secret).update(bytes).digest('hex'),
      'x-idempotency-key': key ?? crypto.randomUUID(),
      'x-webhook-payload-version': 'v2',
    },
  }
}
