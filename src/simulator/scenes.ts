import { z } from 'zod'
import { addCustomer } from './customers.ts'
import { receiveFromCustomer, recordMessage } from './messages.ts'
import { chooseNumber, getCustomer, type Simulation } from './simulation.ts'
import { addStatus } from './statuses.ts'
import type { Customer, Message } from './world.ts'
import { writeAsCustomer } from './writing.ts'

export const albumSchema = z.strictObject({
  count: z.number().int().min(1).max(100).default(10),
  caption: z.string().optional(),
  phoneNumberId: z.string().optional(),
})

export const burstSchema = z.strictObject({
  customers: z.number().int().min(1).max(10_000).default(10),
  messages: z.number().int().min(1).max(1000).default(5),
  phoneNumberId: z.string().optional(),
})

export const historySchema = z.strictObject({
  /** So many people who are made for it; nobody is when `customerId` names somebody. */
  customers: z.number().int().min(1).max(1000).default(3),
  messages: z.number().int().min(1).max(1000).default(20),
  days: z.number().min(1).max(180).default(30),
  customerId: z.string().optional(),
  phoneNumberId: z.string().optional(),
})

export type Album = z.input<typeof albumSchema>
export type Burst = z.input<typeof burstSchema>
export type History = z.input<typeof historySchema>

/** Pictures that somebody chose together: they leave at once, and none waits for another. */
export function sendAlbum(simulation: Simulation, customerId: string, input: Album): Message[] {
  const { count, caption, phoneNumberId } = albumSchema.parse(input)
  const at = simulation.clock.now()
  return Array.from({ length: count }, (_, place) =>
    writeAsCustomer(simulation, customerId, {
      sample: 'image',
      inParallel: true,
      at,
      ...(place === 0 && caption ? { caption } : {}),
      ...(phoneNumberId === undefined ? {} : { phoneNumberId }),
    }),
  )
}

/** Many new people write at once, their messages mixed. */
export function burst(simulation: Simulation, input: Burst): Message[] {
  const wanted = burstSchema.parse(input)
  const number = chooseNumber(simulation.world, wanted.phoneNumberId)
  const people = Array.from({ length: wanted.customers }, () =>
    addCustomer(simulation, { name: `Pembeli ${String(simulation.identifiers.next('burst'))}` }),
  )
  return Array.from({ length: wanted.messages }, (_, place) =>
    people.map((customer) =>
      receiveFromCustomer(simulation, {
        customer,
        number,
        type: 'text',
        content: { body: `Pesan ${String(place + 1)} dari ${customer.name}` },
      }),
    ),
  ).flat()
}

/** What a number's WhatsApp Business app knew before it was connected, both sides of it. */
export function importHistory(simulation: Simulation, input: History): Message[] {
  const wanted = historySchema.parse(input)
  const { world, identifiers, clock } = simulation
  const number = chooseNumber(world, wanted.phoneNumberId)
  const people: Customer[] =
    wanted.customerId === undefined
      ? Array.from({ length: wanted.customers }, () =>
          addCustomer(simulation, { name: `Pelanggan lama ${String(identifiers.next('history'))}` }),
        )
      : [getCustomer(world, wanted.customerId)]
  const begin = clock.now() - wanted.days * 24 * 3_600_000
  const step = ((wanted.days - 0.5) * 24 * 3_600_000) / wanted.messages
  return people.flatMap((customer) =>
    Array.from({ length: wanted.messages }, (_, place) => {
      const at = Math.floor(begin + place * step)
      const content = { body: `Pesan lama ${String(place + 1)}` }
      const common = { customer, number, type: 'text', content, at, isHistory: true }
      if (place % 2 === 0) return receiveFromCustomer(simulation, common)
      const message = recordMessage(simulation, { ...common, author: 'business_app' })
      addStatus(simulation, message, 'sent', { at, goesOn: false })
      return message
    }),
  )
}
