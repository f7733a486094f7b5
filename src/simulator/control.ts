import { z } from 'zod'
import { endConversation, reopenConversation, sweepConversations } from './conversations.ts'
import * as customers from './customers.ts'
import { publish } from './delivery/publish.ts'
import { buildMessageError } from './error-codes.ts'
import * as executions from './executions.ts'
import { faultSchema, type FaultRule, type NewFault } from './faults.ts'
import * as identities from './identities.ts'
import { addMedia, bytesOf, getMedia, type MediaBehaviour, type NewMedia } from './media/library.ts'
import { addNumber, type NewNumber, removeNumber } from './numbers.ts'
import { sendOneOfEach } from './one-of-each.ts'
import { type ProjectEvent, tellProject } from './project.ts'
import * as scenes from './scenes.ts'
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
import { addStatus, readAsCustomer } from './statuses.ts'
import * as webhooks from './webhooks.ts'
import { setTemplate, type Template, type TemplateChange } from './templates.ts'
import type { Conversation, Customer, Execution, MediaItem, Message, PhoneNumber, Webhook } from './world.ts'
import { type CompanyMessage, type Write, writeAsCompany, writeAsCustomer } from './writing.ts'

export const statusSchema = z.strictObject({
  status: z.enum(['sent', 'delivered', 'read', 'played', 'failed']),
  at: z.number().int().optional(),
  error: z
    .strictObject({
      code: z.number().int(),
      title: z.string(),
      message: z.string(),
      details: z.string().optional(),
    })
    .optional(),
  /** In place of `error`: WhatsApp's words for this code. */
  code: z.number().int().optional(),
})

export const eventSchema = z.strictObject({
  event: z.string().min(1),
  body: z.unknown().optional(),
  /** Left out: to the project webhooks. */
  phoneNumberId: z.string().optional(),
})

export const outageSchema = z.strictObject({
  /** Of simulated time. */
  seconds: z.number().min(0).max(86_400),
  kind: z.enum(['unreachable', 'silent']).default('unreachable'),
})

export type NewStatus = z.input<typeof statusSchema>
export type RawEvent = z.input<typeof eventSchema>
export type Outage = z.input<typeof outageSchema>
export type { CompanyMessage, Write }

/** What tests and the page do with the simulator besides what a client of Kapso does. */
export interface Control {
  addPhoneNumber(input?: NewNumber): PhoneNumber
  removePhoneNumber(id: string): void
  addCustomer(input: customers.NewCustomer): Customer
  /** A customer writes. Throws ControlError 404 for an unknown customer or number. */
  write(customerId: string, input: Write): Message
  sendAlbum(customerId: string, input?: scenes.Album): Message[]
  burst(input?: scenes.Burst): Message[]
  importHistory(input?: scenes.History): Message[]
  /** Every type of message and every event once. Returns the customer it was about. */
  sendOneOfEach(customerId?: string, phoneNumberId?: string): Customer
  /** The customer reads what the company wrote. Returns how many messages became read. */
  read(customerId: string, phoneNumberId?: string): number
  typeInBusinessApp(customerId: string, input: CompanyMessage): Message
  sayAsBot(customerId: string, input: CompanyMessage): Message
  setStatus(wamid: string, input: NewStatus): Message
  endConversation(conversationId: string): Conversation
  /** Makes an ended conversation active again; no event tells of it. */
  reopenConversation(conversationId: string): Conversation
  revealPhone(customerId: string): Customer
  hidePhone(customerId: string, username?: string): Customer
  changeIdentity(customerId: string, newPhone?: string, more?: { systemMessage?: boolean }): Customer
  /** The number goes to somebody new, who is returned. */
  recycleNumber(customerId: string, name: string): Customer
  setMarketingPreference(
    customerId: string,
    change: identities.MarketingChange & { phoneNumberId?: string | undefined },
  ): Customer
  startExecution(conversationId: string, status?: 'running' | 'waiting'): Execution
  handOffExecution(executionId: string, reason?: string): Execution
  failExecution(executionId: string, message?: string): Execution
  /** Makes the documented body of an event of the project. Returns the ids of the deliveries. */
  tellProject(input: ProjectEvent): string[]
  /** Delivers any event with any body, signed like every other. Returns the ids of the deliveries. */
  deliver(input: RawEvent): string[]
  addMedia(input: NewMedia): MediaItem
  changeMedia(mediaId: string, behaviour: MediaBehaviour): MediaItem
  /** The bytes of a file, as whoever downloads it gets them. */
  readMedia(mediaId: string): Buffer
  /** Makes or changes a template of a number's business account; in its absence the first number's. */
  setTemplate(input: TemplateChange, phoneNumberId?: string): Template
  rotateSecret(webhookId: string, input?: webhooks.SecretRotation): Webhook
  changeWebhook(webhookId: string, input: webhooks.WebhookChange): Webhook
  /** Nothing reaches any receiver for so many seconds of simulated time. */
  startOutage(input: Outage): void
  endOutage(): void
  addFault(input: NewFault): FaultRule
  removeFault(id: string): void
  clearFaults(): void
  changeSettings(input: Partial<Settings>): Settings
  /** Ends silent conversations now, which otherwise happens twice a minute. */
  sweep(): void
}

/** What one can do to a running simulator. Inputs are checked; a wrong one throws ZodError or ControlError. */
export function createControl(simulation: Simulation): Control {
  const { world, identifiers, clock } = simulation

  /** Does something to a customer and gives them back. */
  function withCustomer(id: string, action: (customer: Customer) => void): Customer {
    const customer = getCustomer(world, id)
    action(customer)
    return customer
  }

  function withConversation(id: string, action: (conversation: Conversation) => void): Conversation {
    const conversation = getConversation(world, id)
    action(conversation)
    return conversation
  }

  function withExecution(id: string, action: (execution: Execution) => void): Execution {
    const execution = executions.getExecution(simulation, id)
    action(execution)
    return execution
  }

  return {
    addPhoneNumber: (input = {}) => addNumber(simulation, input),
    removePhoneNumber(id) {
      removeNumber(simulation, getNumber(world, id))
    },
    addCustomer: (input) => customers.addCustomer(simulation, input),
    write: (customerId, input) => writeAsCustomer(simulation, customerId, input),
    sendAlbum: (customerId, input = {}) => scenes.sendAlbum(simulation, customerId, input),
    burst: (input = {}) => scenes.burst(simulation, input),
    importHistory: (input = {}) => scenes.importHistory(simulation, input),
    sendOneOfEach: (customerId, phoneNumberId) => sendOneOfEach(simulation, customerId, phoneNumberId),
    read: (customerId, phoneNumberId) =>
      readAsCustomer(simulation, getCustomer(world, customerId), chooseNumber(world, phoneNumberId).id),
    typeInBusinessApp: (customerId, input) => writeAsCompany(simulation, customerId, input, 'business_app'),
    sayAsBot: (customerId, input) => writeAsCompany(simulation, customerId, input, 'bot'),
    setStatus(wamid, input) {
      const { status, at, error, code } = statusSchema.parse(input)
      const message = getMessage(world, wamid)
      if (message.author === 'customer')
        throw new ControlError(422, 'Only messages of the company have statuses')
      addStatus(simulation, message, status, {
        ...(at === undefined ? {} : { at }),
        error: error ?? (code === undefined ? null : buildMessageError(code)),
        goesOn: false,
      })
      return message
    },
    endConversation: (id) =>
      withConversation(id, (one) => {
        endConversation(simulation, one, clock.now())
      }),
    reopenConversation: (id) =>
      withConversation(id, (one) => {
        reopenConversation(simulation, one)
      }),
    revealPhone: (id) =>
      withCustomer(id, (one) => {
        identities.revealPhone(simulation, one)
      }),
    hidePhone: (id, username) =>
      withCustomer(id, (one) => {
        identities.hidePhone(simulation, one, username)
      }),
    changeIdentity: (id, phone, more = {}) =>
      withCustomer(id, (one) => {
        identities.changeIdentity(simulation, one, { phone, ...more })
      }),
    recycleNumber: (id, name) => identities.recycleNumber(simulation, getCustomer(world, id), name),
    setMarketingPreference: (id, { phoneNumberId, ...change }) =>
      withCustomer(id, (one) => {
        identities.setMarketingPreference(simulation, one, chooseNumber(world, phoneNumberId), change)
      }),
    startExecution: (conversationId, status) =>
      executions.startExecution(simulation, getConversation(world, conversationId), status),
    handOffExecution: (id, reason) =>
      withExecution(id, (one) => {
        executions.handOffExecution(simulation, one, reason)
      }),
    failExecution: (id, message) =>
      withExecution(id, (one) => {
        executions.failExecution(simulation, one, message)
      }),
    tellProject: (input) => tellProject(simulation, input),
    deliver(input) {
      const { event, body, phoneNumberId } = eventSchema.parse(input)
      return publish(simulation, phoneNumberId ?? null, {
        event,
        body: typeof body === 'string' ? body : JSON.stringify(body ?? {}),
        subject: ['raw', identifiers.next('raw')],
      })
    },
    readMedia: (mediaId) => bytesOf(simulation, getMedia(simulation, mediaId)),
    setTemplate: (input, phoneNumberId) =>
      setTemplate(simulation, chooseNumber(world, phoneNumberId).businessAccountId, input),
    addMedia: (input) => addMedia(simulation, input),
    changeMedia(mediaId, behaviour) {
      const item = getMedia(simulation, mediaId)
      item.behaviour = behaviour
      simulation.changed()
      return item
    },
    rotateSecret: (id, input = {}) =>
      webhooks.rotateSecret(simulation, webhooks.getWebhook(simulation, id), input),
    changeWebhook: (id, input) =>
      webhooks.changeWebhook(simulation, webhooks.getWebhook(simulation, id), input),
    startOutage(input) {
      const { kind, seconds } = outageSchema.parse(input)
      simulation.network.fail(kind, seconds)
    },
    endOutage() {
      simulation.network.repair()
    },
    addFault(input) {
      const id = identifiers.uuid('fault', identifiers.next('fault'))
      const rule: FaultRule = { ...faultSchema.parse(input), id, drawn: 0, hit: 0 }
      world.faults.push(rule)
      simulation.changed()
      return rule
    },
    removeFault(id) {
      const place = world.faults.findIndex((one) => one.id === id)
      if (place < 0) throw new ControlError(404, `There is no fault ${id}`)
      world.faults.splice(place, 1)
      simulation.changed()
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
