import type { FaultRule } from './faults.ts'
import type { Settings } from './settings.ts'

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

export type MessageStatus = 'pending' | 'sent' | 'delivered' | 'read' | 'failed'

/** Who wrote it. Deliveries do not tell `api` from `bot`: both come as origin cloud_api. */
export type Author = 'customer' | 'api' | 'bot' | 'business_app'

export interface MessageError {
  code: number
  title: string
  message: string
}

export interface StatusRecord {
  status: 'sent' | 'delivered' | 'read' | 'failed'
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
  /** It will fail with 131026: nobody has this number, or a business-scoped id stood in `to`. */
  isUndeliverable: boolean
  /** Inbound only: the company marked it as read. */
  readByCompany: boolean
}

export interface Webhook {
  id: string
  /** Null for a project webhook. */
  phoneNumberId: string | null
  url: string
  events: string[]
  secretKey: string
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
  /** For a batch: what is sent one by one after its last try. */
  singles: { messageId: string; body: string }[]
}
