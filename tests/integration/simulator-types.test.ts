import { afterEach, describe, expect, it } from 'vitest'
import type { Simulator } from '../../src/simulator/simulator.ts'
import { findStrangers } from '../support/body-paths.ts'
import { findMissing, knownPaths, pathsOf, readSample } from '../support/sample-paths.ts'
import {
  act,
  allEvents,
  allProjectEvents,
  collectClosers,
  type Receiver,
  register,
  registerProject,
  startFastSimulator,
  startReceiver,
} from '../support/simulator-client.ts'

const closers = collectClosers()

afterEach(() => closers.closeAll())

interface Body {
  message: {
    id: string
    type: string
    timestamp: string
    kapso: { status: string; origin: string; statuses: { status: string; errors?: unknown[] }[] }
  }
}

async function start(seed = 1): Promise<{ simulator: Simulator; receiver: Receiver }> {
  const receiver = closers.add(await startReceiver())
  const simulator = closers.add(await startFastSimulator({ seed, timeScale: 20 }))
  await register(simulator, receiver.url)
  await registerProject(simulator, receiver.url)
  return { simulator, receiver }
}

describe('one of each', () => {
  it.each([1, 2, 3, 4])('has every event and type, and only known keys (seed %i)', async (seed) => {
    const { simulator, receiver } = await start(seed)
    simulator.control.removePhoneNumber(simulator.control.addPhoneNumber().id)
    await act(simulator, 'one-of-each')
    expect(await simulator.control.settle()).toBe(true)
    expect([...new Set(receiver.received.map((one) => one.event))].sort()).toEqual(
      [...allEvents, ...allProjectEvents].sort(),
    )
    const known = knownPaths()
    const types = new Set<string>()
    for (const delivery of receiver.received.filter((one) => allEvents.includes(one.event))) {
      const body = JSON.parse(delivery.raw) as Partial<Body>
      if (body.message) types.add(body.message.type)
      expect(findStrangers(known, pathsOf(body)), `${delivery.event} ${body.message?.type ?? ''}`).toEqual([])
    }
    expect([...types].sort()).toEqual(
      [
        ...['audio', 'button', 'contacts', 'document', 'hologram', 'image', 'interactive', 'location'],
        ...['order', 'reaction', 'sticker', 'system', 'template', 'text', 'unsupported', 'video'],
      ].sort(),
    )
    expect(new Set(receiver.received.map((one) => one.key)).size).toBe(receiver.received.length)
  })

  it('tells of a hand-over twice, and of a conversation that ended twice, as different moments', async () => {
    const { simulator, receiver } = await start()
    await act(simulator, 'one-of-each')
    expect(await simulator.control.settle()).toBe(true)
    const handovers = receiver.bodies('workflow.execution.handoff') as { occurred_at: string }[]
    expect(handovers).toHaveLength(2)
    expect(new Set(handovers.map((one) => one.occurred_at)).size).toBe(2)
    expect(receiver.bodies('whatsapp.conversation.ended').length).toBeGreaterThanOrEqual(2)
  })
})

describe('a body of the project', () => {
  const optional = ['customer.external_id']

  it.each([
    ['whatsapp.phone_number.offboarded', 'kapso-v2-project-phone-number-offboarded'],
    ['whatsapp.phone_number.reconnected', 'kapso-v2-project-phone-number-reconnected'],
    ['whatsapp.account.disabled', 'kapso-v2-project-account-disabled'],
    ['whatsapp.account.reinstated', 'kapso-v2-project-account-reinstated'],
    ['whatsapp.account.restricted', 'kapso-v2-project-account-restricted'],
    ['workflow.execution.handoff', 'kapso-v2-project-workflow-execution-handoff'],
    ['workflow.execution.failed', 'kapso-v2-project-workflow-execution-failed'],
    ['kapso_agent.run.completed', 'kapso-v2-project-agent-run-completed'],
    ['kapso_agent.run.failed', 'kapso-v2-project-agent-run-failed'],
    ['kapso_agent.run.cancelled', 'kapso-v2-project-agent-run-cancelled'],
  ])('%s has the keys and types of its sample', async (event, name) => {
    const { simulator, receiver } = await start()
    simulator.control.sendOneOfEach()
    expect(await simulator.control.settle()).toBe(true)
    const sample = readSample(name)
    const [body] = receiver.bodies(event)
    expect(findMissing(sample, body, optional)).toEqual([])
    // The sample of `restricted` lacks what the other account events have.
    const known = pathsOf(sample, { occurred_at: '', project: { id: '' } })
    expect(findStrangers(known, pathsOf(body))).toEqual([])
  })

  it('project.event carries the conversation and the properties that are given', async () => {
    const { simulator, receiver } = await start()
    await act(simulator, 'project-events', { event: 'project.event', name: 'x', conversation_id: 'c' })
    expect(await simulator.control.settle()).toBe(true)
    const [body] = receiver.bodies('project.event')
    expect(findMissing(readSample('kapso-v2-project-event'), body)).toEqual([])
    expect(body).toMatchObject({ name: 'x', conversation_id: 'c', properties: { score: 82 } })
  })
})

describe('statuses', () => {
  it('failed with the words of its code', async () => {
    const { simulator, receiver } = await start()
    const customer = simulator.control.addCustomer({ name: 'Budi' })
    const message = simulator.control.sayAsBot(customer.id, { text: 'Promo' })
    expect(await simulator.control.settle()).toBe(true)
    await act(simulator, `messages/${encodeURIComponent(message.id)}/status`, {
      status: 'failed',
      code: 131049,
    })
    expect(await simulator.control.settle()).toBe(true)
    const [body] = receiver.bodies('whatsapp.message.failed') as Body[]
    expect(body?.message.kapso.statuses.at(-1)?.errors).toMatchObject([
      {
        code: 131049,
        title: 'Meta chose not to deliver',
        error_data: { details: expect.any(String) as string },
      },
    ])
  })

  it('played comes with the event of read and a key of its own', async () => {
    const { simulator, receiver } = await start()
    const customer = simulator.control.addCustomer({ name: 'Budi' })
    const message = simulator.control.sayAsBot(customer.id, { sample: 'voice' })
    expect(await simulator.control.settle()).toBe(true)
    for (const status of ['read', 'played'] as const) simulator.control.setStatus(message.id, { status })
    expect(await simulator.control.settle()).toBe(true)
    const told = receiver.received.filter((one) => one.event === 'whatsapp.message.read')
    expect(new Set(told.map((one) => one.key)).size).toBe(2)
    const statuses = told.map((one) => (JSON.parse(one.raw) as Body).message.kapso.statuses.at(-1)?.status)
    expect(statuses).toEqual(['read', 'played'])
  })
})

describe('imported history', () => {
  it('has old times, both directions, origin history_sync and one conversation for each person', async () => {
    const { simulator, receiver } = await start()
    await act(simulator, 'history', { customers: 2, messages: 10, days: 60 })
    expect(await simulator.control.settle()).toBe(true)
    const bodies = ['received', 'sent'].flatMap(
      (event) => receiver.bodies(`whatsapp.message.${event}`) as Body[],
    )
    expect(bodies).toHaveLength(20)
    expect(new Set(bodies.map((one) => one.message.kapso.origin))).toEqual(new Set(['history_sync']))
    const times = bodies.map((one) => Number(one.message.timestamp) * 1000)
    expect(Math.max(...times)).toBeLessThan(Date.now() - 24 * 3_600_000)
    expect(Math.min(...times)).toBeLessThan(Date.now() - 59 * 24 * 3_600_000)
    expect(receiver.bodies('whatsapp.conversation.created')).toHaveLength(2)
    expect(receiver.bodies('whatsapp.conversation.ended')).toHaveLength(0)
  })
})

describe('what a customer may add', () => {
  it('forwarded, referral, a product and a reply stand where Meta puts them', async () => {
    const { simulator, receiver } = await start()
    const customer = simulator.control.addCustomer({ name: 'Budi' })
    const first = simulator.control.write(customer.id, { text: 'Halo', referral: true })
    simulator.control.write(customer.id, {
      text: 'Ini',
      replyTo: first.id,
      forwarded: true,
      frequentlyForwarded: true,
      referredProduct: { catalog_id: '1', product_retailer_id: 'kursi' },
    })
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.bodies('whatsapp.message.received')).toMatchObject([
      { message: { referral: { source_type: 'ad', ctwa_clid: expect.any(String) as string } } },
      {
        message: {
          context: {
            id: first.id,
            forwarded: true,
            frequently_forwarded: true,
            referred_product: { product_retailer_id: 'kursi' },
          },
        },
      },
    ])
  })

  it('a reaction is to the last message of the company, and can be taken away', async () => {
    const { simulator, receiver } = await start()
    const customer = simulator.control.addCustomer({ name: 'Budi' })
    const said = simulator.control.sayAsBot(customer.id, { text: 'Halo' })
    simulator.control.write(customer.id, { sample: 'reaction' })
    simulator.control.write(customer.id, { sample: 'reaction_removed' })
    expect(await simulator.control.settle()).toBe(true)
    const reactions = (
      receiver.bodies('whatsapp.message.received') as { message: { reaction: unknown } }[]
    ).map((one) => one.message.reaction)
    expect(reactions).toEqual([{ message_id: said.id, emoji: '👍' }, { message_id: said.id }])
  })
})
