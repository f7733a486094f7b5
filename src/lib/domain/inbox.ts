import type { MediaReason } from './media.ts'
import type { MemberPreferences } from './member-preferences.ts'
import type { MediaKind, MessageContent, Referral } from './message-content.ts'

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

/**
 * How far the copy of a message's file is. `pending`: on its way; `stored`: kept here; `expired`: WhatsApp had it no
 * more; `refused`: not taken, see `reason`; `failed`: not got so far.
 */
export type MediaState = 'pending' | 'stored' | 'expired' | 'refused' | 'failed'

export interface MessageMedia {
  state: MediaState
  kind: MediaKind
  /** Why it is not here; null while it is, or is on its way. */
  reason: MediaReason | null
  /** What the file really is; null until it is here. */
  mimeType: string | null
  byteSize: number | null
  /** Pixels, so that its place is kept free before it loads. */
  width: number | null
  height: number | null
  durationSeconds: number | null
  hasThumbnail: boolean
}

/** Who reacted how: at most one of each side. */
export interface MessageReaction {
  direction: MessageDirection
  emoji: string
}

/** The message that a reply is about. */
export interface QuotedMessage {
  messageId: string
  direction: MessageDirection
  origin: MessageOrigin
  type: string
  /** Its beginning. */
  text: string | null
  /** Facts for one line about it, as in the list. */
  preview: PreviewFacts
  authorName: string | null
  occurredAt: string
}

/** What one line about a message needs besides its words. */
export interface PreviewFacts {
  isVoice: boolean
  durationSeconds: number | null
  /** Of a file, a place, a shared contact or a template. */
  name: string | null
}

export interface ThreadMessage {
  id: string
  conversationId: string
  /** The thread that it stands in, where that is not the one that shows it. */
  threadId?: string
  direction: MessageDirection
  /** WhatsApp's own name of the type. */
  type: string
  /** A text, a caption, the label of a button, the note of an order. */
  text: string | null
  /** What the type holds besides words; null for plain text. */
  content: MessageContent | null
  /** Null where the message has no file. */
  media: MessageMedia | null
  isForwarded: boolean
  referral: Referral | null
  reactions: MessageReaction[]
  /** Set for replies; `original` is null where the message is not here (older than the import, or never received). */
  quote: { original: QuotedMessage | null } | null
  /** WhatsApp's session of activity: where it changes, a new one began. */
  kapsoConversationId: string | null
  status: MessageStatus | null
  sendState: SendState | null
  failure: MessageFailure | null
  origin: MessageOrigin
  /** Name of the member who wrote it; null for customers and for messages sent from elsewhere. */
  authorName: string | null
  /** Chosen by the browser that sent it, so that an optimistic bubble finds its row. */
  clientReference: string | null
  /** When it is to leave, for one that is sent later; null for all others, and once it has left. */
  sendAt: string | null
  /** Until when it can be taken back, for one that has just been sent; null for all others, and once it has left. */
  undoUntil: string | null
  occurredAt: string
}

/** What staff tell each other in a thread; the customer never sees it. */
export interface ThreadNote {
  id: string
  conversationId: string
  author: Person
  /** Empty once it is deleted. */
  body: string
  /** User ids of the members it calls. */
  mentionedIds: string[]
  clientReference: string
  createdAt: string
  editedAt: string | null
  isDeleted: boolean
}

/** What was done to a conversation: a line between the messages. */
export interface ThreadEvent {
  id: string
  conversationId: string
  /** `assigned`, `unassigned`, `team_changed`, `opened`, `pending`, `snoozed`, `closed`, `labelled`, ... */
  kind: string
  /** Null is my21staff itself. */
  actor: Person | null
  details: Record<string, unknown>
  occurredAt: string
}

/** A member of the workspace. */
export interface Person {
  /** The user's id. */
  id: string
  name: string
}

export type ConversationState = 'open' | 'pending' | 'snoozed' | 'closed'

/** Until a time, until the customer writes, or until two hours of the reply window are left. */
export type SnoozeKind = 'time' | 'reply' | 'window'

export type Availability = 'online' | 'away'

export type LeadStatus = 'new' | 'unqualified' | 'qualified' | 'customer' | 'archived' | 'spam' | 'duplicate'

/** Who speaks with the customer: the bot, or people because one of them took over or the bot handed over. */
export type BotState = 'active' | 'paused' | 'handed_over'

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
    preview: PreviewFacts
    /** The latest reaction to it. */
    reaction: MessageReaction | null
    status: MessageStatus | null
    sendState: SendState | null
    hasFailed: boolean
  } | null
  lastActivityAt: string
  unreadCount: number
  /** The customer's first message that has no answer yet; null when there is none. */
  waitingSince: string | null
  state: ConversationState
  /** Null unless it is snoozed. */
  snoozeKind: SnoozeKind | null
  /** When it wakes by the clock; null while it waits for the customer alone. */
  snoozedUntil: string | null
  assignee: Person | null
  /** Why they have it: `claimed`, `assigned`, `by_turns`, `earlier_owner`, `handed_over`. */
  assignedReason: string | null
  team: { id: string; name: string } | null
  /** In the order in which they were put on. */
  labelIds: string[]
  /** Staff merged others into it, or split it off: a part, in which nothing can be sent. Missing for all others. */
  tie?: 'merged' | 'part'
  leadStatus: LeadStatus
  /** The beginning of what the reader was about to write; null where there is nothing. */
  draft: string | null
  /** End of the 24-hour window in which free text may be sent; null when the customer never wrote. */
  windowClosesAt: string | null
  bot: {
    state: BotState
    /** What decided it: `business_app_reply`, `workflow_handoff`, ... */
    reason: string | null
    since: string | null
  }
}

/** What changed since a cursor. Apply it idempotently: rows may come again. */
export interface InboxChanges {
  cursor: string
  conversations: ConversationSummary[]
  /** Conversations that left this member's sight. */
  removedConversationIds: string[]
  /** What this member may see has changed as a whole: list, setup and topics are to be loaded anew. */
  hasSightChanged: boolean
  /** What a broadcast told of is not in it: it was heard before it could be seen. It is there a moment later. */
  isBehind: boolean
  /** Conversations that turned out to be part of another one, which shows their messages from now on. */
  joinedConversations: { id: string; into: string }[]
  /** The conversation that was asked for gained or lost whole threads: its newest page is to be loaded anew. */
  mustReloadMessages: boolean
  /** Messages of the conversation that was asked for. */
  messages: ThreadMessage[]
  /** Messages of that conversation that are no more: the echo of a message that is there already. */
  removedMessageIds: string[]
  /** Notes and lines of that conversation. */
  notes: ThreadNote[]
  events: ThreadEvent[]
}

export interface ConversationPage {
  conversations: ConversationSummary[]
  /** Pass as `before` for the next page; null on the last. */
  nextBefore: string | null
}

export interface MessagePage {
  /** Oldest first, as the notes and events of the page's span of time. */
  messages: ThreadMessage[]
  notes: ThreadNote[]
  events: ThreadEvent[]
  /** Pass as `before` for older ones; null when the beginning is reached. */
  nextBefore: string | null
  /** Pass as `after` for newer ones; null when the page reaches the newest. */
  nextAfter: string | null
}

/**
 * `mine`, `unassigned`: of the open ones. `closing`: not closed, and the reply window ends within two hours.
 */
export type InboxView = 'open' | 'mine' | 'unassigned' | 'pending' | 'snoozed' | 'closed' | 'closing'

/** What a list is narrowed to. What is left out narrows nothing. */
export interface ListFilter {
  view: InboxView
  channelId?: string | undefined
  labelId?: string | undefined
  /** A user's id, or `none` for those that nobody has. */
  assigneeId?: string | undefined
  teamId?: string | undefined
  leadStatus?: LeadStatus | undefined
  unread?: boolean | undefined
}

/** By activity, or `waiting`: the customer's unanswered message that waits longest first, then those that wait for none. */
export type ListSort = 'newest' | 'oldest' | 'waiting'

/** Each counted to at most 1000. */
export interface InboxCounts {
  views: Record<InboxView, number>
  /** Unread conversations that the member should see to: open, and theirs or nobody's. */
  unread: number
  /** By the saved view's id. */
  saved: Record<string, number>
}

export interface SavedView {
  id: string
  name: string
  filter: ListFilter
  sort: ListSort
  /** Shown to every member of the workspace. */
  isShared: boolean
  ownerId: string
}

/** What the inbox needs besides conversations; loaded once. */
export interface InboxSetup {
  /** Realtime topics that tell of this member's conversations. */
  topics: string[]
  channels: { id: string; name: string; address: string | null }[]
  teams: { id: string; name: string; memberIds: string[] }[]
  labels: { id: string; name: string; colour: string }[]
  members: { id: string; name: string; availability: Availability; isMe: boolean }[]
  savedViews: SavedView[]
  preferences: MemberPreferences
  workspace: { readReceipts: 'never' | 'on_reply' | 'on_open'; showsTyping: boolean; timeZone: string }
}
