import { buildConversation } from './bodies/conversation.ts'
import { chooseForm, toIsoSeconds } from './bodies/form.ts'
import { publish } from './delivery/publish.ts'
import { getCustomer, type Simulation } from './simulation.ts'
import type { Conversation, Customer, PhoneNumber } from './world.ts'

/** A conversation ends, and the window for free text closes, 24 hours after what kept it open. */
export const dayMs = 24 * 60 * 60_000

type LifecycleEvent = 'created' | 'ended' | 'inactive'

function publishLifecycle(
  simulation: Simulation,
  conversation: Conversation,
  event: LifecycleEvent,
  extra: { more?: Record<string, unknown>; subject: unknown[] },
): void {
  const { world, identifiers } = simulation
  const customer = getCustomer(world, conversation.customerId)
  const form = chooseForm(identifiers, world.settings.bodyForms, conversation.id, event)
  // The samples of created and ended show the older form, with the whole summary.
  const style = form.style === 'recorded' ? 'classic' : form.style
  publish(simulation, conversation.phoneNumberId, {
    event: `whatsapp.conversation.${event}`,
    body: JSON.stringify({
      conversation: buildConversation(
        world,
        customer,
        conversation,
        { ...form, style },
        event !== 'inactive',
      ),
      ...extra.more,
      phone_number_id: conversation.phoneNumberId,
    }),
    subject: [conversation.id, ...extra.subject],
    customerName: customer.name,
  })
}

/**
 * The conversation in which a message of this moment belongs. One that was silent for 24 hours is ended first; a new
 * one has a new id.
 */
export function findOrOpenConversation(
  simulation: Simulation,
  {
    customer,
    number,
    at,
    isHistory,
  }: { customer: Customer; number: PhoneNumber; at: number; isHistory: boolean },
): { conversation: Conversation; isNew: boolean } {
  const { world, identifiers } = simulation
  const open = world.conversations.get(customer.openConversationIds[number.id] ?? '')
  // Imported messages of the past neither end a conversation nor need a new one for each silent day.
  if (open && isHistory) return { conversation: open, isNew: false }
  if (open?.status === 'active' && at < open.lastActiveAt + dayMs) return { conversation: open, isNew: false }
  if (open?.status === 'active') endConversation(simulation, open, open.lastActiveAt + dayMs)
  const place = identifiers.next(`conversation ${customer.id} ${number.id}`)
  const conversation: Conversation = {
    id: identifiers.uuid('conversation', customer.id, number.id, place),
    customerId: customer.id,
    phoneNumberId: number.id,
    status: 'active',
    createdAt: at,
    lastActiveAt: at,
    messagesCount: 0,
    lastMessageId: null,
    lastMessageAt: null,
    lastInboundAt: null,
    lastOutboundAt: null,
    inactiveSince: {},
  }
  world.conversations.set(conversation.id, conversation)
  customer.openConversationIds[number.id] = conversation.id
  publishLifecycle(simulation, conversation, 'created', { subject: ['created'] })
  return { conversation, isNew: true }
}

/** Ends a conversation; the next message opens another one. */
export function endConversation(simulation: Simulation, conversation: Conversation, at: number): void {
  if (conversation.status === 'ended') return
  conversation.status = 'ended'
  conversation.lastActiveAt = Math.min(at, conversation.lastActiveAt + dayMs)
  const times = simulation.identifiers.next(`ended ${conversation.id}`)
  publishLifecycle(simulation, conversation, 'ended', { subject: ['ended', times] })
  simulation.changed()
}

/** Makes an ended conversation active again, as `PATCH whatsapp/conversations/{id}` can. No event tells of it. */
export function reopenConversation(simulation: Simulation, conversation: Conversation): void {
  const customer = getCustomer(simulation.world, conversation.customerId)
  conversation.status = 'active'
  conversation.lastActiveAt = simulation.clock.now()
  customer.openConversationIds[conversation.phoneNumberId] = conversation.id
  simulation.changed()
}

/** Tells each webhook once of a conversation that was silent for as long as it wants to know, or for so long by now. */
export function tellInactive(simulation: Simulation, conversation: Conversation, now: number): void {
  const { world, identifiers } = simulation
  const last = world.messages.get(conversation.lastMessageId ?? '')
  if (!last) return
  for (const webhook of world.webhooks.values()) {
    if (webhook.phoneNumberId !== conversation.phoneNumberId || !webhook.active) continue
    if (!webhook.events.includes('whatsapp.conversation.inactive')) continue
    if (now < last.at + webhook.inactivityMinutes * 60_000) continue
    if (conversation.inactiveSince[webhook.id] === last.id) continue
    conversation.inactiveSince[webhook.id] = last.id
    publishLifecycle(simulation, conversation, 'inactive', {
      more: {
        since_message: {
          id: identifiers.uuid('message', last.id),
          whatsapp_message_id: last.id,
          direction: last.author === 'customer' ? 'inbound' : 'outbound',
          created_at: toIsoSeconds(last.at),
        },
        inactivity: { minutes: webhook.inactivityMinutes },
      },
      subject: ['inactive', last.id, webhook.inactivityMinutes],
    })
  }
}

/** Ends conversations without activity for 24 hours and tells of those that fell silent; called from time to time. */
export function sweepConversations(simulation: Simulation): void {
  const now = simulation.clock.now()
  for (const conversation of simulation.world.conversations.values()) {
    if (conversation.status === 'ended') continue
    if (now >= conversation.lastActiveAt + dayMs) {
      endConversation(simulation, conversation, conversation.lastActiveAt + dayMs)
      continue
    }
    tellInactive(simulation, conversation, now)
  }
}
