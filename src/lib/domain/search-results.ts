/** What a search finds. Shared by the server and the page. */

export interface SearchResults {
  contacts: ContactHit[]
  messages: MessageHit[]
  /** Given back as `before`, the messages after these; null when there are none. */
  nextBefore: string | null
}

export interface ContactHit {
  contactId: string
  /** The thread that was last active; null for somebody who never wrote. */
  conversationId: string | null
  name: string
  address: string | null
  match: {
    kind: 'name' | 'phone' | 'former_phone' | 'email'
    /** What was found, where that is not what is shown: a former number, an e-mail address. */
    text: string | null
  }
}

export interface MessageHit {
  messageId: string
  conversationId: string
  contactName: string
  /** Pieces of the message around the first hit; never HTML. */
  snippet: TextPiece[]
  /** ISO 8601. */
  occurredAt: string
  direction: 'inbound' | 'outbound'
}

/** A stretch of text, and whether it is what was searched for. */
export interface TextPiece {
  text: string
  isHit: boolean
}
