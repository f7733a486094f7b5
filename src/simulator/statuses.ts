import { buildMessageError } from './error-codes.ts'
import { publishStatus } from './delivery/publish.ts'
import type { Simulation } from './simulation.ts'
import type { Customer, Message, MessageError, StatusRecord } from './world.ts'

interface NewStatus {
  at?: number
  error?: MessageError | null
  /** Whether the next status follows by itself; default true. */
  goesOn?: boolean
}

/** Records a status of an outgoing message and tells the webhooks. Returns the ids of what was queued. */
export function addStatus(
  simulation: Simulation,
  message: Message,
  status: StatusRecord['status'],
  { at, error = null, goesOn = true }: NewStatus = {},
): string[] {
  message.statuses.push({ status, at: at ?? simulation.clock.now(), error })
  message.status = status
  const queued = publishStatus(simulation, message, message.statuses.length - 1)
  if (goesOn) scheduleNextStatus(simulation, message)
  simulation.changed()
  return queued
}

/** Lets the status that follows the present one happen after a while, if it does so by itself. */
export function scheduleNextStatus(simulation: Simulation, message: Message): void {
  const { settings } = simulation.world
  const present = message.status
  // Reactions of the company are sent and nothing more is told of them.
  if (message.type === 'reaction' && present !== 'pending') return
  if (present === 'pending') {
    addLater(simulation, message, 'sent', settings.sentDelayMs)
  } else if (present === 'sent' && (message.isUndeliverable || message.failure)) {
    addLater(
      simulation,
      message,
      'failed',
      settings.deliveredDelayMs,
      message.failure ?? buildMessageError(131026),
    )
  } else if (present === 'sent' && settings.deliversAutomatically) {
    addLater(simulation, message, 'delivered', settings.deliveredDelayMs)
  } else if (present === 'delivered' && settings.readsAutomatically) {
    addLater(simulation, message, 'read', settings.readDelayMs)
  }
}

function addLater(
  simulation: Simulation,
  message: Message,
  status: StatusRecord['status'],
  delayMs: number,
  error: MessageError | null = null,
): void {
  const before = message.status
  const jitter = 0.6 + 0.8 * simulation.identifiers.fraction('delay', message.id, status)
  simulation.clock.after(delayMs * jitter, () => {
    if (message.status === before) addStatus(simulation, message, status, { error })
  })
}

/**
 * The customer opens the chat: what the company wrote to them from this number becomes read. Messages still on their
 * way to WhatsApp stay as they are. Returns how many became read.
 */
export function readAsCustomer(simulation: Simulation, customer: Customer, phoneNumberId: string): number {
  let count = 0
  for (const message of simulation.world.messages.values()) {
    if (message.customerId !== customer.id || message.phoneNumberId !== phoneNumberId) continue
    if (message.author === 'customer' || message.isUndeliverable || message.failure) continue
    if (message.status !== 'sent' && message.status !== 'delivered') continue
    if (message.status === 'sent') addStatus(simulation, message, 'delivered', { goesOn: false })
    addStatus(simulation, message, 'read', { goesOn: false })
    count += 1
  }
  return count
}
