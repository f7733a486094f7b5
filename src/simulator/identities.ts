import { buildContact } from './bodies/other.ts'
import { toIsoSeconds } from './bodies/form.ts'
import { addCustomer, checkIsFree, makeUserId, makeUsername, toPhoneDigits } from './customers.ts'
import { publish } from './delivery/publish.ts'
import { receiveFromCustomer } from './messages.ts'
import { ControlError, getNumber, type Simulation } from './simulation.ts'
import type { Customer, PhoneNumber } from './world.ts'

/** From now on WhatsApp shows the customer's number to businesses. */
export function revealPhone(simulation: Simulation, customer: Customer): void {
  customer.sharesPhone = true
  customer.isNameless = false
  simulation.changed()
}

/** From now on the customer is seen by a username alone. */
export function hidePhone(simulation: Simulation, customer: Customer, username?: string): void {
  customer.sharesPhone = false
  customer.username =
    username?.replace(/^@/, '').toLowerCase() ?? customer.username ?? makeUsername(customer.name, '')
  simulation.changed()
}

/** The business numbers that know somebody. */
function findNumbersOf(simulation: Simulation, customer: Customer): PhoneNumber[] {
  return Object.keys(customer.openConversationIds).map((id) => getNumber(simulation.world, id))
}

export interface IdentityChange {
  /** The new number, if it is one. */
  phone?: string | undefined
  /** Whether WhatsApp also writes a message of type `system` into the chat. */
  systemMessage?: boolean | undefined
}

/**
 * Gives the customer another business-scoped id, as WhatsApp does when somebody takes a new phone number, and tells
 * every business number that knows them with `whatsapp.contact.identity_changed`.
 */
export function changeIdentity(
  simulation: Simulation,
  customer: Customer,
  change: IdentityChange = {},
): void {
  const { identifiers, clock } = simulation
  const previous = { userId: customer.userId, phone: customer.phone }
  if (change.phone !== undefined) {
    const phone = toPhoneDigits(change.phone)
    if (!/^\d{8,15}$/.test(phone)) throw new ControlError(422, 'A phone number has 8 to 15 digits')
    if (phone !== customer.phone) checkIsFree(simulation, phone, null)
    customer.phone = phone
  }
  const place = identifiers.next(`identity ${customer.id}`)
  customer.userId = makeUserId(simulation, customer.phone, customer.id, place)
  for (const number of findNumbersOf(simulation, customer)) {
    publish(simulation, number.id, {
      event: 'whatsapp.contact.identity_changed',
      body: JSON.stringify({
        contact: buildContact(customer, number, clock.now()),
        previous: {
          business_scoped_user_id: previous.userId,
          parent_business_scoped_user_id: customer.parentUserId ?? null,
        },
        phone_number_id: number.id,
      }),
      subject: [customer.id, 'identity', place],
      customerName: customer.name,
    })
    if (change.systemMessage) tellBySystemMessage(simulation, customer, number, previous)
  }
  simulation.changed()
}

function tellBySystemMessage(
  simulation: Simulation,
  customer: Customer,
  number: PhoneNumber,
  previous: { userId: string; phone: string },
): void {
  const hasNewPhone = previous.phone !== customer.phone
  const body = `User ${customer.name} changed ${hasNewPhone ? `from ${previous.phone} to ${customer.phone}` : 'ids'}`
  const content = hasNewPhone
    ? { body, wa_id: customer.phone, type: 'user_changed_number' }
    : { body, user_id: customer.userId, previous_user_id: previous.userId, type: 'user_changed_user_id' }
  receiveFromCustomer(simulation, { customer, number, type: 'system', content })
}

/**
 * The customer gives up their number, and WhatsApp with it; somebody else gets it.
 * @returns the new owner, with another business-scoped id and no past
 */
export function recycleNumber(simulation: Simulation, customer: Customer, name: string): Customer {
  if (customer.hasLeft) throw new ControlError(409, `${customer.name} has no number any more`)
  customer.hasLeft = true
  customer.isOnWhatsApp = false
  return addCustomer(simulation, { name, phone: customer.phone })
}

export interface MarketingChange {
  status: 'stopped' | 'resumed'
  detail?: string | undefined
}

/** The customer stops or takes again the marketing messages of a number. */
export function setMarketingPreference(
  simulation: Simulation,
  customer: Customer,
  number: PhoneNumber,
  { status, detail }: MarketingChange,
): void {
  const { clock } = simulation
  const before = customer.marketing?.[number.id]
  const sequence = (before?.sequence ?? 0) + 1
  customer.marketing = { ...customer.marketing, [number.id]: { status, sequence } }
  publish(simulation, number.id, {
    event: 'whatsapp.contact.marketing_preference_changed',
    body: JSON.stringify({
      contact: buildContact(customer, number, clock.now()),
      marketing_preference: {
        status,
        previous_status: before?.status ?? null,
        detail: detail ?? (status === 'stopped' ? 'User requested to stop marketing messages' : null),
        occurred_at: toIsoSeconds(clock.now()),
        sequence,
      },
      phone_number_id: number.id,
    }),
    subject: [customer.id, 'marketing', number.id, sequence],
    customerName: customer.name,
  })
  simulation.changed()
}
