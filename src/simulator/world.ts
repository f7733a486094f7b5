import type { DeliveryEffects, FaultRule } from './faults.ts'
import type { MediaFormat } from './media/formats.ts'
import type { MediaBehaviour } from './media/library.ts'
import type { Settings } from './settings.ts'
import type { Template } from './templates.ts'

/** Everything the simulated Kapso knows. Moments are milliseconds since 1970. */
export interface World {
  /** With the same seed, epoch and calls every id comes out the same. */
  seed: number
  /** Rises at each reset, so that a world made after a reset never repeats an id of the one before. */
  epoch: number
  phoneNumbers: Map<string, PhoneNumber>
  customers: Map<string, Customer>
  conversations: Map<string, Conversation>
  messages: Map<string, Message>
  webhooks: Map<string, Webhook>
  deliveries: Map<string, Delivery>
  media: Map<string, MediaItem>
  executions: Map<string, Execution>
  templates: Map<string, Template>
  /** Each time a number marked as read or showed that it types, the oldest first. */
  signals: CustomerSignal[]
  counters: Map<string, number>
  faults: FaultRule[]
  settings: Settings
  demoLoadedAt: number | null
}

/** A business number, as Kapso's platform API lists it. `id` is the phone_number_id. */
export interface PhoneNumber {
  id: string
  internalId: string
  businessAccountId: string
  displayPhoneNumber: string
  verifiedName: string
  displayName: string
  customerId: string
  externalCustomerId: string | null
  isCoexistence: boolean
  createdAt: number
}

/** A person with WhatsApp. The phone always exists; `sharesPhone` says whether WhatsApp shows it to businesses. */
export interface Customer {
  id: string
  name: string
  phone: string
  sharesPhone: boolean
  username: string | null
  userId: string
  /** Only businesses enrolled for parent ids see one. */
  parentUserId?: string | null
  /** Nothing that identifies them is told but Kapso's conversation. */
  isNameless?: boolean
  /** They gave up their number; somebody else may have it now. */
  hasLeft?: boolean
  /** Opted out of marketing, by phone_number_id; with the number of changes so far. */
  marketing?: Record<string, { status: 'stopped' | 'resumed'; sequence: number }>
  /** False for a number to which somebody wrote although nobody uses it with WhatsApp. */
  isOnWhatsApp: boolean
  createdAt: number
  /** By phone_number_id. */
  openConversationIds: Record<string, string>
  lastInboundAt: Record<string, number>
  typingSeenUntil: Record<string, number>
}

export interface Conversation {
  id: string
  customerId: string
  phoneNumberId: string
  status: 'active' | 'ended'
  createdAt: number
  lastActiveAt: number
  messagesCount: number
  lastMessageId: string | null
  lastMessageAt: number | null
  lastInboundAt: number | null
  lastOutboundAt: number | null
  /** The wamid after which each webhook was told of inactivity, by webhook id. */
  inactiveSince: Record<string, string>
}

export type MessageStatus = 'pending' | 'sent' | 'delivered' | 'read' | 'played' | 'failed'

/** Who wrote it. Deliveries do not tell `api` from `bot`: both come as origin cloud_api. */
export type Author = 'customer' | 'api' | 'bot' | 'business_app'

export interface MessageError {
  code: number
  title: string
  message: string
  details?: string | undefined
}

export interface StatusRecord {
  status: Exclude<MessageStatus, 'pending'>
  at: number
  error: MessageError | null
}

export interface Message {
  /** The wamid. */
  id: string
  conversationId: string
  customerId: string
  phoneNumberId: string
  author: Author
  type: string
  /** What stands under the key named by `type`, as Meta has it. */
  content: unknown
  /** The wamid this one answers. */
  replyTo: string | null
  at: number
  status: MessageStatus
  statuses: StatusRecord[]
  opensConversation: boolean
  opaqueData: string | null
  /** Whether the address was the business-scoped id. */
  sentToUserId: boolean
  /** Comes from before the number was connected. */
  isHistory?: boolean
  /** Keys beside the content: referral, errors, what `context` says of forwarding. */
  extra?: MessageExtra
  /** It will fail with this instead of 131026. */
  failure?: MessageError
  /** It will fail with 131026: nobody has this number, or a business-scoped id stood in `to`. */
  isUndeliverable: boolean
  /** Inbound only: the company marked it as read. */
  readByCompany: boolean
}

export interface MessageExtra {
  forwarded?: boolean | undefined
  frequentlyForwarded?: boolean | undefined
  referredProduct?: Record<string, unknown> | undefined
  referral?: Record<string, unknown> | undefined
  errors?: Record<string, unknown>[] | undefined
  /** What Kapso wrote down of an audio. */
  transcript?: string | undefined
  /** What Kapso adds of flows and orders, in its `kapso` object. */
  kapso?: Record<string, unknown> | undefined
}

/** A file of a message; its bytes are made from format and variant. */
export interface MediaItem {
  id: string
  format: MediaFormat
  variant: number
  behaviour: MediaBehaviour
  mimeType: string
  fileName: string
  byteSize: number
  /** Base64, as Meta has it. */
  sha256: string
  token: string
  downloads: number
  createdAt: number
  /** Handed over by this number; its bytes are kept as long as the simulator runs. */
  uploadedFor?: string
}

/** A call that marked a customer's message as read. */
export interface CustomerSignal {
  phoneNumberId: string
  customerId: string
  wamid: string
  isTyping: boolean
  at: number
}

export type ExecutionStatus = 'running' | 'waiting' | 'handoff' | 'ended' | 'failed'

/** A run of the bot's workflow in one conversation. */
export interface Execution {
  id: string
  workflowId: string
  trackingId: string
  conversationId: string
  phoneNumberId: string
  status: ExecutionStatus
  startedAt: number
  updatedAt: number
  events: { type: string; at: number; payload: Record<string, unknown> }[]
}

export interface Webhook {
  id: string
  /** Null for a project webhook. */
  phoneNumberId: string | null
  url: string
  events: string[]
  secretKey: string
  /** While the secret is being changed: the one before, and which of the two signs. */
  previousSecretKey?: string
  signsWith?: 'old' | 'both' | 'new'
  active: boolean
  headers: Record<string, string>
  bufferEnabled: boolean
  bufferWindowSeconds: number
  maxBufferSize: number
  inactivityMinutes: number
  createdAt: number
  updatedAt: number
}

export interface Attempt {
  at: number
  /** Null when no answer came. */
  statusCode: number | null
  error: string | null
  durationMs: number
}

export interface Delivery {
  id: string
  webhookId: string
  phoneNumberId: string | null
  event: string
  idempotencyKey: string
  /** The exact text that is signed and sent, the same on each try. */
  body: string
  batchSize: number | null
  /** Deliveries with the same lane go one after the other; null goes at once. */
  lane: string | null
  customerName: string | null
  messageIds: string[]
  status: 'pending' | 'delivered' | 'failed'
  attempts: Attempt[]
  createdAt: number
  notBefore: number
  finishedAt: number | null
  /** What an injected fault did to it. */
  fault: string | null
  effects?: DeliveryEffects
  /** For a batch: what is sent one by one after its last try. */
  singles: { messageId: string; body: string }[]
}
