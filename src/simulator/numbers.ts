import { z } from 'zod'
import { buildNumberEvent } from './bodies/other.ts'
import { publish } from './delivery/publish.ts'
import { ControlError, type Simulation } from './simulation.ts'
import type { PhoneNumber } from './world.ts'

/** `POST /simulator/phone-numbers`. */
export const newNumberSchema = z.strictObject({
  /** The phone_number_id; made up when left out. */
  id: z
    .string()
    .regex(/^\d{5,20}$/)
    .optional(),
  displayPhoneNumber: z.string().min(5).max(30).optional(),
  verifiedName: z.string().min(1).max(100).default('Kursi & Kayu'),
  businessAccountId: z.string().optional(),
  /** The Kapso customer, that is: the tenant. */
  customerId: z.string().optional(),
  externalCustomerId: z.string().optional(),
  isCoexistence: z.boolean().default(true),
})

export type NewNumber = z.input<typeof newNumberSchema>

function getProjectId(simulation: Simulation): string {
  return simulation.identifiers.uuid('project')
}

/** Connects a business number and tells project webhooks. Throws ControlError 409 when its id is taken. */
export function addNumber(simulation: Simulation, input: NewNumber): PhoneNumber {
  const wanted = newNumberSchema.parse(input)
  const { world, identifiers, clock } = simulation
  const place = identifiers.next('number')
  const id = wanted.id ?? `597${identifiers.digits(12, 'number', place)}`
  if (world.phoneNumbers.has(id)) throw new ControlError(409, `There is a phone number ${id} already`)
  const number: PhoneNumber = {
    id,
    internalId: identifiers.uuid('internal', id),
    businessAccountId: wanted.businessAccountId ?? `102${identifiers.digits(12, 'account', place)}`,
    displayPhoneNumber: wanted.displayPhoneNumber ?? `+62 811 0000 ${String(1000 + place)}`,
    verifiedName: wanted.verifiedName,
    displayName: wanted.verifiedName,
    customerId: wanted.customerId ?? identifiers.uuid('tenant', place),
    externalCustomerId: wanted.externalCustomerId ?? null,
    isCoexistence: wanted.isCoexistence,
    createdAt: clock.now(),
  }
  world.phoneNumbers.set(id, number)
  tell(simulation, number, 'created')
  simulation.changed()
  return number
}

/** Disconnects a number; its webhooks, conversations and messages go with it. */
export function removeNumber(simulation: Simulation, number: PhoneNumber): void {
  const { world } = simulation
  for (const webhook of [...world.webhooks.values()]) {
    if (webhook.phoneNumberId !== number.id) continue
    world.webhooks.delete(webhook.id)
    simulation.dispatcher.failWaiting(webhook.id, 'number removed')
  }
  for (const kept of [world.conversations, world.messages]) {
    for (const [id, one] of kept) if (one.phoneNumberId === number.id) kept.delete(id)
  }
  for (const customer of world.customers.values()) {
    customer.openConversationIds = omit(customer.openConversationIds, number.id)
    customer.lastInboundAt = omit(customer.lastInboundAt, number.id)
  }
  world.phoneNumbers.delete(number.id)
  tell(simulation, number, 'deleted')
  simulation.changed()
}

function omit<T>(record: Record<string, T>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== key))
}

function tell(simulation: Simulation, number: PhoneNumber, event: 'created' | 'deleted') {
  publish(simulation, null, {
    event: `whatsapp.phone_number.${event}`,
    body: JSON.stringify(buildNumberEvent(number, getProjectId(simulation))),
    subject: [number.id, event, simulation.identifiers.next(`${event} ${number.id}`)],
  })
}
