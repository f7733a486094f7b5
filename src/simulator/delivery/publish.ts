import { buildConversation } from '../bodies/conversation.ts'
import { readText } from '../bodies/content.ts'
import { type BodyForm, chooseForm } from '../bodies/form.ts'
import { buildMessage, type MessageParts } from '../bodies/message.ts'
import { drawDeliveryFaults } from '../faults.ts'
import { getConversation, getCustomer, getNumber, type Simulation } from '../simulation.ts'
import type { Conversation, Delivery, Message, Webhook, World } from '../world.ts'
import type { BufferedItem } from './buffer.ts'
import { strikeDelivery } from './strike.ts'

type Json = Record<string, unknown>

interface Envelope {
  event: string
  body: string
  /** What makes this delivery different from every other one: its id and key are drawn from it. */
  subject: unknown[]
  lane?: string
  customerName?: string
  messageIds?: string[]
  batchSize?: number
  singles?: Delivery['singles']
}

/** Collects what the body of a message is made of. */
export function collectParts(world: World, message: Message): MessageParts {
  return {
    message,
    customer: getCustomer(world, message.customerId),
    number: getNumber(world, message.phoneNumberId),
    replied: message.replyTo === null ? undefined : world.messages.get(message.replyTo),
    returnsOpaqueData: world.settings.returnsOpaqueData,
    media: world.media.get(readText(message.content, 'id') ?? ''),
  }
}

function findWebhooks(world: World, event: string, phoneNumberId: string | null): Webhook[] {
  return [...world.webhooks.values()].filter(
    (webhook) => webhook.active && webhook.phoneNumberId === phoneNumberId && webhook.events.includes(event),
  )
}

/** Puts one delivery into the queue, and does to it what the faults say. Returns the ids of what was queued. */
export function queueDelivery(simulation: Simulation, webhook: Webhook, envelope: Envelope): string[] {
  const { world, clock, identifiers, dispatcher } = simulation
  const isBatch = envelope.batchSize !== undefined
  const faults = drawDeliveryFaults(world, identifiers, {
    event: envelope.event,
    phoneNumberId: webhook.phoneNumberId,
    isBatch,
  })
  const subject = [webhook.id, envelope.event, ...envelope.subject]
  const delivery: Delivery = {
    id: identifiers.uuid('delivery', ...subject),
    webhookId: webhook.id,
    phoneNumberId: webhook.phoneNumberId,
    event: envelope.event,
    idempotencyKey: identifiers.uuid('idempotency-key', ...subject),
    body: envelope.body,
    batchSize: envelope.batchSize ?? null,
    lane: envelope.lane === undefined ? null : `${webhook.id} ${envelope.lane}`,
    customerName: envelope.customerName ?? null,
    messageIds: envelope.messageIds ?? [],
    status: 'pending',
    attempts: [],
    createdAt: clock.now(),
    notBefore: clock.now(),
    finishedAt: null,
    fault: null,
    singles: envelope.singles ?? [],
  }
  const { copies, isLost, shuffle } = strikeDelivery(simulation, delivery, faults)
  if (isLost) {
    const lost = { ...delivery, fault: 'lost', status: 'failed' as const, finishedAt: clock.now() }
    world.deliveries.set(delivery.id, lost)
    simulation.changed()
    return []
  }
  const all = [delivery, ...copies]
  if (shuffle) simulation.shuffler.add(all, shuffle.size, shuffle.delayMs)
  else for (const one of all) dispatcher.enqueue(one)
  return [delivery.id]
}

/** Sends an event to every webhook that wants it. `phoneNumberId` null means the project webhooks. */
export function publish(simulation: Simulation, phoneNumberId: string | null, envelope: Envelope): string[] {
  return findWebhooks(simulation.world, envelope.event, phoneNumberId).flatMap((webhook) =>
    queueDelivery(simulation, webhook, envelope),
  )
}

function buildMessageBody(
  simulation: Simulation,
  message: Message,
  form: BodyForm,
  statusIndex: number | null,
  isBatched: boolean,
): Json {
  const { world } = simulation
  const parts = collectParts(world, message)
  const conversation = getConversation(world, message.conversationId)
  const told = statusIndex === null ? 'received' : message.statuses[statusIndex]?.status
  const hasSummary = !isBatched && (told === 'received' || told === 'sent')
  return {
    message: buildMessage(parts, form, statusIndex, isBatched),
    conversation: buildConversation(world, parts.customer, conversation, form, hasSummary),
    is_new_conversation: message.opensConversation && (told === 'received' || told === 'sent'),
    phone_number_id: message.phoneNumberId,
  }
}

/** Sends `whatsapp.message.received`, through the buffer where a webhook has one. */
export function publishReceived(simulation: Simulation, message: Message, inParallel = false): void {
  const { world, identifiers } = simulation
  const event = 'whatsapp.message.received'
  const form = chooseForm(identifiers, world.settings.bodyForms, message.id, 'received')
  for (const webhook of findWebhooks(world, event, message.phoneNumberId)) {
    const body = buildMessageBody(simulation, message, form, null, webhook.bufferEnabled)
    if (webhook.bufferEnabled) {
      const sequence = 100 + identifiers.next(`sequence ${webhook.id}`)
      const conversation = getConversation(world, message.conversationId)
      simulation.buffers.add(webhook, conversation, { messageId: message.id, sequence, body })
      continue
    }
    queueDelivery(simulation, webhook, {
      event,
      body: JSON.stringify(body),
      subject: [message.id],
      ...(inParallel ? {} : { lane: message.conversationId }),
      customerName: getCustomer(world, message.customerId).name,
      messageIds: [message.id],
    })
  }
}

/** Sends what a webhook's buffer has collected of one conversation. */
export function publishBatch(
  simulation: Simulation,
  webhook: Webhook,
  conversation: Conversation,
  items: BufferedItem[],
): void {
  if (!webhook.active || !simulation.world.webhooks.has(webhook.id)) return
  const type = 'whatsapp.message.received'
  const body = {
    type,
    batch: true,
    data: items.map((item) => item.body),
    batch_info: {
      size: items.length,
      window_ms: webhook.bufferWindowSeconds * 1000,
      first_sequence: items[0]?.sequence,
      last_sequence: items.at(-1)?.sequence,
      conversation_id: conversation.id,
    },
  }
  queueDelivery(simulation, webhook, {
    event: type,
    body: JSON.stringify(body),
    subject: items.map((item) => item.messageId),
    lane: conversation.id,
    customerName: getCustomer(simulation.world, conversation.customerId).name,
    messageIds: items.map((item) => item.messageId),
    batchSize: items.length,
    singles: items.map((item) => ({ messageId: item.messageId, body: JSON.stringify(item.body) })),
  })
}

/** Sends `whatsapp.message.sent`, `.delivered`, `.read` or `.failed` for the status at this place in the list. */
export function publishStatus(simulation: Simulation, message: Message, statusIndex: number): string[] {
  const { world, identifiers } = simulation
  const status = message.statuses[statusIndex]?.status
  if (status === undefined) return []
  const form = chooseForm(identifiers, world.settings.bodyForms, message.id, status)
  return publish(simulation, message.phoneNumberId, {
    // No event of its own is known for a voice message that was played.
    event: `whatsapp.message.${status === 'played' ? 'read' : status}`,
    body: JSON.stringify(buildMessageBody(simulation, message, form, statusIndex, false)),
    subject: [message.id, status, statusIndex],
    ...(status === 'sent' ? { lane: message.conversationId } : {}),
    customerName: getCustomer(world, message.customerId).name,
    messageIds: [message.id],
  })
}
