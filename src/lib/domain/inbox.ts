/** The shapes in which the inbox travels between server and browser. Moments are ISO 8601 strings in UTC. */

export type MessageDirection = 'inbound' | 'outbound'

/** How far a message got. Forward only, in this order; `failed` is a separate fact, see `MessageFailure`. */
export type MessageStatus = 'queued' | 'sent' | 'delivered' | 'read' | 'played'

/**
 * Where our own attempt to send stands. Null for messages that were not sent from here (inbound, echoes).
 * `waiting`: in the outbox; `sending`: one request is under way; `checking`: its outcome is being looked up;
 * `accepted`: WhatsApp took it; `failed`: surely not sent; `unknown`: cannot be told, never sent again by itself.
 */
export type SendState = 'waiting' | 'sending' | 'checking' | 'accepted' | 'failed' | 'unknown'

export type MessageOrigin = 'cloud_api' | 'business_app' | 'history_sync' | 'my21staff' | 'bot'

export interface MessageFailure {
  code: string
  title: string
  nextStep: string
}

export interface ThreadMessage {
  id: string
  conversationId: string
  direction: MessageDirection
  type: string
  text: string | null
  status: MessageStatus | null
  sendState: SendState | null
  failure: MessageFailure | null
  origin: MessageOrigin
  /** Name of the member who wrote it; null for customers and for messages sent from elsewhere. */
  authorName: string | null
  /** Chosen by the browser that sent it, so that an optimistic bubble finds its row. */
  clientReference: string | null
  occurredAt: string
}

export interface ConversationSummary {
  id: string
  contactId: string
  /** What to call the person: the best known name, else the address. */
  contactName: string
  /** The address written to: a phone number in international form, or a username, or null when hidden. */
  address: string | null
  channelId: string
  channelName: string
  lastMessage: {
    direction: MessageDirection
    type: string
    text: string | null
    status: MessageStatus | null
    sendState: SendState | null
    hasFailed: boolean
  } | null
  lastActivityAt: string
  unreadCount: number
  /** End of the 24-hour window in which free text may be sent; null when the customer never wrote. */
  windowClosesAt: string | null
}

/** What changed since a cursor. Apply it idempotently: rows may come again. */
export interface InboxChanges {
  cursor: string
  conversations: ConversationSummary[]
  /** Conversations that left this member's sight. */
  removedConversationIds: string[]
  /** Messages of the conversation that was asked for. */
  messages: ThreadMessage[]
  /** Messages of that conversation that are no more: the echo of a message that is there already. */
  removedMessageIds: string[]
  /** Unread messages over all of the member's conversations of this workspace. */
  unreadTotal: number
}

export interface ConversationPage {
  conversations: ConversationSummary[]
  /** Pass as `before` for the next page; null on the last. */
  nextBefore: string | null
}

export interface MessagePage {
  /** Oldest first. */
  messages: ThreadMessage[]
  /** Pass as `before` for older ones; null when the beginning is reached. */
  nextBefore: string | null
}
