import type { MessageContent, Referral } from '../../domain/message-content.ts'
import type { MessageDirection, MessageOrigin } from '../../domain/inbox.ts'
import type { NormalizedPhone } from '../../domain/phone-number.ts'
import type { JsonObject } from './json.ts'

/** What one item of a delivery says, in the product's own words. */
export type KapsoEvent =
  | MessageEvent
  | ReactionEvent
  | StatusEvent
  | SessionEvent
  | IdentityChangedEvent
  | MarketingPreferenceEvent
  | ChannelLifecycleEvent
  | WorkflowEvent
  | SetAsideEvent

/** The person on the other side, as far as the event tells. */
export interface Counterpart {
  phone: NormalizedPhone | null
  /** WhatsApp's id of the person within the business portfolio; compared byte for byte. */
  businessScopedId: string | null
  /** The same across several portfolios of one enrolled business. */
  parentBusinessScopedId: string | null
  /** Without `@`; for display only. */
  username: string | null
  profileName: string | null
  kapsoConversationId: string | null
}

/** A raw status of WhatsApp. */
export interface StatusEntry {
  status: string
  occurredAt: Date
  errorCode: string | null
  errorTitle: string | null
}

/** Where the bytes of a message's file can be had. Never stored: the addresses open the file for anybody. */
export interface MediaSource {
  mediaId: string | null
  /** In the order to try: Kapso's copy first, Meta's short-lived address last. */
  urls: string[]
  /** Base64, as Meta sends it. */
  sha256: string | null
  declaredMimeType: string | null
  fileName: string | null
  byteSize: number | null
}

/** The Kapso conversation that a message came in, and how it stood then. */
export interface SessionFacts {
  kapsoConversationId: string
  status: 'active' | 'ended' | null
  /** Provider time of that status: the later of last activity and last change. Where two say the same, ended counts. */
  statusAt: Date | null
}

/** A message of any type, either way; reactions are no messages. */
export interface MessageEvent {
  kind: 'message'
  phoneNumberId: string
  wamid: string
  direction: MessageDirection
  origin: MessageOrigin
  /** WhatsApp's name of the type; `unknown` where none was told. */
  type: string
  /** The words in it, for reading, search and previews. */
  text: string | null
  /** What the type holds besides words; null for plain text. */
  content: MessageContent | null
  media: MediaSource | null
  occurredAt: Date
  replyToWamid: string | null
  isForwarded: boolean
  referral: Referral | null
  counterpart: Counterpart
  /** Ours, where Kapso gives it back: id of the message row that was sent. */
  callbackData: string | null
  statuses: StatusEntry[]
  session: SessionFacts | null
}

/** A reaction put on a message, or taken off again. */
export interface ReactionEvent {
  kind: 'reaction'
  phoneNumberId: string
  wamid: string
  targetWamid: string
  direction: MessageDirection
  origin: MessageOrigin
  /** Null when the reaction was taken off. */
  emoji: string | null
  occurredAt: Date
  counterpart: Counterpart
  callbackData: string | null
  statuses: StatusEntry[]
}

/** News of a message that was sent before. */
export interface StatusEvent {
  kind: 'status'
  phoneNumberId: string
  wamid: string
  statuses: StatusEntry[]
  /** The best source of pairs of a number and a business-scoped id. */
  counterpart: Counterpart
  /** The message is a reaction: it has no row of its own. */
  isReaction?: boolean
}

/** A Kapso conversation began, ended, or went quiet. */
export interface SessionEvent {
  kind: 'session'
  change: 'created' | 'ended' | 'inactive'
  phoneNumberId: string
  kapsoConversationId: string
  occurredAt: Date
  counterpart: Counterpart
}

/** WhatsApp gave a person another business-scoped id. */
export interface IdentityChangedEvent {
  kind: 'identity_changed'
  phoneNumberId: string
  previousBusinessScopedId: string | null
  /** As they are known from now on. */
  counterpart: Counterpart
  occurredAt: Date
}

/** A person stopped or resumed marketing messages of one number. */
export interface MarketingPreferenceEvent {
  kind: 'marketing_preference'
  phoneNumberId: string
  status: 'stopped' | 'resumed'
  /** Orders the changes of one person and number; the highest counts. */
  sequence: number
  detail: string | null
  occurredAt: Date
  counterpart: Counterpart
}

/** Something happened to numbers or to the account behind them. */
export interface ChannelLifecycleEvent {
  kind: 'channel'
  /** The event's name: `whatsapp.phone_number.disconnected`, `whatsapp.account.restricted`, ... */
  name: string
  /** All of them that the event names; may be none. */
  phoneNumberIds: string[]
  occurredAt: Date
  /** Reasons and kinds; no personal data. */
  details: JsonObject
}

/** A run of a Kapso workflow was handed to a person, or failed. */
export interface WorkflowEvent {
  kind: 'workflow'
  executionId: string
  workflowId: string | null
  status: string
  occurredAt: Date
  kapsoConversationId: string | null
  details: JsonObject
}

/** `ignored`: understood, not used. `quarantined`: it does not hold what its kind must hold. */
export interface SetAsideEvent {
  kind: 'ignored' | 'quarantined'
  reason: string
}
