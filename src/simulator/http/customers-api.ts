import { z } from 'zod'
import { ControlError, getCustomer, type Simulation } from '../simulation.ts'
import type { SimulatorControl } from '../simulator.ts'
import { nothing, post } from './control-routes.ts'
import { parameter, route, type Route } from './exchange.ts'

const where = { phoneNumberId: z.string().optional() }
const hideSchema = z.strictObject({ username: z.string().min(3).max(36).optional(), ...where })
const identitySchema = z.strictObject({
  phone: z.string().optional(),
  systemMessage: z.boolean().optional(),
  ...where,
})
const recycleSchema = z.strictObject({ name: z.string().trim().min(1).max(200), ...where })
const marketingSchema = z.strictObject({
  status: z.enum(['stopped', 'resumed']),
  detail: z.string().optional(),
  ...where,
})
const oneOfEachSchema = z.strictObject({ customerId: z.string().optional(), ...where })
const executionSchema = z.strictObject({
  conversationId: z.string().optional(),
  customerId: z.string().optional(),
  status: z.enum(['running', 'waiting']).optional(),
  ...where,
})

/** Acting as people, colleagues and the bot. */
export function createCustomerRoutes(simulation: Simulation, control: SimulatorControl): Route[] {
  const { world } = simulation

  function ofCustomer(path: string, action: (id: string, body: never) => unknown, status = 200): Route {
    return post(`customers/:id/${path}`, (body, request) => action(parameter(request, 'id'), body), status)
  }

  function findConversation(wanted: z.output<typeof executionSchema>): string {
    if (wanted.conversationId !== undefined) return wanted.conversationId
    const open = Object.entries(getCustomer(world, wanted.customerId ?? '').openConversationIds)
    const found = open.find(([id]) => wanted.phoneNumberId === undefined || id === wanted.phoneNumberId)
    if (!found) throw new ControlError(409, 'There is no conversation with this customer yet')
    return found[1]
  }

  return [
    route('GET', '/simulator/customers', () => ({
      status: 200,
      body: { data: [...world.customers.values()] },
    })),
    route('GET', '/simulator/customers/:id/signals', (request) => {
      const { id } = getCustomer(world, parameter(request, 'id'))
      return { status: 200, body: { data: world.signals.filter((one) => one.customerId === id) } }
    }),
    post('customers', (body) => control.addCustomer(body), 201),
    ofCustomer('messages', (id, body) => control.write(id, body), 201),
    ofCustomer('business-app-messages', (id, body) => control.typeInBusinessApp(id, body), 201),
    ofCustomer('bot-messages', (id, body) => control.sayAsBot(id, body), 201),
    ofCustomer('album', (id, body) => control.sendAlbum(id, body), 201),
    ofCustomer('read', (id, body) => ({ read: control.read(id, nothing.parse(body).phoneNumberId) })),
    ofCustomer('reveal-phone', (id, body) => {
      nothing.parse(body)
      return control.revealPhone(id)
    }),
    ofCustomer('hide-phone', (id, body) => control.hidePhone(id, hideSchema.parse(body).username)),
    ofCustomer('change-identity', (id, body) => {
      const { phone, systemMessage } = identitySchema.parse(body)
      return control.changeIdentity(id, phone, systemMessage === undefined ? {} : { systemMessage })
    }),
    ofCustomer('recycle', (id, body) => control.recycleNumber(id, recycleSchema.parse(body).name), 201),
    ofCustomer('marketing-preference', (id, body) =>
      control.setMarketingPreference(id, marketingSchema.parse(body)),
    ),
    post('burst', (body) => ({ messages: control.burst(body).length }), 201),
    post('history', (body) => ({ messages: control.importHistory(body).length }), 201),
    post(
      'one-of-each',
      (body) => {
        const { customerId, phoneNumberId } = oneOfEachSchema.parse(body)
        return control.sendOneOfEach(customerId, phoneNumberId)
      },
      201,
    ),
    post('messages/:wamid/status', (body, request) => control.setStatus(parameter(request, 'wamid'), body)),
    post('conversations/:id/end', (body, request) => {
      nothing.parse(body)
      return control.endConversation(parameter(request, 'id'))
    }),
    post('conversations/:id/reopen', (body, request) => {
      nothing.parse(body)
      return control.reopenConversation(parameter(request, 'id'))
    }),
    post(
      'executions',
      (body) => {
        const wanted = executionSchema.parse(body)
        return control.startExecution(findConversation(wanted), wanted.status)
      },
      201,
    ),
    post('executions/:id/hand-off', (body, request) => {
      const { reason } = z.strictObject({ reason: z.string().optional(), ...where }).parse(body)
      return control.handOffExecution(parameter(request, 'id'), reason)
    }),
    post('executions/:id/fail', (body, request) => {
      const { message } = z.strictObject({ message: z.string().optional(), ...where }).parse(body)
      return control.failExecution(parameter(request, 'id'), message)
    }),
    post('project-events', (body) => ({ deliveryIds: control.tellProject(body) }), 201),
    post('events', (body) => ({ deliveryIds: control.deliver(body) }), 201),
  ]
}
