import { afterEach, describe, expect, it } from 'vitest'
import type { Simulator } from '../../src/simulator/simulator.ts'
import type { Execution } from '../../src/simulator/world.ts'
import {
  act,
  call,
  collectClosers,
  type Receiver,
  registerProject,
  sendText,
  startFastSimulator,
  startReceiver,
} from '../support/simulator-client.ts'
import { readSample } from '../support/sample-paths.ts'

const closers = collectClosers()

afterEach(() => closers.closeAll())

interface Parts {
  simulator: Simulator
  receiver: Receiver
  execution: Execution
  /** Calls something below the execution. */
  ask: (method: string, rest: string, body?: unknown) => ReturnType<typeof call>
}

async function start(status?: 'running' | 'waiting'): Promise<Parts> {
  const receiver = closers.add(await startReceiver())
  const simulator = closers.add(await startFastSimulator())
  await registerProject(simulator, receiver.url)
  const customer = simulator.control.addCustomer({ name: 'Budi' })
  simulator.control.write(customer.id, { text: 'Halo' })
  const execution = (await act(simulator, 'executions', { customerId: customer.id, status })) as Execution
  const base = `/platform/v1/workflow_executions/${execution.id}`
  return {
    simulator,
    receiver,
    execution,
    ask: (method, rest, body) => call(simulator, method, `${base}${rest}`, body),
  }
}

const move = (status: string) => ({ workflow_execution: { status } })

describe('executions of the bot', () => {
  it('are listed by conversation and status, with a cursor that is there on the last page, too', async () => {
    const { simulator, execution } = await start()
    simulator.control.startExecution(execution.conversationId, 'running')
    const other = simulator.control.addCustomer({ name: 'Citra' })
    const { conversationId } = simulator.control.write(other.id, { text: 'Halo' })
    simulator.control.startExecution(conversationId)
    const path = `/platform/v1/workflows/${execution.workflowId}/executions`
    const list = async (query: string) =>
      (await call(simulator, 'GET', `${path}?${query}`)).body as {
        data: { id: string; status: string }[]
        paging: { cursors: { after: string | null } }
      }
    expect((await list('')).data).toHaveLength(3)
    const query = `whatsapp_conversation_id=${execution.conversationId}`
    expect((await list(query)).data.map((one) => one.status)).toEqual(['running', 'waiting'])
    const page = await list(`${query}&status=waiting`)
    expect(page.data).toMatchObject([
      { id: execution.id, whatsapp_conversation_id: execution.conversationId },
    ])
    expect(page.paging.cursors.after).not.toBeNull()
    expect((await list(`${query}&after=${page.paging.cursors.after ?? ''}`)).data).toEqual([])
    expect((await call(simulator, 'GET', '/platform/v1/workflows')).body).toMatchObject({
      data: [{ id: execution.workflowId }],
    })
  })

  it('are handed over and given back; a bad move is refused', async () => {
    const { receiver, simulator, ask } = await start()
    expect(await ask('PATCH', '', readSample('rest-workflow-execution-patch-handoff-request'))).toMatchObject(
      {
        status: 200,
        body: { data: { status: 'handoff' } },
      },
    )
    expect((await ask('PATCH', '', move('handoff'))).status).toBe(422)
    expect((await ask('PATCH', '', move('waiting'))).status).toBe(200)
    expect((await ask('PATCH', '', move('ended'))).status).toBe(200)
    expect((await ask('PATCH', '', move('waiting'))).status).toBe(422)
    expect((await ask('PATCH', '', { status: 'ended' })).status).toBe(422)
    expect((await ask('GET', '')).body).toMatchObject({ data: { status: 'ended' } })
    expect((await ask('GET', '/events')).body).toMatchObject({ data: { length: 4 } })
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.bodies('workflow.execution.handoff')).toEqual([])
  })

  it('tell of a hand-over over the API only where that is switched on', async () => {
    const { receiver, simulator, ask } = await start()
    simulator.control.changeSettings({ tellsApiHandoff: true })
    await ask('PATCH', '', move('handoff'))
    expect(await simulator.control.settle()).toBe(true)
    expect(receiver.bodies('workflow.execution.handoff')).toMatchObject([
      { handoff: { source: 'action_step' } },
    ])
  })

  it('go on when resumed, unless they are running or over', async () => {
    const running = await start('running')
    const message = { message: { kind: 'payload', data: {} } }
    expect((await running.ask('POST', '/resume', message)).status).toBe(409)
    expect((await running.ask('PATCH', '', move('handoff'))).status).toBe(200)
    expect((await running.ask('POST', '/resume', {})).status).toBe(422)
    expect(await running.ask('POST', '/resume', message)).toMatchObject({
      status: 200,
      body: { data: { status: 'waiting' } },
    })
    await act(running.simulator, `executions/${running.execution.id}/fail`)
    expect((await running.ask('POST', '/resume', message)).status).toBe(422)
  })

  it('are unknown below another id', async () => {
    const { simulator } = await start()
    expect((await call(simulator, 'GET', '/platform/v1/workflow_executions/none')).status).toBe(404)
  })
})

describe('calls of the REST API', () => {
  it('are slow when they are told to be, and accepted messages fail later', async () => {
    const receiver = closers.add(await startReceiver())
    const simulator = closers.add(await startFastSimulator({ timeScale: 100 }))
    await registerProject(simulator, receiver.url)
    const customer = simulator.control.addCustomer({ name: 'Budi' })
    simulator.control.write(customer.id, { text: 'Halo' })
    await act(simulator, 'faults', { on: 'send', kind: 'fails_later', code: 131049, times: 1 })
    expect((await sendText(simulator, { to: customer.phone }, 'Hai')).status).toBe(200)
    expect(await simulator.control.settle()).toBe(true)
    const failed = [...simulator.control.world.messages.values()].at(-1)
    expect([failed?.status, failed?.statuses.at(-1)?.error?.code]).toEqual(['failed', 131049])
    for (const [on, path] of [
      ['read', '/meta/whatsapp/v24.0/597000000000001/messages'],
      ['platform', '/platform/v1/whatsapp/webhooks'],
    ] as const) {
      await act(simulator, 'faults', { on, kind: 'slow', delayMs: 20_000, times: 1 })
      let isThere = false
      const slow = call(simulator, 'GET', path).then((reply) => {
        isThere = true
        return reply.status
      })
      expect((await call(simulator, 'GET', path)).status).toBe(200)
      expect(isThere).toBe(false)
      expect(await slow).toBe(200)
    }
  })

  it.each([
    ['rate_limited', 429],
    ['server_error', 500],
    ['timeout', 504],
    ['in_flight', 409],
  ] as const)('%s answers %i on lists, too', async (kind, status) => {
    const simulator = closers.add(await startFastSimulator())
    await act(simulator, 'faults', { on: 'read', kind, times: 1 })
    const path = '/meta/whatsapp/v24.0/597000000000001/messages'
    expect((await call(simulator, 'GET', path)).status).toBe(status)
    expect((await call(simulator, 'GET', path)).status).toBe(200)
  })

  it('list contacts without a phone number, too', async () => {
    const simulator = closers.add(await startFastSimulator())
    const customer = simulator.control.addCustomer({ name: 'Sinta', kind: 'username' })
    simulator.control.write(customer.id, { text: 'Halo' })
    const found = { id: customer.id, wa_id: null, business_scoped_user_id: customer.userId }
    expect((await call(simulator, 'GET', '/platform/v1/whatsapp/contacts')).body).toMatchObject({
      data: [found],
    })
    const one = await call(simulator, 'GET', `/platform/v1/whatsapp/contacts/${customer.id}`)
    expect(one.body).toMatchObject({ data: found })
  })
})
