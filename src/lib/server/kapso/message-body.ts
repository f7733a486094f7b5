import type { MessageContent } from '../../domain/message-content.ts'
import type { MediaSource } from './kapso-event.ts'

/** What a message says: its words, what its type holds besides, and where its file is. */
export interface MessageBody {
  text: string | null
  content: MessageContent | null
  media: MediaSource | null
}

/** The same of a type that is no file. Null content: the body could not be read. */
export interface TypedBody<Content extends MessageContent = MessageContent> {
  text: string | null
  content: Content | null
}

/** In UTF-16 units. WhatsApp itself takes 4,096 characters from businesses and 65,536 from its app. */
export const longestText = 100_000
