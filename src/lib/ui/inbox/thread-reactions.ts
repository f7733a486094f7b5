import type { ThreadMessage } from '#lib/domain/inbox.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { RequestFailed } from '#lib/realtime/inbox-api.ts'
import type { Toast } from '../shared/toasts.svelte.ts'
import type { AskConversation } from './thread-requests.ts'
import type { ThreadState } from './thread-state.svelte.ts'

/** The six that WhatsApp offers first. */
export const quickEmoji = ['👍', '❤️', '😂', '😮', '😢', '🙏']

export interface ReactionOptions {
  ask: AskConversation
  thread: ThreadState
  toasts: { show(toast: Omit<Toast, 'id'>): void }
}

/** The company's side reacted with this; null when it did not. */
export function ownReactionTo(message: ThreadMessage): string | null {
  return message.reactions.find(({ direction }) => direction === 'outbound')?.emoji ?? null
}

/** Whether WhatsApp can take a reaction to it: it knows the message, and the reply window is open. */
export function canReactTo(message: ThreadMessage, isWindowOpen: boolean): boolean {
  const isKnown =
    message.direction === 'inbound' || message.sendState === null || message.sendState === 'accepted'
  return isKnown && isWindowOpen && message.type !== 'system' && message.failure === null
}

/** Reacts for the company, or takes that back; shown at once, and put back where it fails. */
export async function sendReaction(
  { ask, thread, toasts }: ReactionOptions,
  message: ThreadMessage,
  emoji: string | null,
): Promise<void> {
  const others = message.reactions.filter(({ direction }) => direction !== 'outbound')
  const reactions: ThreadMessage['reactions'] =
    emoji === null ? others : [...others, { direction: 'outbound', emoji }]
  thread.receiveMessages([{ ...message, reactions }], 'changes')
  try {
    await ask(message.conversationId, 'reactions', 'POST', { messageId: message.id, emoji })
  } catch (failure) {
    const now = thread.messages.find(({ id }) => id === message.id) ?? message
    thread.receiveMessages([{ ...now, reactions: message.reactions }], 'changes')
    const isRefused = failure instanceof RequestFailed && failure.kind === 'refused' && failure.message !== ''
    toasts.show({ tone: 'error', text: isRefused ? failure.message : m.thread_reaction_failed() })
  }
}
