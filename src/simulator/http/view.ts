import { describeContent, readText } from '../bodies/content.ts'
import { dayMs } from '../conversations.ts'
import type { Simulation } from '../simulation.ts'
import type { Customer, Delivery, Message, MessageStatus, World } from '../world.ts'

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
  /** The open conversation with this number. */
  conversationId: string | null
  /** Whether they opted out of marketing messages of this number. */
  stopsMarketing: boolean
  /** The bot's run in that conversation, when it is not over. */
  execution: { id: string; status: string } | null
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
  /** What it answers, in short. */
  repliesTo: string | null
  /** A file that the simulator can show. */
  media: { id: string; fileName: string } | null
  reactions: string[]
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
  webhooks: { id: string; url: string; active: boolean; isBuffered: boolean; isRotating: boolean }[]
  customers: CustomerView[]
  customerId: string | null
  isCompanyTyping: boolean
  messages: MessageView[]
  deliveries: DeliveryView[]
  waiting: number
  faults: { id: string; name: string | null }[]
  outage: 'unreachable' | 'silent' | null
  now: number
}

const shownMessages = 200
const shownDeliveries = 40

function isUnread(message: Message): boolean {
  return message.author !== 'customer' && message.status === 'delivered'
}

function findExecution(world: World, conversationId: string | null): CustomerView['execution'] {
  const open = [...world.executions.values()].filter(
    (one) => one.conversationId === conversationId && !['ended', 'failed'].includes(one.status),
  )
  const last = open.at(-1)
  return last ? { id: last.id, status: last.status } : null
}

function viewCustomer(world: World, customer: Customer, messages: Message[], numberId: string): CustomerView {
  const openId = customer.openConversationIds[numberId] ?? null
  const isOpen = world.conversations.get(openId ?? '')?.status === 'active'
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
    conversationId: isOpen ? openId : null,
    stopsMarketing: customer.marketing?.[numberId]?.status === 'stopped',
    execution: isOpen ? findExecution(world, openId) : null,
  }
}

/** The last reaction of each side to a message. */
function collectReactions(thread: Message[]): Map<string, string[]> {
  const latest = new Map<string, Map<boolean, string | null>>()
  for (const message of thread) {
    if (message.type !== 'reaction') continue
    const target = readText(message.content, 'message_id') ?? ''
    const sides = latest.get(target) ?? new Map<boolean, string | null>()
    latest.set(target, sides.set(message.author === 'customer', readText(message.content, 'emoji')))
  }
  return new Map(
    [...latest].map(
      ([id, sides]) =>
        [id, [...sides.values()].filter((one) => one !== null && one !== '')] as [string, string[]],
    ),
  )
}

function viewMessage(
  world: World,
  message: Message,
  delivered: Set<string>,
  reactions: Map<string, string[]>,
): MessageView {
  const item = world.media.get(readText(message.content, 'id') ?? '')
  const replied = world.messages.get(message.replyTo ?? '')
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
    repliesTo: replied ? describeContent(replied) : null,
    media: item ? { id: item.id, fileName: item.fileName } : null,
    reactions: reactions.get(message.id) ?? [],
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
    .map((one) => viewCustomer(world, one, groups.get(one.id) ?? [], numberId))
    .sort((a, b) => (b.lastAt ?? 0) - (a.lastAt ?? 0))
  const customer = world.customers.get(chosen.customerId ?? '')
  const thread = customer ? (groups.get(customer.id) ?? []).slice(-shownMessages) : []
  const reactions = collectReactions(thread)
  const delivered = new Set<string>()
  for (const delivery of world.deliveries.values()) {
    if (delivery.status === 'delivered') for (const id of delivery.messageIds) delivered.add(id)
  }
  return {
    numbers: numbers.map((one) => ({ id: one.id, name: one.verifiedName, display: one.displayPhoneNumber })),
    numberId: number?.id ?? null,
    webhooks: [...world.webhooks.values()]
      .filter((one) => one.phoneNumberId === numberId)
      .map((one) => ({
        id: one.id,
        url: one.url,
        active: one.active,
        isBuffered: one.bufferEnabled,
        isRotating: one.signsWith === 'both',
      })),
    customers,
    customerId: customer?.id ?? null,
    isCompanyTyping: (customer?.typingSeenUntil[numberId] ?? 0) > clock.now(),
    messages: thread
      .filter((one) => one.type !== 'reaction')
      .map((one) => viewMessage(world, one, delivered, reactions)),
    deliveries: [...world.deliveries.values()].slice(-shownDeliveries).reverse().map(viewDelivery),
    waiting: simulation.dispatcher.waiting(),
    faults: world.faults.map((one) => ({ id: one.id, name: one.name ?? null })),
    outage: simulation.network.state(),
    now: clock.now(),
  }
}
