import { z } from 'zod'
import { dayMs } from '../conversations.ts'
import { addCustomer, findByPhone, findByUserId, toPhoneDigits } from '../customers.ts'
import { recordMessage } from '../messages.ts'
import type { Simulation } from '../simulation.ts'
import { buildMediaObject } from '../media/library.ts'
import { addStatus, scheduleNextStatus } from '../statuses.ts'
import { listTemplates, refuseTemplate } from '../templates.ts'
import type { Customer, MediaItem, Message, PhoneNumber } from '../world.ts'
import { type ApiResponse, failAsGraph } from './exchange.ts'
import { drawSendFault, inFlightAnswer, marketingStopped, wait } from './request-faults.ts'

const sendSchema = z.looseObject({
  messaging_product: z.literal('whatsapp'),
  to: z.string().min(1).optional(),
  recipient: z.string().min(1).optional(),
  type: z.string().min(1).default('text'),
  context: z.looseObject({ message_id: z.string() }).optional(),
  biz_opaque_callback_data: z.string().max(512).optional(),
})

const markReadSchema = z.looseObject({
  messaging_product: z.literal('whatsapp'),
  status: z.literal('read'),
  message_id: z.string(),
  typing_indicator: z.looseObject({ type: z.literal('text') }).optional(),
})

const userIdPattern = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/

const windowClosed: ApiResponse = {
  status: 422,
  body: {
    error: {
      message: 'Cannot send non-template messages outside the 24-hour window.',
      type: 'MessageError',
      code: 131047,
    },
  },
}

interface Address {
  input: string
  customer: Customer | undefined
  phone: string | null
  isUserId: boolean
  /** A business-scoped id stood where a phone number belongs: accepted, then never delivered. */
  isMisplaced: boolean
}

function findAddress(
  simulation: Simulation,
  to: string | undefined,
  recipient: string | undefined,
): Address | null {
  if (to !== undefined && userIdPattern.test(to)) {
    const customer = findByUserId(simulation, to)
    return { input: to, customer, phone: null, isUserId: true, isMisplaced: true }
  }
  if (to !== undefined) {
    const phone = toPhoneDigits(to)
    const customer = findByPhone(simulation, phone)
    return { input: to, customer, phone, isUserId: false, isMisplaced: false }
  }
  if (recipient === undefined) return null
  const customer = findByUserId(simulation, recipient)
  return { input: recipient, customer, phone: null, isUserId: true, isMisplaced: false }
}

function checkContent(type: string, content: unknown): ApiResponse | null {
  if (typeof content !== 'object' || content === null) {
    return failAsGraph(400, 131008, `Required parameter is missing: ${type}`)
  }
  if (type !== 'text') return null
  const body = (content as Record<string, unknown>)['body']
  if (typeof body !== 'string' || body === '')
    return failAsGraph(400, 100, 'The parameter text.body is required.')
  if (body.length > 4096)
    return failAsGraph(400, 100, 'Param text.body must be at most 4096 characters long.')
  return null
}

/** The file that a message names by its id; undefined when it names none that is here. */
function findFile(simulation: Simulation, type: string, content: unknown): MediaItem | undefined {
  if (!['image', 'video', 'audio', 'document', 'sticker'].includes(type)) return undefined
  const id = typeof content === 'object' && content !== null && 'id' in content ? content.id : undefined
  return typeof id === 'string' ? simulation.world.media.get(id) : undefined
}

function checkFile(simulation: Simulation, type: string, content: unknown): ApiResponse | null {
  const item = findFile(simulation, type, content)
  if (!item) return null
  const isFitting = type === 'document' || type === 'sticker' || item.mimeType.startsWith(`${type}/`)
  if (!isFitting) return failAsGraph(400, 131053, `The file is no ${type}`)
  const isVoice =
    typeof content === 'object' && content !== null && 'voice' in content && content.voice === true
  if (isVoice && item.mimeType !== 'audio/ogg') return failAsGraph(400, 131053, 'A voice message is OGG')
  return null
}

/** Kapso tells of a sent file with the address of its own copy. */
function keepContent(simulation: Simulation, type: string, content: unknown): unknown {
  if (type === 'text') return { body: (content as { body: string }).body }
  const item = findFile(simulation, type, content)
  if (!item) return content
  return buildMediaObject(simulation, item, { ...(content as Record<string, unknown>) })
}

/** Of templates that are not listed the name tells what they are for. */
function isMarketing(simulation: Simulation, number: PhoneNumber, type: string, content: unknown): boolean {
  const name = typeof content === 'object' && content !== null && 'name' in content ? content.name : null
  if (type !== 'template' || typeof name !== 'string') return false
  const listed = listTemplates(simulation, number.businessAccountId).find((one) => one.name === name)
  return listed ? listed.category === 'MARKETING' : /promo|marketing/i.test(name)
}

function isWindowOpen(simulation: Simulation, customer: Customer | undefined, number: PhoneNumber): boolean {
  const last = customer?.lastInboundAt[number.id]
  return last !== undefined && simulation.clock.now() < last + dayMs
}

function echoesFirst(simulation: Simulation, message: Message): boolean {
  const { echoBeforeAnswer } = simulation.world.settings
  if (echoBeforeAnswer !== 'random') return echoBeforeAnswer === 'always'
  return simulation.identifiers.fraction('echo first', message.id) < 0.5
}

/** Delivers the `sent` echo before the answer where that is wanted; otherwise says what to do after the answer. */
async function echo(simulation: Simulation, message: Message): Promise<() => void> {
  if (!echoesFirst(simulation, message)) {
    return () => {
      scheduleNextStatus(simulation, message)
    }
  }
  const queued = addStatus(simulation, message, 'sent')
  // A receiver that itself waits for the answer to the send must not stop both for ever.
  await Promise.all(queued.map((id) => simulation.dispatcher.waitForFirstTry(id, 3000)))
  return () => undefined
}

function answerAccepted(address: Address, message: Message): ApiResponse {
  const who = address.isUserId ? { user_id: address.input } : { wa_id: address.phone }
  return {
    status: 200,
    body: {
      messaging_product: 'whatsapp',
      contacts: [{ input: address.input, ...who }],
      messages: [{ id: message.id }],
    },
  }
}

/** `POST /{phone_number_id}/messages` with a message. */
export async function sendMessage(
  simulation: Simulation,
  number: PhoneNumber,
  body: unknown,
): Promise<ApiResponse> {
  const parsed = sendSchema.safeParse(body)
  if (!parsed.success) return failAsGraph(400, 100, parsed.error.issues[0]?.message ?? 'Invalid parameter')
  const { to, recipient, type } = parsed.data
  const address = findAddress(simulation, to, recipient)
  if (!address) return failAsGraph(400, 131008, 'Required parameter is missing: to or recipient')
  const content = parsed.data[type]
  const refused = checkContent(type, content) ?? checkFile(simulation, type, content)
  if (refused) return refused
  const unsendable =
    type === 'template' ? refuseTemplate(simulation, number.businessAccountId, content) : null
  if (unsendable) return failAsGraph(400, unsendable.code, unsendable.details)

  const fault = drawSendFault(simulation, number.id)
  if (fault?.answer && !fault.accepts) return fault.answer
  if (address.isUserId && !address.customer) return failAsGraph(400, 131009, 'Unknown recipient')
  if (type !== 'template' && !address.isMisplaced && !isWindowOpen(simulation, address.customer, number)) {
    return windowClosed
  }
  const customer =
    address.customer ??
    addCustomer(simulation, { name: `+${address.phone ?? ''}`, phone: address.input, isOnWhatsApp: false })

  if (
    isMarketing(simulation, number, type, content) &&
    customer.marketing?.[number.id]?.status === 'stopped'
  ) {
    return marketingStopped
  }

  const lock = `${number.id} ${customer.id}`
  if (simulation.inFlight.has(lock)) return inFlightAnswer
  simulation.inFlight.add(lock)
  try {
    await wait(simulation, simulation.world.settings.sendLatencyMs + (fault?.delayMs ?? 0))
    const message = recordMessage(simulation, {
      customer,
      number,
      author: 'api',
      type,
      content: keepContent(simulation, type, content),
      replyTo: parsed.data.context?.message_id ?? null,
      opaqueData: parsed.data.biz_opaque_callback_data ?? null,
      sentToUserId: address.isUserId,
      isUndeliverable: address.isMisplaced || !customer.isOnWhatsApp,
      ...(fault?.failure ? { failure: fault.failure } : {}),
    })
    const afterwards = await echo(simulation, message)
    return { ...(fault?.answer ?? answerAccepted(address, message)), afterwards }
  } finally {
    const hold = simulation.world.settings.inFlightHoldMs
    if (hold === 0) simulation.inFlight.delete(lock)
    else simulation.clock.after(hold, () => simulation.inFlight.delete(lock))
  }
}

/** The same call with `status: read`: blue ticks for that message and the earlier ones, and perhaps "typing". */
export function markRead(simulation: Simulation, number: PhoneNumber, body: unknown): ApiResponse {
  const parsed = markReadSchema.safeParse(body)
  if (!parsed.success) return failAsGraph(400, 100, parsed.error.issues[0]?.message ?? 'Invalid parameter')
  const { world, clock } = simulation
  const message = world.messages.get(parsed.data.message_id)
  if (message?.author !== 'customer' || message.phoneNumberId !== number.id) {
    return failAsGraph(400, 131009, 'message_id is not a message that this number received')
  }
  for (const other of world.messages.values()) {
    const isSameThread = other.customerId === message.customerId && other.phoneNumberId === number.id
    if (isSameThread && other.author === 'customer' && other.at <= message.at) other.readByCompany = true
  }
  const customer = world.customers.get(message.customerId)
  world.signals.push({
    phoneNumberId: number.id,
    customerId: message.customerId,
    wamid: message.id,
    isTyping: parsed.data.typing_indicator !== undefined,
    at: clock.now(),
  })
  if (world.signals.length > 1000) world.signals.shift()
  if (customer && parsed.data.typing_indicator) customer.typingSeenUntil[number.id] = clock.now() + 25_000
  simulation.changed()
  return { status: 200, body: { success: true } }
}
