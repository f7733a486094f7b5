import { buildListedConversation } from '../bodies/conversation.ts'
import { toIsoSeconds } from '../bodies/form.ts'
import { buildListedMessage } from '../bodies/message.ts'
import { buildListedNumber } from '../bodies/other.ts'
import { endConversation, reopenConversation } from '../conversations.ts'
import { collectParts } from '../delivery/publish.ts'
import { getCustomer, type Simulation } from '../simulation.ts'
import type { Delivery } from '../world.ts'
import { type Handler, fail, parameter, readJson, route, type Route } from './exchange.ts'
import { listConversations, listMessages } from './lists.ts'
import { answerNumberedPage, answerPage } from './paging.ts'
import { answerOrFail } from './request-faults.ts'
import { createContactRoutes } from './contacts-api.ts'
import { createWebhookRoutes } from './webhooks-api.ts'
import { createWorkflowRoutes } from './workflows-api.ts'

function buildDelivery(delivery: Delivery): Record<string, unknown> {
  const last = delivery.attempts.at(-1)
  return {
    id: delivery.id,
    webhook_id: delivery.webhookId,
    event: delivery.event,
    status: delivery.status,
    attempt_count: delivery.attempts.length,
    response_status: last?.statusCode ?? null,
    idempotency_key: delivery.idempotencyKey,
    created_at: toIsoSeconds(delivery.createdAt),
    last_attempt_at: last ? toIsoSeconds(last.at) : null,
  }
}

function readWantedStatus(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('whatsapp_conversation' in body)) return undefined
  const wanted = body.whatsapp_conversation
  if (typeof wanted !== 'object' || wanted === null || !('status' in wanted)) return undefined
  return typeof wanted.status === 'string' ? wanted.status : undefined
}

/** Kapso's platform API, as far as it is used: everything below `/platform/v1`. */
export function createPlatformRoutes(simulation: Simulation): Route[] {
  const { world, clock } = simulation
  const base = '/platform/v1/whatsapp'

  const changeConversation: Handler = (request) => {
    const conversation = world.conversations.get(parameter(request, 'id'))
    if (!conversation) return fail(404, 'Conversation not found')
    const wanted = readWantedStatus(readJson(request))
    if (wanted === 'ended') endConversation(simulation, conversation, clock.now())
    else if (wanted === 'active') reopenConversation(simulation, conversation)
    else return fail(422, 'Status is not included in the list')
    const customer = getCustomer(world, conversation.customerId)
    return { status: 200, body: { data: buildListedConversation(world, customer, conversation) } }
  }

  const routes = [
    ...createWebhookRoutes(simulation),
    ...createWorkflowRoutes(simulation),
    ...createContactRoutes(simulation),
    route('GET', `${base}/phone_numbers`, (request) => {
      const customerId = request.query.get('customer_id')
      const found = [...world.phoneNumbers.values()].filter(
        (number) => customerId === null || number.customerId === customerId,
      )
      return answerNumberedPage(found, request.query, buildListedNumber)
    }),
    route('GET', `${base}/phone_numbers/:id`, (request) => {
      const number = world.phoneNumbers.get(parameter(request, 'id'))
      return number
        ? { status: 200, body: { data: buildListedNumber(number) } }
        : fail(404, 'Phone number not found')
    }),
    route('GET', `${base}/phone_numbers/:id/health`, (request) => {
      const number = world.phoneNumbers.get(parameter(request, 'id'))
      if (!number) return fail(404, 'Phone number not found')
      return { status: 200, body: { data: { status: 'healthy', checks: {} } } }
    }),
    route('GET', `${base}/conversations`, (request) =>
      listConversations(simulation, request.query.get('phone_number_id'), request.query),
    ),
    route('GET', `${base}/conversations/:id`, (request) => {
      const conversation = world.conversations.get(parameter(request, 'id'))
      if (!conversation) return fail(404, 'Conversation not found')
      const customer = getCustomer(world, conversation.customerId)
      return { status: 200, body: { data: buildListedConversation(world, customer, conversation) } }
    }),
    route('PATCH', `${base}/conversations/:id`, changeConversation),
    route('GET', `${base}/messages`, (request) =>
      listMessages(simulation, request.query.get('phone_number_id'), request.query),
    ),
    route('GET', `${base}/messages/:wamid`, (request) => {
      const message = world.messages.get(parameter(request, 'wamid'))
      if (!message) return fail(404, 'Message not found')
      return { status: 200, body: { data: buildListedMessage(collectParts(world, message)) } }
    }),
    route('GET', '/platform/v1/webhook_deliveries', (request) => {
      const webhookId = request.query.get('webhook_id')
      const status = request.query.get('status')
      const found = [...world.deliveries.values()].filter(
        (delivery) =>
          (webhookId === null || delivery.webhookId === webhookId) &&
          (status === null || delivery.status === status),
      )
      return answerPage(found.reverse(), request.query, (delivery) => delivery.id, buildDelivery)
    }),
  ]
  return routes.map((one) => ({
    ...one,
    handler: (request) => answerOrFail(simulation, 'platform', null, () => one.handler(request)),
  }))
}
