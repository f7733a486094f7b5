import { z } from 'zod'
import { ControlError, type Simulation } from '../simulation.ts'
import type { SimulatorControl } from '../simulator.ts'
import { type ApiRequest, type Handler, parameter, readJson, route, type Route } from './exchange.ts'
import { buildView } from './view.ts'

const nothing = z.strictObject({}).optional()
const readSchema = z.strictObject({ phoneNumberId: z.string().optional() }).optional()
const settleSchema = z.strictObject({ timeoutMs: z.number().int().min(0).max(300_000).default(10_000) })

function readBody(request: ApiRequest): unknown {
  if (request.body.length === 0) return {}
  const body = readJson(request)
  if (body === undefined) throw new ControlError(400, 'The body is not JSON')
  return body
}

/**
 * What is not Kapso: acting as customers, colleagues and the network, below `/simulator`. Bodies are checked by the
 * control, whose errors become 404, 409 and 422 with `{error}`.
 */
export function createControlRoutes(simulation: Simulation, control: SimulatorControl): Route[] {
  const { world } = simulation

  /** A POST that hands its body to an action and answers with what comes back. */
  function post(path: string, action: (body: never, request: ApiRequest) => unknown, status = 200): Route {
    return route('POST', `/simulator/${path}`, async (request) => ({
      status,
      body: { data: await action(readBody(request) as never, request) },
    }))
  }

  const view: Handler = (request) => ({
    status: 200,
    body: buildView(simulation, {
      customerId: request.query.get('customer'),
      phoneNumberId: request.query.get('number'),
    }),
  })

  return [
    route('GET', '/simulator/state', () => ({
      status: 200,
      body: {
        data: {
          phoneNumbers: [...world.phoneNumbers.values()],
          customers: [...world.customers.values()],
          conversations: [...world.conversations.values()],
          messages: [...world.messages.values()],
          webhooks: [...world.webhooks.values()],
          faults: world.faults,
          settings: world.settings,
          waiting: control.waiting(),
        },
      },
    })),
    route('GET', '/simulator/view', view),
    route('GET', '/simulator/deliveries', () => ({
      status: 200,
      body: { data: [...world.deliveries.values()].reverse() },
    })),
    route('GET', '/simulator/customers', () => ({
      status: 200,
      body: { data: [...world.customers.values()] },
    })),
    post('phone-numbers', (body) => control.addPhoneNumber(body), 201),
    route('DELETE', '/simulator/phone-numbers/:id', (request) => {
      control.removePhoneNumber(parameter(request, 'id'))
      return { status: 204, body: null }
    }),
    post('customers', (body) => control.addCustomer(body), 201),
    post('customers/:id/messages', (body, request) => control.write(parameter(request, 'id'), body), 201),
    post('customers/:id/read', (body, request) => ({
      read: control.read(parameter(request, 'id'), readSchema.parse(body)?.phoneNumberId),
    })),
    post(
      'customers/:id/business-app-messages',
      (body, request) => control.typeInBusinessApp(parameter(request, 'id'), body),
      201,
    ),
    post(
      'customers/:id/bot-messages',
      (body, request) => control.sayAsBot(parameter(request, 'id'), body),
      201,
    ),
    post('customers/:id/reveal-phone', (body, request) => {
      nothing.parse(body)
      return control.revealPhone(parameter(request, 'id'))
    }),
    post('customers/:id/change-identity', (body, request) => {
      const { phone } = z.strictObject({ phone: z.string().optional() }).parse(body)
      return control.changeIdentity(parameter(request, 'id'), phone)
    }),
    post('messages/:wamid/status', (body, request) => control.setStatus(parameter(request, 'wamid'), body)),
    post('conversations/:id/end', (body, request) => {
      nothing.parse(body)
      return control.endConversation(parameter(request, 'id'))
    }),
    post('events', (body) => ({ deliveryIds: control.deliver(body) }), 201),
    route('GET', '/simulator/faults', () => ({ status: 200, body: { data: world.faults } })),
    post('faults', (body) => control.addFault(body), 201),
    route('DELETE', '/simulator/faults', () => {
      control.clearFaults()
      return { status: 204, body: null }
    }),
    route('GET', '/simulator/settings', () => ({ status: 200, body: { data: world.settings } })),
    route('PATCH', '/simulator/settings', (request) => ({
      status: 200,
      body: { data: control.changeSettings(readBody(request) as never) },
    })),
    post('demo', (body) => {
      return control.loadDemo(readSchema.parse(body)?.phoneNumberId)
    }),
    post('reset', (body) => {
      nothing.parse(body)
      control.reset()
      return { epoch: world.epoch }
    }),
    post('settle', async (body) => ({
      settled: await control.settle(settleSchema.parse(body).timeoutMs),
      waiting: control.waiting(),
    })),
  ]
}
