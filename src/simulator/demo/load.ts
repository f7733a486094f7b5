import { sweepConversations } from '../conversations.ts'
import { addCustomer } from '../customers.ts'
import { receiveFromCustomer, recordMessage } from '../messages.ts'
import { chooseNumber, ControlError, type Simulation } from '../simulation.ts'
import { addStatus } from '../statuses.ts'
import type { Customer, PhoneNumber } from '../world.ts'
import { type DemoLine, demoScenario } from './scenario.ts'

export interface DemoResult {
  /** False when the demo was there already. */
  isNew: boolean
  customers: number
  messages: number
}

interface Step {
  at: number
  run: () => void
}

const minuteMs = 60_000

/** What a line does: the message at its time, and for the company's ones the statuses a little later. */
function planLine(
  simulation: Simulation,
  number: PhoneNumber,
  customer: Customer,
  line: DemoLine,
  at: number,
  readAt: number,
): Step[] {
  const [author, , text, furthest = 'read'] = line
  const content = { body: text }
  if (author === 'customer') {
    const run = () => {
      const message = receiveFromCustomer(simulation, { customer, number, type: 'text', content, at })
      message.readByCompany = readAt < simulation.clock.now()
    }
    return [{ at, run }]
  }
  let id = ''
  const tell = (status: 'sent' | 'delivered' | 'read', moment: number) => ({
    at: moment,
    run: () => {
      const message = simulation.world.messages.get(id)
      if (message) addStatus(simulation, message, status, { at: moment, goesOn: false })
    },
  })
  const steps = [
    {
      at,
      run: () => {
        id = recordMessage(simulation, { customer, number, author, type: 'text', content, at }).id
      },
    },
    tell('sent', at + 1000),
    tell('delivered', at + 3000),
  ]
  return furthest === 'read' ? [...steps, tell('read', readAt)] : steps
}

function planCustomer(
  simulation: Simulation,
  number: PhoneNumber,
  customer: Customer,
  lines: readonly DemoLine[],
  now: number,
): Step[] {
  return lines.flatMap((line, place) => {
    const at = now - line[1] * minuteMs
    const later = lines.slice(place + 1)
    // A customer has read what they answer; the company has read what it answers.
    const answer = later.find(([author]) => (author === 'customer') !== (line[0] === 'customer'))
    const answeredAt = answer ? now - answer[1] * minuteMs - 5000 : Infinity
    const isCustomer = line[0] === 'customer'
    const readAt = isCustomer ? answeredAt : Math.min(answeredAt, at + 4 * minuteMs)
    return planLine(simulation, number, customer, line, at, readAt)
  })
}

/**
 * Fills a number with customers and their last two days, all sent through its webhooks in the order in which it
 * happened. Does nothing the second time. Throws ControlError 409 while no webhook would hear of it.
 */
export function loadDemo(simulation: Simulation, phoneNumberId?: string): DemoResult {
  const { world, clock } = simulation
  const number = chooseNumber(world, phoneNumberId)
  if (world.demoLoadedAt !== null) return { isNew: false, customers: 0, messages: 0 }
  const hears = [...world.webhooks.values()].some((one) => one.active && one.phoneNumberId === number.id)
  if (!hears) throw new ControlError(409, 'Register a webhook for this number first')
  const now = clock.now()
  world.demoLoadedAt = now
  const steps = demoScenario.flatMap(({ customer: input, lines }) => {
    const customer = addCustomer(simulation, input)
    customer.createdAt = now - 3 * 24 * 60 * minuteMs
    return planCustomer(simulation, number, customer, lines, now)
  })
  for (const step of steps.sort((a, b) => a.at - b.at)) step.run()
  sweepConversations(simulation)
  return {
    isNew: true,
    customers: demoScenario.length,
    messages: demoScenario.reduce((sum, one) => sum + one.lines.length, 0),
  }
}
