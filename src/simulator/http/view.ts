import { describeContent } from '../bodies/content.ts'
import { dayMs } from '../conversations.ts'
import type { Simulation } from '../simulation.ts'
import type { Customer, Delivery, Message, MessageStatus } from '../world.ts'

export interface CustomerView {
  id: string
  name: string
  /** The number with a plus, or null when WhatsApp hides it. */
  phone: string | null
  username: string | null
  unread: number
  lastText: string | null
  lastAt: number | null
  isLastFromCompany: boolean
  windowClosesAt: number | null
}

export interface MessageView {
  id: string
  author: Message['author']
  type: string
  text: string
  at: number
  status: MessageStatus
  error: string | null
  opensConversation: boolean
  /** For the customer's own messages: whether a delivery of it was answered with 200, and whether it was read. */
  isDelivered: boolean
  isRead: boolean
}

export interface DeliveryView {
  id: string
  event: string
  customerName: string | null
  status: Delivery['status']
  statusCode: number | null
  error: string | null
  attempts: number
  durationMs: number | null
  at: number
  nextAt: number | null
  fault: string | null
  batchSize: number | null
}

/** What the page shows. */
export interface View {
  numbers: { id: string; name: string; display: string }[]
  numberId: string | null
  webhooks: { url: string; active: boolean }[]
  customers: CustomerView[]
  customerId: string | null
  isCompanyTyping: boolean
  messages: MessageView[]
  deliveries: DeliveryView[]
  waiting: number
  faults: number
  now: number
}

const shownMessages = 200
const shownDeliveries = 40

function isUnread(message: Message): boolean {
  return message.author !== 'customer' && message.status === 'delivered'
}

function viewCustomer(customer: Customer, messages: Message[], numberId: string): CustomerView {
  const last = messages.at(-1)
  const lastInboundAt = customer.lastInboundAt[numberId]
  return {
    id: customer.id,
    name: customer.name,
    phone: customer.sharesPhone ? `+${customer.phone}` : null,
    username: customer.username,
    unread: messages.filter(isUnread).length,
    lastText: last ? describeContent(last) : null,
    lastAt: last?.at ?? null,
    isLastFromCompany: last !== undefined && last.author !== 'customer',
    windowClosesAt: lastInboundAt === undefined ? null : lastInboundAt + dayMs,
  }
}

function viewMessage(message: Message, delivered: Set<string>): MessageView {
  const error = message.statuses.at(-1)?.error
  return {
    id: message.id,
    author: message.author,
    type: message.type,
    text: describeContent(message),
    at: message.at,
    status: message.status,
    error: error ? `${String(error.code)} ${error.title}` : null,
    opensConversation: message.opensConversation,
    isDelivered: message.readByCompany || delivered.has(message.id),
    isRead: message.readByCompany,
  }
}

function viewDelivery(delivery: Delivery): DeliveryView {
  const last = delivery.attempts.at(-1)
  return {
    id: delivery.id,
    event: delivery.event,
    customerName: delivery.customerName,
    status: delivery.status,
    statusCode: last?.statusCode ?? null,
    error: last?.error ?? null,
    attempts: delivery.attempts.length,
    durationMs: last?.durationMs ?? null,
    at: last?.at ?? delivery.createdAt,
    nextAt: delivery.status === 'pending' && delivery.attempts.length > 0 ? delivery.notBefore : null,
    fault: delivery.fault,
    batchSize: delivery.batchSize,
  }
}

function groupByCustomer(simulation: Simulation, numberId: string): Map<string, Message[]> {
  const groups = new Map<string, Message[]>()
  for (const message of simulation.world.messages.values()) {
    if (message.phoneNumberId !== numberId) continue
    const group = groups.get(message.customerId)
    if (group) group.push(message)
    else groups.set(message.customerId, [message])
  }
  for (const group of groups.values()) group.sort((a, b) => a.at - b.at)
  return groups
}

/** What the page shows when this customer and this business number are chosen. */
export function buildView(
  simulation: Simulation,
  chosen: { customerId: string | null; phoneNumberId: string | null },
): View {
  const { world, clock } = simulation
  const numbers = [...world.phoneNumbers.values()]
  const number = numbers.find((one) => one.id === chosen.phoneNumberId) ?? numbers[0]
  const numberId = number?.id ?? ''
  const groups = groupByCustomer(simulation, numberId)
  const customers = [...world.customers.values()]
    .filter((one) => one.isOnWhatsApp)
    .map((one) => viewCustomer(one, groups.get(one.id) ?? [], numberId))
    .sort((a, b) => (b.lastAt ?? 0) - (a.lastAt ?? 0))
  const customer = world.customers.get(chosen.customerId ?? '')
  const thread = customer ? (groups.get(customer.id) ?? []).slice(-shownMessages) : []
  const delivered = new Set<string>()
  for (const delivery of world.deliveries.values()) {
    if (delivery.status === 'delivered') for (const id of delivery.messageIds) delivered.add(id)
  }
  return {
    numbers: numbers.map((one) => ({ id: one.id, name: one.verifiedName, display: one.displayPhoneNumber })),
    numberId: number?.id ?? null,
    webhooks: [...world.webhooks.values()]
      .filter((one) => one.phoneNumberId === numberId)
      .map((one) => ({ url: one.url, active: one.active })),
    customers,
    customerId: customer?.id ?? null,
    isCompanyTyping: (customer?.typingSeenUntil[numberId] ?? 0) > clock.now(),
    messages: thread.map((one) => viewMessage(one, delivered)),
    deliveries: [...world.deliveries.values()].slice(-shownDeliveries).reverse().map(viewDelivery),
    waiting: simulation.dispatcher.waiting(),
    faults: world.faults.length,
    now: clock.now(),
  }
}
