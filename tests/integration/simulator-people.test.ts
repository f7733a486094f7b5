import { afterEach, describe, expect, it } from 'vitest'
import type { Simulator } from '../../src/simulator/simulator.ts'
import type { Customer } from '../../src/simulator/world.ts'
import {
  act,
  call,
  collectClosers,
  phoneNumberId,
  type Receiver,
  register,
  sendText,
  startFastSimulator,
  startReceiver,
} from '../support/simulator-client.ts'

const closers = collectClosers()

afterEach(() => closers.closeAll())

async function start(): Promise<{ simulator: Simulator; receiver: Receiver }> {
  const receiver = closers.add(await startReceiver())
  const simulator = closers.add(await startFastSimulator({ timeScale: 20 }))
  await register(simulator, receiver.url)
  return { simulator, receiver }
}

async function settle(simulator: Simulator): Promise<void> {
  expect(await simulator.control.settle()).toBe(true)
}

interface Body {
  message: Record<string, unknown>
  conversation: Record<string, unknown>
}

/** All that may tell who somebody is, but for the wamid. */
function identityOf({ message, conversation }: Body): unknown[] {
  const kapso = message['kapso'] as Record<string, unknown>
  return [
    ...['from', 'from_user_id', 'from_parent_user_id', 'username'].map((key) => message[key]),
    ...['phone_number', 'business_scoped_user_id', 'username'].map((key) => conversation[key]),
    kapso['phone_number'],
  ]
}

describe('people', () => {
  it('of whom nothing but the conversation is told', async () => {
    const { simulator, receiver } = await start()
    const customer = simulator.control.addCustomer({ name: 'Siapa', kind: 'nothing' })
    for (let place = 0; place < 12; place += 1) simulator.control.write(customer.id, { text: 'Halo' })
    await settle(simulator)
    const bodies = receiver.bodies('whatsapp.message.received') as Body[]
    expect(bodies).toHaveLength(12)
    const told = new Set(bodies.flatMap(identityOf))
    expect([undefined, null, ''].filter((one) => told.has(one))).toHaveLength(3)
    expect(told.size).toBe(3)
    expect(new Set(bodies.map((one) => one.conversation['id'])).size).toBe(1)
  })

  it('with a parent id tell it beside their own', async () => {
    const { simulator, receiver } = await start()
    simulator.control.changeSettings({ bodyForms: 'current' })
    const customer = simulator.control.addCustomer({ name: 'Budi', parentUserId: 'ID.ENT.506847293015824' })
    simulator.control.write(customer.id, { text: 'Halo' })
    await settle(simulator)
    expect(receiver.bodies('whatsapp.message.received')).toMatchObject([
      {
        message: { from_parent_user_id: 'ID.ENT.506847293015824' },
        conversation: { parent_business_scoped_user_id: 'ID.ENT.506847293015824' },
      },
    ])
  })

  it('hide their number and show it again', async () => {
    const { simulator, receiver } = await start()
    const customer = simulator.control.addCustomer({ name: 'Budi' })
    const write = () => simulator.control.write(customer.id, { text: 'Halo' })
    write()
    await act(simulator, `customers/${customer.id}/hide-phone`, { username: '@budi.jati' })
    write()
    await act(simulator, `customers/${customer.id}/reveal-phone`)
    write()
    await settle(simulator)
    const shows = (receiver.bodies('whatsapp.message.received') as Body[]).map((body) =>
      JSON.stringify({ ...body, message: { ...body.message, id: '' } }).includes(customer.phone),
    )
    expect(shows).toEqual([true, false, true])
    expect(customer.username).toBe('budi.jati')
  })

  it('change their number: a new id, told by an event and, if wanted, by a system message', async () => {
    const { simulator, receiver } = await start()
    const customer = simulator.control.addCustomer({ name: 'Budi' })
    simulator.control.write(customer.id, { text: 'Halo' })
    const before = { ...customer }
    await act(simulator, `customers/${customer.id}/change-identity`, {
      phone: '+62 812 0000 9999',
      systemMessage: true,
    })
    await settle(simulator)
    expect(receiver.bodies('whatsapp.contact.identity_changed')).toMatchObject([
      {
        contact: { wa_id: '6281200009999', business_scoped_user_id: customer.userId },
        previous: { business_scoped_user_id: before.userId },
      },
    ])
    expect(receiver.bodies('whatsapp.message.received').at(-1)).toMatchObject({
      message: { type: 'system', system: { type: 'user_changed_number', wa_id: '6281200009999' } },
    })
  })

  it('leave a number to somebody new, who has another id and conversation', async () => {
    const { simulator, receiver } = await start()
    const old = simulator.control.addCustomer({ name: 'Lama', kind: 'both' })
    simulator.control.write(old.id, { text: 'Dari yang lama' })
    const fresh = (await act(simulator, `customers/${old.id}/recycle`, { name: 'Baru' })) as Customer
    simulator.control.write(fresh.id, { text: 'Dari yang baru' })
    await settle(simulator)
    expect(fresh.phone).toBe(old.phone)
    expect(fresh.userId).not.toBe(old.userId)
    const bodies = receiver.bodies('whatsapp.message.received') as Body[]
    expect(new Set(bodies.map((one) => one.conversation['id'])).size).toBe(2)
    await sendText(simulator, { to: fresh.phone }, 'Halo')
    const reached = [...simulator.control.world.messages.values()].at(-1)?.customerId
    expect(reached).toBe(fresh.id)
    const again = await fetch(`${simulator.url}/simulator/customers/${old.id}/recycle`, {
      method: 'POST',
      body: '{"name":"Lagi"}',
    })
    expect(again.status).toBe(409)
  })

  it('stop marketing: counted in order, and promotions are refused from then on', async () => {
    const { simulator, receiver } = await start()
    const customer = simulator.control.addCustomer({ name: 'Budi' })
    simulator.control.write(customer.id, { text: 'Stop' })
    const template = (name: string) =>
      call(simulator, 'POST', `/meta/whatsapp/v24.0/${phoneNumberId}/messages`, {
        messaging_product: 'whatsapp',
        to: customer.phone,
        type: 'template',
        template: { name, language: { code: 'id' } },
      })
    const change = (status: string) =>
      act(simulator, `customers/${customer.id}/marketing-preference`, { status })
    await change('stopped')
    expect(await template('promo_oktober')).toMatchObject({
      status: 422,
      body: { code: 'marketing_preference_stopped' },
    })
    expect((await template('order_confirmation')).status).toBe(200)
    await change('resumed')
    expect((await template('promo_oktober')).status).toBe(200)
    await settle(simulator)
    expect(receiver.bodies('whatsapp.contact.marketing_preference_changed')).toMatchObject([
      { marketing_preference: { status: 'stopped', previous_status: null, sequence: 1 } },
      { marketing_preference: { status: 'resumed', previous_status: 'stopped', sequence: 2 } },
    ])
  })
})
