import type { BotState, ConversationState, LeadStatus } from './inbox.ts'

/** What the pane beside a thread tells of the person, besides what the list knows. Moments are ISO 8601 in UTC. */
export interface ContactDetails {
  contactId: string
  name: string
  /** What they call themselves at WhatsApp, where that is not the name shown. */
  profileName: string | null
  email: string | null
  leadStatus: LeadStatus
  firstSeenAt: string
  /** By which WhatsApp accounts they are known; that of the conversation first. */
  identities: ContactIdentity[]
  botState: BotState
  botReason: string | null
  botSince: string | null
  /** WhatsApp's sessions of activity in this conversation, latest first, at most ten. */
  sessions: ContactSession[]
  /** Their other conversations, latest activity first, at most ten. */
  otherConversations: OtherConversation[]
  /** Those in this conversation. */
  noteCount: number
  /** Labels of the contact itself, besides those of its conversations. */
  ownLabelIds: string[]
  /** Notes on the contact itself, latest first, at most ten. */
  ownNotes: OwnNote[]
}

export interface OwnNote {
  id: string
  authorName: string
  body: string
  createdAt: string
}

export interface ContactIdentity {
  id: string
  /** International form; null where WhatsApp hides it. */
  phone: string | null
  username: string | null
  isOfConversation: boolean
}

export interface ContactSession {
  id: string
  startedAt: string
  /** Null while it goes on. */
  endedAt: string | null
}

export interface OtherConversation {
  id: string
  channelName: string
  address: string | null
  state: ConversationState
  lastActivityAt: string
}
