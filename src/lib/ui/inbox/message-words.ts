import type { ConversationSummary, ThreadMessage } from '#lib/domain/inbox.ts'
import type { DeliveryMark } from '../shared/delivery-mark.ts'

/** Kinds of messages as WhatsApp names them, in the reader's words. */
const kinds: Record<string, string> = {
  image: 'Picture',
  video: 'Video',
  audio: 'Audio',
  voice: 'Voice message',
  document: 'Document',
  sticker: 'Sticker',
  location: 'Location',
  contacts: 'Contact card',
  reaction: 'Reaction',
  interactive: 'Interactive message',
  button: 'Button reply',
  template: 'Template',
  order: 'Order',
  system: 'Notice by WhatsApp',
}

/** What a message that is not text is called: `Picture`; `Message` where nobody could know. */
export function kindOf(type: string): string {
  return kinds[type] ?? 'Message'
}

/** One line that stands for a message in the list. */
export function previewOf(message: NonNullable<ConversationSummary['lastMessage']>): string {
  const text = message.text?.replace(/\s+/gu, ' ').trim() ?? ''
  if (message.type === 'text') return text
  return text ? `${kindOf(message.type)}: ${text}` : kindOf(message.type)
}

type Progress = Pick<ThreadMessage, 'direction' | 'status' | 'sendState'>

/**
 * The ticks of a message; null where nothing may be claimed (messages of the customer, imported ones). What the
 * recipient's phone reported counts more than what became of our own request.
 */
export function markOf(message: Progress, hasFailed: boolean): DeliveryMark | null {
  if (message.direction === 'inbound') return null
  if (hasFailed || message.sendState === 'failed') return 'failed'
  if (message.status === 'read' || message.status === 'played') return 'read'
  if (message.status === 'delivered' || message.status === 'sent') return message.status
  if (message.sendState === 'unknown') return 'unknown'
  return message.sendState === null && message.status === null ? null : 'waiting'
}

/** Who wrote a message of the company's side; null for the reader's own. */
export function authorOf(message: ThreadMessage, ownName: string): string | null {
  if (message.origin === 'bot') return message.authorName ?? 'Automatic reply'
  if (message.authorName !== null) return message.authorName === ownName ? null : message.authorName
  if (message.origin === 'business_app') return 'WhatsApp Business app'
  if (message.origin === 'history_sync') return 'Before my21staff'
  return message.origin === 'cloud_api' ? 'Sent outside my21staff' : null
}
