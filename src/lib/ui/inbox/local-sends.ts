import type { ConversationSummary, ThreadMessage } from '#lib/domain/inbox.ts'
import { compareConversations } from '#lib/realtime/merge-conversations.ts'
import { createReference } from './create-reference.ts'

/** A message that this page has sent and that the server has not confirmed yet. */
export interface LocalSend {
  clientReference: string
  conversationId: string
  text: string
  startedAt: string
  /** Why it rests; null while it is under way. */
  problem: string | null
}

/** A new send under a reference of its own. */
export function createLocalSend(conversationId: string, text: string): LocalSend {
  return {
    clientReference: createReference(),
    conversationId,
    text,
    startedAt: new Date().toISOString(),
    problem: null,
  }
}

/** The sends that are not among these messages yet; the same array when all are. */
export function withoutArrived(sends: LocalSend[], messages: readonly ThreadMessage[]): LocalSend[] {
  const arrived = new Set(messages.map((message) => message.clientReference))
  const waiting = sends.filter((send) => !arrived.has(send.clientReference))
  return waiting.length === sends.length ? sends : waiting
}

/** The messages of a thread with those that are still on their way at its end. */
export function withLocalSends(
  messages: ThreadMessage[],
  sends: LocalSend[],
  authorName: string,
): ThreadMessage[] {
  if (sends.length === 0) return messages
  const waiting = withoutArrived(sends, messages)
  return waiting.length === 0
    ? messages
    : [...messages, ...waiting.map((send) => toMessage(send, authorName))]
}

/** The list as it will be once these sends are confirmed: their text shown, their conversations on top. */
export function withLocalActivity(
  conversations: ConversationSummary[],
  sends: readonly LocalSend[],
): ConversationSummary[] {
  if (sends.length === 0) return conversations
  const latest = new Map(sends.map((send) => [send.conversationId, send]))
  return conversations
    .map((conversation) => {
      const send = latest.get(conversation.id)
      return send ? withActivity(conversation, send) : conversation
    })
    .sort(compareConversations)
}

function withActivity(conversation: ConversationSummary, send: LocalSend): ConversationSummary {
  return {
    ...conversation,
    lastActivityAt: send.startedAt,
    lastMessage: {
      direction: 'outbound',
      type: 'text',
      text: send.text,
      preview: { isVoice: false, durationSeconds: null, name: null },
      reaction: null,
      status: null,
      sendState: 'waiting',
      hasFailed: send.problem !== null,
    },
  }
}

function toMessage(send: LocalSend, authorName: string): ThreadMessage {
  return {
    id: send.clientReference,
    conversationId: send.conversationId,
    direction: 'outbound',
    type: 'text',
    text: send.text,
    content: null,
    media: null,
    isForwarded: false,
    referral: null,
    reactions: [],
    quote: null,
    kapsoConversationId: null,
    status: null,
    sendState: 'waiting',
    failure: null,
    origin: 'my21staff',
    authorName,
    clientReference: send.clientReference,
    occurredAt: send.startedAt,
  }
}
