import { findOrOpenConversation } from './conversations.ts'
import { publishReceived } from './delivery/publish.ts'
import { buildWamid } from './identifiers.ts'
import type { Simulation } from './simulation.ts'
import type {
  Author,
  Conversation,
  Customer,
  Message,
  MessageError,
  MessageExtra,
  PhoneNumber,
} from './world.ts'

export interface NewMessage {
  customer: Customer
  number: PhoneNumber
  author: Author
  type: string
  content: unknown
  replyTo?: string | null
  at?: number
  opaqueData?: string | null
  sentToUserId?: boolean
  isUndeliverable?: boolean
  isHistory?: boolean
  extra?: MessageExtra
  failure?: MessageError
  /** Its delivery waits for no earlier one of the conversation. */
  inParallel?: boolean
}

function latest(known: number | null, at: number): number {
  return Math.max(known ?? 0, at)
}

function touchConversation(conversation: Conversation, message: Message) {
  conversation.messagesCount += 1
  // A message of the past that comes later is not the last one.
  if (message.at >= (conversation.lastMessageAt ?? 0)) {
    conversation.lastMessageId = message.id
    conversation.lastMessageAt = message.at
  }
  conversation.lastActiveAt = Math.max(conversation.lastActiveAt, message.at)
  if (message.author === 'customer')
    conversation.lastInboundAt = latest(conversation.lastInboundAt, message.at)
  else conversation.lastOutboundAt = latest(conversation.lastOutboundAt, message.at)
}

/** Writes a message into the world without telling anybody, and opens a conversation for it where none is open. */
export function recordMessage(simulation: Simulation, input: NewMessage): Message {
  const { world, identifiers, clock } = simulation
  const { customer, number, author } = input
  const at = input.at ?? clock.now()
  const isInbound = author === 'customer'
  const { conversation, isNew } = findOrOpenConversation(simulation, {
    customer,
    number,
    at,
    isHistory: input.isHistory ?? false,
  })
  const place = identifiers.next(`message ${customer.id}`)
  const hex = identifiers.hex(isInbound ? 20 : 18, 'wamid', customer.id, number.id, place)
  const message: Message = {
    id: buildWamid(customer.phone, isInbound, hex),
    conversationId: conversation.id,
    customerId: customer.id,
    phoneNumberId: number.id,
    author,
    type: input.type,
    content: input.content,
    replyTo: input.replyTo ?? null,
    at,
    status: isInbound ? 'delivered' : 'pending',
    statuses: [],
    opensConversation: isNew,
    opaqueData: input.opaqueData ?? null,
    sentToUserId: input.sentToUserId ?? false,
    isUndeliverable: input.isUndeliverable ?? false,
    readByCompany: input.isHistory ?? false,
    ...(input.isHistory ? { isHistory: true } : {}),
    ...(input.extra ? { extra: input.extra } : {}),
    ...(input.failure ? { failure: input.failure } : {}),
  }
  world.messages.set(message.id, message)
  touchConversation(conversation, message)
  simulation.changed()
  return message
}

/** A customer writes to the company. */
export function receiveFromCustomer(simulation: Simulation, input: Omit<NewMessage, 'author'>): Message {
  const message = recordMessage(simulation, { ...input, author: 'customer' })
  const known = input.customer.lastInboundAt[input.number.id] ?? 0
  input.customer.lastInboundAt[input.number.id] = Math.max(known, message.at)
  input.customer.typingSeenUntil[input.number.id] = 0
  publishReceived(simulation, message, input.inParallel ?? false)
  return message
}
