import type { SendRequest } from '#lib/domain/composer.ts'
import type { QuotedMessage, ThreadMessage } from '#lib/domain/inbox.ts'
import type { MessageContent } from '#lib/domain/message-content.ts'
import { previewFactsOf } from './message-words.ts'

type WithoutReference<Request> = Request extends unknown
  ? Omit<Request, 'clientReference' | 'askedAt'>
  : never

/** What is to be sent; the outbox gives it its reference. */
export type SendOrder = WithoutReference<SendRequest>

/** How it looks until the server has made a message of it. */
export interface SendLook {
  type: string
  /** Words, a caption, a template as the customer will read it. */
  text: string | null
  content: MessageContent | null
  quoted: QuotedMessage | null
}

/** A template with all that it asks for. */
export type FilledTemplate = Pick<
  Extract<SendOrder, { kind: 'template' }>,
  'templateId' | 'parameters' | 'headerUploadId'
>

export function textLook(text: string, quoted: QuotedMessage | null = null): SendLook {
  return { type: 'text', text, content: null, quoted }
}

/** A message as a reply to it shows it. */
export function quoteOf(message: ThreadMessage): QuotedMessage {
  return {
    messageId: message.id,
    direction: message.direction,
    origin: message.origin,
    type: message.type,
    text: message.text?.slice(0, 300) ?? null,
    preview: previewFactsOf(message),
    authorName: message.authorName,
    occurredAt: message.occurredAt,
  }
}
