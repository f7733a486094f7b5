import type { ConversationSummary, PreviewFacts, ThreadMessage } from '#lib/domain/inbox.ts'
import { m } from '#lib/i18n/generated/messages.js'
import type { DeliveryMark } from '../shared/delivery-mark.ts'
import { writeDuration } from './media-words.ts'
import { kindOf } from './message-kinds.ts'

/** One line about a message: its kind where that must be said (an icon says it too), and its words. */
export interface PreviewLine {
  kind: string | null
  text: string
}

/** Types whose words speak for themselves. */
const spokenTypes = new Set(['text', 'interactive', 'button', 'template', 'system'])

interface Previewed {
  type: string
  text: string | null
  preview: PreviewFacts
}

/** One line that stands for a message, in the list and in quotes. */
export function previewOf({ type, text, preview }: Previewed): PreviewLine {
  const words = (text ?? '').replace(/\s+/gu, ' ').trim()
  if (spokenTypes.has(type) && words) return { kind: null, text: words }
  if (type === 'text') return { kind: null, text: '' }
  const kind = kindOf(type === 'audio' && preview.isVoice ? 'voice' : type)
  if (preview.durationSeconds !== null)
    return { kind: `${kind} ${writeDuration(preview.durationSeconds)}`, text: words }
  return { kind, text: words || (preview.name ?? '') }
}

/** What a line about a message needs, taken from the whole of it. */
export function previewFactsOf({ content, media }: Pick<ThreadMessage, 'content' | 'media'>): PreviewFacts {
  return {
    isVoice: content !== null && 'isVoice' in content && content.isVoice,
    durationSeconds: media?.durationSeconds ?? null,
    name:
      content === null
        ? null
        : 'fileName' in content
          ? content.fileName
          : 'contacts' in content
            ? (content.contacts[0]?.name ?? null)
            : 'name' in content
              ? content.name
              : null,
  }
}

/** The line of a conversation in the list: its last message, or the reaction to that. */
export function lastLineOf(last: NonNullable<ConversationSummary['lastMessage']>): PreviewLine {
  const line = previewOf(last)
  if (last.reaction === null) return line
  return { kind: null, text: m.message_reacted({ emoji: last.reaction.emoji, line: writeLine(line) }) }
}

/** A line as plain text: `Photo: Paspor`. */
export function writeLine({ kind, text }: PreviewLine): string {
  return [kind, text].filter((part) => part).join(': ')
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
export function authorOf(
  message: Pick<ThreadMessage, 'origin' | 'authorName'>,
  ownName: string,
): string | null {
  if (message.origin === 'bot') return message.authorName ?? m.message_author_bot()
  if (message.authorName !== null) return message.authorName === ownName ? null : message.authorName
  if (message.origin === 'business_app') return m.message_author_phone()
  if (message.origin === 'history_sync') return m.message_author_imported()
  return message.origin === 'cloud_api' ? m.message_author_outside() : null
}
