import { z } from 'zod'
import { toPhoneDigits } from './customers.ts'
import * as customers from './customers.ts'
import { endConversation, sweepConversations } from './conversations.ts'
import { publish } from './delivery/publish.ts'
import { faultSchema, type FaultRule, type NewFault } from './faults.ts'
import { receiveFromCustomer, recordMessage } from './messages.ts'
import { addNumber, type NewNumber, removeNumber } from './numbers.ts'
import { type Settings, settingsSchema } from './settings.ts'
import {
  chooseNumber,
  ControlError,
  getConversation,
  getCustomer,
  getMessage,
  getNumber,
  type Simulation,
} from './simulation.ts'
import { addStatus, readAsCustomer, scheduleNextStatus } from './statuses.ts'
import type { Conversation, Customer, Message, PhoneNumber } from './world.ts'

/** `POST /simulator/customers/{id}/messages`: what a customer writes. */
export const writeSchema = z
  .strictObject({
    text: z.string().min(1).max(65_536).optional(),
    /** Another kind of message: Meta's type and what stands under that key. */
    type: z.string().min(1).optional(),
    content: z.unknown().optional(),
    phoneNumberId: z.string().optional(),
    replyTo: z.string().optional(),
    /** Milliseconds since 1970; now when left out. */
    at: z.number().int().optional(),
  })
  .refine(
    (value) => (value.text === undefined) !== (value.type === undefined),
    'Give a text, or type and content',
  )

/** What a colleague types in the WhatsApp Business app, or the bot says. */
export const companyMessageSchema = z.strictObject({
  text: z.string().min(1).max(4096),
  phoneNumberId: z.string().optional(),
  at: z.number().int().optional(),
})

export const statusSchema = z.strictObject({
  status: z.enum(['sent', 'delivered', 'read', 'failed']),
  at: z.number().int().optional(),
  error: z.strictObject({ code: z.number().int(), title: z.string(), message: z.string() }).optional(),
})

export const eventSchema = z.strictObject({
  event: z.string().min(1),
  body: z.unknown().optional(),
  /** Left out: to the project webhooks. */
  phoneNumberId: z.string().optional(),
})

export type Write = z.input<typeof writeSchema>
export type CompanyMessage = z.input<typeof companyMessageSchema>
export type NewStatus = z.input<typeof statusSchema>
export type RawEvent = z.input<typeof eventSchema>

/** What tests and the page do with the simulator besides what a client of Kapso does. */
export interface Control {
  addPhoneNumber(input?: NewNumber): PhoneNumber
  removePhoneNumber(id: string): void
  addCustomer(input: customers.NewCustomer): Customer
  /** A customer writes. Throws ControlError 404 for an unknown customer or number. */
  write(customerId: string, input: Write): Message
  /** The customer reads what the company wrote. Returns how many messages became read. */
  read(customerId: string, phoneNumberId?: string): number
  typeInBusinessApp(customerId: string, input: CompanyMessage): Message
  sayAsBot(customerId: string, input: CompanyMessage): Message
  setStatus(wamid: string, input: NewStatus): Message
  endConversation(conversationId: string): Conversation
  revealPhone(customerId: string): Customer
  changeIdentity(customerId: string, newPhone?: string): Customer
  /** Delivers any event with any body, signed like every other. Returns the ids of the deliveries. */
  deliver(input: RawEvent): string[]
  addFault(input: NewFault): FaultRule
  clearFaults(): void
  changeSettings(input: Partial<Settings>): Settings
  /** Ends silent conversations now, which otherwise happens twice a minute. */
  sweep(): void
}

/** What one can do to a running simulator. Inputs are checked; a wrong one throws ZodError or ControlError. */
export function createControl(simulation: Simulation): Control {
  const { world, identifiers, clock } = simulation

  function speakAsCompany(
    customerId: string,
    input: CompanyMessage,
    author: 'business_app' | 'bot',
  ): Message {
    const { text, phoneNumberId, at } = companyMessageSchema.parse(input)
    const message = recordMessage(simulation, {
      customer: getCustomer(world, customerId),
      number: chooseNumber(world, phoneNumberId),
      author,
      type: 'text',
      content: { body: text },
      ...(at === undefined ? {} : { at }),
    })
    if (at === undefined) scheduleNextStatus(simulation, message)
    else addStatus(simulation, message, 'sent', { at })
    return message
  }

  return {
    addPhoneNumber: (input = {}) => addNumber(simulation, input),
    removePhoneNumber(id) {
      removeNumber(simulation, getNumber(world, id))
    },
    addCustomer: (input) => customers.addCustomer(simulation, input),
    write(customerId, input) {
      const { text, type, content, phoneNumberId, replyTo, at } = writeSchema.parse(input)
      return receiveFromCustomer(simulation, {
        customer: getCustomer(world, customerId),
        number: chooseNumber(world, phoneNumberId),
        type: type ?? 'text',
        content: text === undefined ? content : { body: text },
        replyTo: replyTo ?? null,
        ...(at === undefined ? {} : { at }),
      })
    },
    read: (customerId, phoneNumberId) =>
      readAsCustomer(simulation, getCustomer(world, customerId), chooseNumber(world, phoneNumberId).id),
    typeInBusinessApp: (customerId, input) => speakAsCompany(customerId, input, 'business_app'),
    sayAsBot: (customerId, input) => speakAsCompany(customerId, input, 'bot'),
    setStatus(wamid, input) {
      const { status, at, error } = statusSchema.parse(input)
      const message = getMessage(world, wamid)
      if (message.author === 'customer')
        throw new ControlError(422, 'Only messages of the company have statuses')
      addStatus(simulation, message, status, {
        ...(at === undefined ? {} : { at }),
        error: error ?? null,
        goesOn: false,
      })
      return message
    },
    endConversation(conversationId) {
      const conversation = getConversation(world, conversationId)
      endConversation(simulation, conversation, clock.now())
      return conversation
    },
    revealPhone(customerId) {
      const customer = getCustomer(world, customerId)
      customers.revealPhone(simulation, customer)
      return customer
    },
    changeIdentity(customerId, newPhone) {
      const customer = getCustomer(world, customerId)
      customers.changeIdentity(
        simulation,
        customer,
        newPhone === undefined ? undefined : toPhoneDigits(newPhone),
      )
      return customer
    },
    deliver(input) {
      const { event, body, phoneNumberId } = eventSchema.parse(input)
      return publish(simulation, phoneNumberId ?? null, {
        event,
        body: typeof body === 'string' ? body : JSON.stringify(body ?? {}),
        subject: ['raw', identifiers.next('raw')],
      })
    },
    addFault(input) {
      const id = identifiers.uuid('fault', identifiers.next('fault'))
      const rule: FaultRule = { ...faultSchema.parse(input), id, drawn: 0, hit: 0 }
      world.faults.push(rule)
      simulation.changed()
      return rule
    },
    clearFaults() {
      world.faults.length = 0
      simulation.changed()
    },
    changeSettings(input) {
      Object.assign(world.settings, settingsSchema.partial().parse(input))
      simulation.changed()
      return world.settings
    },
    sweep() {
      sweepConversations(simulation)
    },
  }
}
