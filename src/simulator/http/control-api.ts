import { z } from 'zod'
import type { Simulation } from '../simulation.ts'
import type { SimulatorControl } from '../simulator.ts'
import { nothing, post, readBody } from './control-routes.ts'
import { createCustomerRoutes } from './customers-api.ts'
import { type Handler, parameter, route, type Route } from './exchange.ts'
import { createFaultRoutes } from './faults-api.ts'
import { buildView } from './view.ts'

const settleSchema = z.strictObject({ timeoutMs: z.number().int().min(0).max(300_000).default(10_000) })
const whereSchema = z.strictObject({ phoneNumberId: z.string().optional() })

/**
 * What is not Kapso: acting as customers, colleagues and the network, below `/simulator`. A body is JSON and checked by
 * the control; the answer is `{data}`, or `{error}` with 400, 404, 409 or 422. Where no `phoneNumberId` is given the
 * first business number is meant. In tests `simulator.control` does the same without HTTP.
 *
 * To look at: `GET state`, `view`, `deliveries`, `customers`, `faults`, `settings`, `stream` (server-sent events).
 *
 * People, below `customers`: `POST` itself adds one (`kind` phone, username, both or nothing); then, behind `/:id`,
 * `reveal-phone`, `hide-phone {username?}`, `change-identity {phone?, systemMessage?}`, `recycle {name}`,
 * `marketing-preference {status, detail?}`, `read`. `GET customers/:id/signals` tells when they were shown that they were
 * read, or that somebody types.
 *
 * Messages, behind `customers/:id`: `messages`, `business-app-messages` and `bot-messages`, each with `{text}` or
 * `{type, content}` or `{sample, media?, caption?, target?}`, and `replyTo`, `at`; those of customers also with
 * `forwarded`, `frequentlyForwarded`, `referral`, `referredProduct`, `transcript`, `inParallel`. `album {count?}` sends
 * pictures at once. `burst {customers?, messages?}`, `history {customers?, messages?, days?}`,
 * `one-of-each {customerId?}` and `demo` are whole scenes. `messages/:wamid/status {status, code?}` and
 * `conversations/:id/end` or `/reopen` do what is told to happen.
 *
 * The project: `project-events {event}` with the body that belongs to it, `executions {conversationId | customerId}`,
 * then behind `/:id` `hand-off {reason?}` or `fail {message?}`. `events {event, body}` delivers anything, signed.
 *
 * Files: `POST media {format, behaviour?}`, `PATCH media/:id {behaviour}`, `GET media/:id` (its bytes, for the page).
 * Templates: `POST templates {name, language?, status?, components?, ...}` makes or changes one.
 *
 * What goes wrong: `POST faults` (see faults.ts), `DELETE faults` or `faults/:id`, `POST outage {seconds, kind?}`,
 * `DELETE outage`, `POST webhooks/:id/rotate-secret {secret?, phase?}`, `PATCH webhooks/:id`.
 *
 * The rest: `PATCH settings` (see settings.ts; `timeScale` makes waits shorter, `parallelDeliveries: 1` makes the order
 * of arrival the same for the same seed), `sweep`, `settle {timeoutMs?}`, `reset`.
 */
export function createControlRoutes(simulation: Simulation, control: SimulatorControl): Route[] {
  const { world } = simulation

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
          media: [...world.media.values()],
          executions: [...world.executions.values()],
          faults: world.faults,
          settings: world.settings,
          outage: simulation.network.state(),
          waiting: control.waiting(),
        },
      },
    })),
    route('GET', '/simulator/view', view),
    route('GET', '/simulator/deliveries', () => ({
      status: 200,
      body: { data: [...world.deliveries.values()].reverse() },
    })),
    post('phone-numbers', (body) => control.addPhoneNumber(body), 201),
    route('DELETE', '/simulator/phone-numbers/:id', (request) => {
      control.removePhoneNumber(parameter(request, 'id'))
      return { status: 204, body: null }
    }),
    ...createCustomerRoutes(simulation, control),
    ...createFaultRoutes(simulation, control),
    route('GET', '/simulator/settings', () => ({ status: 200, body: { data: world.settings } })),
    route('PATCH', '/simulator/settings', (request) => ({
      status: 200,
      body: { data: control.changeSettings(readBody(request) as never) },
    })),
    post('demo', (body) => control.loadDemo(whereSchema.parse(body).phoneNumberId)),
    post('sweep', (body) => {
      whereSchema.parse(body)
      control.sweep()
      return control.waiting()
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
