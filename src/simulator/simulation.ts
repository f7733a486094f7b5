import type { Clock } from './clock.ts'
import type { Buffers } from './delivery/buffer.ts'
import type { Dispatcher } from './delivery/dispatcher.ts'
import type { Network } from './delivery/network.ts'
import type { Shuffler } from './delivery/shuffler.ts'
import type { Identifiers } from './identifiers.ts'
import type { Conversation, Customer, Message, PhoneNumber, World } from './world.ts'

/** One running simulator: handed to every function that does something. */
export interface Simulation {
  world: World
  identifiers: Identifiers
  clock: Clock
  dispatcher: Dispatcher
  buffers: Buffers
  shuffler: Shuffler
  network: Network
  /** Which business number is sending to which customer right now, `phoneNumberId customerId`. */
  inFlight: Set<string>
  /** The bytes of files that were handed over, by media id. */
  uploads: Map<string, Buffer>
  /** Where this simulator is reached, without a slash at the end; known once it listens. */
  baseUrl: string
  /** Tells pages, the state file and whoever waits that something is different. */
  changed: () => void
}

/** What was asked for does not exist or cannot be done; the control API answers with `status`. */
export class ControlError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

function require<T>(value: T | undefined, what: string, id: string): T {
  if (value === undefined) throw new ControlError(404, `There is no ${what} ${id}`)
  return value
}

export function getCustomer(world: World, id: string): Customer {
  return require(world.customers.get(id), 'customer', id)
}

export function getNumber(world: World, id: string): PhoneNumber {
  return require(world.phoneNumbers.get(id), 'phone number', id)
}

export function getConversation(world: World, id: string): Conversation {
  return require(world.conversations.get(id), 'conversation', id)
}

export function getMessage(world: World, id: string): Message {
  return require(world.messages.get(id), 'message', id)
}

/** The number with this id, or, where none is named, the first one. */
export function chooseNumber(world: World, id: string | undefined): PhoneNumber {
  if (id !== undefined) return getNumber(world, id)
  const [first] = world.phoneNumbers.values()
  return require(first, 'phone number', 'at all')
}
