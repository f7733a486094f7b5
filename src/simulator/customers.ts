import { z } from 'zod'
import { ControlError, type Simulation } from './simulation.ts'
import type { Customer } from './world.ts'

/** `POST /simulator/customers`. */
export const newCustomerSchema = z.strictObject({
  name: z.string().trim().min(1).max(200),
  /** `phone`: a number and no username; `username`: the number is hidden; `both`; `nothing`: no id at all. */
  kind: z.enum(['phone', 'username', 'both', 'nothing']).default('phone'),
  /** Any spelling; a leading 0 is taken as Indonesian. Made up when left out. */
  phone: z.string().max(30).optional(),
  /** Made up from the name when left out. */
  username: z.string().max(40).optional(),
  userId: z
    .string()
    .regex(/^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/)
    .optional(),
  parentUserId: z
    .string()
    .regex(/^[A-Z]{2}\.ENT\.[A-Za-z0-9]{1,128}$/)
    .optional(),
  isOnWhatsApp: z.boolean().default(true),
})

export type NewCustomer = z.input<typeof newCustomerSchema>

const countries = [
  ['62', 'ID'],
  ['971', 'AE'],
  ['966', 'SA'],
  ['65', 'SG'],
  ['60', 'MY'],
  ['1', 'US'],
] as const

function findCountry(phone: string): string {
  return countries.find(([code]) => phone.startsWith(code))?.[1] ?? 'GB'
}

/** Digits with country code. */
export function toPhoneDigits(spelling: string): string {
  const digits = spelling.replace(/\D/g, '').replace(/^00/, '')
  return digits.startsWith('0') ? `62${digits.slice(1)}` : digits
}

/** A number that nobody has. */
export function makePhone(simulation: Simulation): string {
  const start = Math.floor(simulation.identifiers.fraction('first phone') * 10_000)
  const place = start + simulation.identifiers.next('phone')
  const block = Math.floor(place / 10_000)
  return `62812${String(block).padStart(4, '0')}${String(place % 10_000).padStart(4, '0')}`
}

/** A business-scoped id of the phone's country. */
export function makeUserId(simulation: Simulation, phone: string, ...parts: unknown[]): string {
  return `${findCountry(phone)}.${simulation.identifiers.digits(20, 'user id', ...parts)}`
}

/** A username made of a name. */
export function makeUsername(name: string, suffix: string): string {
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '.')
    .replace(/^\.+|\.+$/g, '')
  return `${plain.slice(0, 24) || 'user'}${suffix}`
}

/** Throws ControlError 409 when somebody has this number or username. */
export function checkIsFree(simulation: Simulation, phone: string, username: string | null) {
  for (const other of simulation.world.customers.values()) {
    if (other.phone === phone && !other.hasLeft)
      throw new ControlError(409, `${other.name} already has the number ${phone}`)
    if (username !== null && other.username === username) {
      throw new ControlError(409, `${other.name} already has the username ${username}`)
    }
  }
}

/** Adds a person. Throws ControlError 422 for an impossible phone or username and 409 for one that is taken. */
export function addCustomer(simulation: Simulation, input: NewCustomer): Customer {
  const wanted = newCustomerSchema.parse(input)
  const { world, identifiers, clock } = simulation
  const place = identifiers.next('customer')
  const phone = wanted.phone?.trim() ? toPhoneDigits(wanted.phone) : makePhone(simulation)
  if (!/^\d{8,15}$/.test(phone)) throw new ControlError(422, 'A phone number has 8 to 15 digits')
  const given = wanted.username?.trim().replace(/^@/, '').toLowerCase()
  const username =
    wanted.kind === 'phone' || wanted.kind === 'nothing'
      ? null
      : given
        ? given
        : makeUsername(wanted.name, String(place % 100))
  if (username !== null && !/^[a-z0-9._]{3,35}$/.test(username)) {
    throw new ControlError(422, 'A username has 3 to 35 letters a to z, digits, dots or underscores')
  }
  checkIsFree(simulation, phone, username)
  const id = identifiers.uuid('customer', place)
  const customer: Customer = {
    id,
    name: wanted.name,
    phone,
    sharesPhone: wanted.kind === 'phone' || wanted.kind === 'both',
    ...(wanted.kind === 'nothing' ? { isNameless: true } : {}),
    ...(wanted.parentUserId === undefined ? {} : { parentUserId: wanted.parentUserId }),
    username,
    userId: wanted.userId ?? makeUserId(simulation, phone, id, 0),
    isOnWhatsApp: wanted.isOnWhatsApp,
    createdAt: clock.now(),
    openConversationIds: {},
    lastInboundAt: {},
    typingSeenUntil: {},
  }
  world.customers.set(id, customer)
  simulation.changed()
  return customer
}

/** Finds who is meant by digits of a phone number. */
export function findByPhone(simulation: Simulation, digits: string): Customer | undefined {
  for (const customer of simulation.world.customers.values()) {
    if (customer.phone === digits && !customer.hasLeft) return customer
  }
  return undefined
}

/** Finds who is meant by a business-scoped user id, compared byte for byte. */
export function findByUserId(simulation: Simulation, userId: string): Customer | undefined {
  for (const customer of simulation.world.customers.values()) {
    if (customer.userId === userId && !customer.hasLeft) return customer
  }
  return undefined
}
