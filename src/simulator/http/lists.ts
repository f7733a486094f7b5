import { buildListedConversation } from '../bodies/conversation.ts'
import { hasMedia } from '../bodies/content.ts'
import { buildListedMessage } from '../bodies/message.ts'
import { toPhoneDigits } from '../customers.ts'
import { collectParts } from '../delivery/publish.ts'
import { getCustomer, type Simulation } from '../simulation.ts'
import type { Message } from '../world.ts'
import type { ApiResponse } from './exchange.ts'
import { answerPage } from './paging.ts'

/** A moment in a query: ISO 8601 or unix seconds. Null when it is missing or neither. */
function readMoment(query: URLSearchParams, name: string): number | null {
  const value = query.get(name)
  if (value === null) return null
  const at = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value)
  return Number.isNaN(at) ? null : at
}

function statusOf(message: Message): string {
  return message.author === 'customer' ? 'delivered' : message.status
}

function directionOf(message: Message): string {
  return message.author === 'customer' ? 'inbound' : 'outbound'
}

function equalsQuery(query: URLSearchParams, name: string, value: string): boolean {
  const wanted = query.get(name)
  return wanted === null || wanted === value
}

/** Messages newest first, filtered by what the query names. `phoneNumberId` null: of all numbers. */
export function listMessages(
  simulation: Simulation,
  phoneNumberId: string | null,
  query: URLSearchParams,
): ApiResponse {
  const { world } = simulation
  const since = readMoment(query, 'since')
  const until = readMoment(query, 'until')
  const phone = query.get('phone_number')
  const found = [...world.messages.values()].filter(
    (message) =>
      (phoneNumberId === null || message.phoneNumberId === phoneNumberId) &&
      equalsQuery(query, 'conversation_id', message.conversationId) &&
      equalsQuery(query, 'direction', directionOf(message)) &&
      equalsQuery(query, 'status', statusOf(message)) &&
      equalsQuery(query, 'message_type', message.type) &&
      equalsQuery(query, 'has_media', String(hasMedia(message))) &&
      (since === null || message.at >= since) &&
      (until === null || message.at <= until) &&
      (phone === null || getCustomer(world, message.customerId).phone === toPhoneDigits(phone)),
  )
  // The place in the list decides between messages of one millisecond: later recorded is newer.
  const newestFirst = found.reverse().sort((a, b) => b.at - a.at)
  return answerPage(
    newestFirst,
    query,
    (message) => message.id,
    (message) => buildListedMessage(collectParts(world, message)),
  )
}

/** Conversations, the last active first. */
export function listConversations(
  simulation: Simulation,
  phoneNumberId: string | null,
  query: URLSearchParams,
): ApiResponse {
  const { world } = simulation
  const since = readMoment(query, 'last_active_since')
  const until = readMoment(query, 'last_active_until')
  const phone = query.get('phone_number')
  const found = [...world.conversations.values()]
    .filter(
      (conversation) =>
        (phoneNumberId === null || conversation.phoneNumberId === phoneNumberId) &&
        equalsQuery(query, 'status', conversation.status) &&
        (since === null || conversation.lastActiveAt >= since) &&
        (until === null || conversation.lastActiveAt <= until) &&
        (phone === null || getCustomer(world, conversation.customerId).phone === toPhoneDigits(phone)),
    )
    .sort((a, b) => b.lastActiveAt - a.lastActiveAt)
  return answerPage(
    found,
    query,
    (conversation) => conversation.id,
    (conversation) =>
      buildListedConversation(world, getCustomer(world, conversation.customerId), conversation),
  )
}
