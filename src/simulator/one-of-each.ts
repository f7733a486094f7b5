import { endConversation, reopenConversation, tellInactive } from './conversations.ts'
import { addCustomer } from './customers.ts'
import { buildMessageError } from './error-codes.ts'
import { failExecution, handOffExecution, moveExecution, startExecution } from './executions.ts'
import { changeIdentity, setMarketingPreference } from './identities.ts'
import { recordMessage } from './messages.ts'
import { projectEvents, tellProject } from './project.ts'
import { buildSample, companySamples, sampleNames } from './samples.ts'
import { chooseNumber, getConversation, getCustomer, type Simulation } from './simulation.ts'
import { addStatus } from './statuses.ts'
import type { Conversation, Customer, PhoneNumber } from './world.ts'
import { writeAsCompany, writeAsCustomer } from './writing.ts'

const hourMs = 3_600_000

function sendMessages(simulation: Simulation, customer: Customer, number: PhoneNumber): Conversation {
  const where = { phoneNumberId: number.id }
  const first = writeAsCustomer(simulation, customer.id, { text: 'Halo', referral: true, ...where })
  const answer = writeAsCompany(simulation, customer.id, { text: 'Halo juga', ...where }, 'bot')
  for (const sample of sampleNames) {
    if (companySamples.has(sample)) writeAsCompany(simulation, customer.id, { sample, ...where }, 'bot')
    else writeAsCustomer(simulation, customer.id, { sample, caption: 'Seperti ini', ...where })
  }
  writeAsCustomer(simulation, customer.id, { text: 'Yang ini', replyTo: answer.id, ...where })
  writeAsCustomer(simulation, customer.id, { text: 'Lihat ini', forwarded: true, ...where })
  writeAsCompany(simulation, customer.id, { sample: 'image', ...where }, 'business_app')
  return getConversation(simulation.world, first.conversationId)
}

function sendStatuses(simulation: Simulation, customer: Customer, number: PhoneNumber): void {
  const voice = buildSample(simulation, 'voice') ?? { type: 'text', content: { body: '' } }
  const played = recordMessage(simulation, { customer, number, author: 'bot', ...voice })
  for (const status of ['sent', 'delivered', 'read', 'played'] as const) {
    addStatus(simulation, played, status, { goesOn: false })
  }
  const text = { type: 'text', content: { body: 'Tidak sampai' } }
  const failed = recordMessage(simulation, { customer, number, author: 'bot', ...text })
  addStatus(simulation, failed, 'sent', { goesOn: false })
  addStatus(simulation, failed, 'failed', { goesOn: false, error: buildMessageError(131049) })
}

/**
 * Every type of message and every event of both kinds of webhooks, one after the other, with one customer: somebody
 * new when nobody is named.
 */
export function sendOneOfEach(simulation: Simulation, customerId?: string, phoneNumberId?: string): Customer {
  const { world, clock } = simulation
  const number = chooseNumber(world, phoneNumberId)
  const customer = customerId
    ? getCustomer(world, customerId)
    : addCustomer(simulation, { name: 'Satu Dari Semua', kind: 'both' })
  const conversation = sendMessages(simulation, customer, number)
  sendStatuses(simulation, customer, number)
  setMarketingPreference(simulation, customer, number, { status: 'stopped' })
  setMarketingPreference(simulation, customer, number, { status: 'resumed' })
  const execution = startExecution(simulation, conversation)
  handOffExecution(simulation, execution)
  moveExecution(simulation, execution, 'waiting')
  handOffExecution(simulation, execution, 'Asked again')
  failExecution(simulation, startExecution(simulation, conversation, 'running'))
  changeIdentity(simulation, customer, { systemMessage: true })
  tellInactive(simulation, conversation, clock.now() + 24 * hourMs)
  endConversation(simulation, conversation, clock.now())
  reopenConversation(simulation, conversation)
  endConversation(simulation, conversation, clock.now())
  for (const event of projectEvents) tellProject(simulation, { event, phoneNumberId: number.id })
  simulation.changed()
  return customer
}
