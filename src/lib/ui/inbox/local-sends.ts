import type { ConversationSummary, MessageMedia, ThreadMessage } from '#lib/domain/inbox.ts'
import { compareConversations } from '#lib/realtime/merge-conversations.ts'
import type { SendLook, SendOrder } from './composer-order.ts'
import { createReference } from './create-reference.ts'
import { previewFactsOf } from './message-words.ts'

/** A message that this page has sent and that the server has not confirmed yet. */
export interface LocalSend {
  clientReference: string
  conversationId: string
  order: SendOrder
  look: SendLook
  /** Its words: what goes back into the text box if it is not sent. */
  text: string
  startedAt: string
  /** Why it rests, in the reader's words; null while it is under way. */
  problem: string | null
  /** Rests until there is a connection, and goes on by itself then. */
  isQueued: boolean
  /** Whether the server was asked to send it, with whatever outcome. Until then it can be taken back for sure. */
  wasTried: boolean
}

/** A new send under a reference of its own. `now` in milliseconds, by the server's clock: it has a place in the list. */
export function createLocalSend(
  conversationId: string,
  order: SendOrder,
  look: SendLook,
  now = Date.now(),
): LocalSend {
  return {
    clientReference: createReference(),
    conversationId,
    order,
    look,
    text: look.text ?? '',
    startedAt: new Date(now).toISOString(),
    problem: null,
    isQueued: false,
    wasTried: false,
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
  const latest = new Map(
    sends.filter(({ order }) => !order.sendAt).map((send) => [send.conversationId, send]),
  )
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
      type: send.look.type,
      text: send.look.text,
      preview: previewFactsOf({ content: send.look.content, media: null }),
      reaction: null,
      status: null,
      sendState: 'waiting',
      hasFailed: send.problem !== null && !send.isQueued,
    },
  }
}

function toMessage(send: LocalSend, authorName: string): ThreadMessage {
  return {
    id: send.clientReference,
    conversationId: send.conversationId,
    direction: 'outbound',
    type: send.look.type,
    text: send.look.text,
    content: send.look.content,
    media: mediaOf(send.look),
    isForwarded: false,
    referral: null,
    reactions: [],
    quote: send.look.quoted && { original: send.look.quoted },
    kapsoConversationId: null,
    status: null,
    sendState: 'waiting',
    failure: null,
    origin: 'my21staff',
    authorName,
    clientReference: send.clientReference,
    sendAt: send.order.sendAt ?? null,
    undoUntil: null,
    occurredAt: send.startedAt,
  }
}

/** The file is on its way: its place is kept. */
function mediaOf({ content: whole }: SendLook): MessageMedia | null {
  const content = whole?.kind === 'template' ? (whole.headerFile ?? null) : whole
  if (content === null || !('fileName' in content)) return null
  return {
    state: 'pending',
    kind: content.kind,
    reason: null,
    mimeType: content.mimeType,
    byteSize: content.byteSize,
    width: null,
    height: null,
    durationSeconds: null,
    hasThumbnail: false,
  }
}
