import type { z } from 'zod'
import { queueDelivery } from '../delivery/publish.ts'
import type { Simulation } from '../simulation.ts'
import type { Webhook } from '../world.ts'
import {
  type ApiRequest,
  type ApiResponse,
  fail,
  parameter,
  readJson,
  route,
  type Route,
} from './exchange.ts'
import { answerNumberedPage } from './paging.ts'
import { buildTestBody } from './test-body.ts'
import {
  applyFields,
  buildWebhook,
  type Fields,
  fieldsSchema,
  knownEvents,
  toFields,
} from './webhook-fields.ts'

function isAllowedUrl(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  // The real one wants https; here receivers on this machine may go without.
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
}

function checkFields(fields: Fields): ApiResponse | null {
  const unknown = fields.events.filter((event) => !knownEvents.has(event))
  if (unknown.length > 0) return fail(422, `Events contains unsupported events: "${unknown.join('", "')}"`)
  if (!isAllowedUrl(fields.url)) return fail(422, 'Url must be https')
  if (fields.kind !== 'kapso') return fail(422, 'Kind: the simulator delivers the kapso form only')
  if (fields.payload_version !== 'v2') return fail(422, 'Payload version: the simulator delivers v2 only')
  if (!fields.secret_key) return fail(422, "Secret key can't be blank")
  return null
}

/** What stands under the envelope key; an answer when the key is missing. */
function readEnvelope(request: ApiRequest): { given: Record<string, unknown> } | { refusal: ApiResponse } {
  const body = readJson(request)
  const given =
    typeof body === 'object' && body !== null && 'whatsapp_webhook' in body
      ? body.whatsapp_webhook
      : undefined
  if (typeof given !== 'object' || given === null) {
    return {
      refusal: fail(400, 'param is missing or the value is empty: whatsapp_webhook', {
        code: 'missing_parameter',
      }),
    }
  }
  return { given: given as Record<string, unknown> }
}

function refuseFields(error: z.ZodError): ApiResponse {
  const issue = error.issues[0]
  return fail(422, `${issue?.path.join('.') ?? 'whatsapp_webhook'}: ${issue?.message ?? 'is invalid'}`)
}

function create(simulation: Simulation, phoneNumberId: string | null, request: ApiRequest): ApiResponse {
  const envelope = readEnvelope(request)
  if ('refusal' in envelope) return envelope.refusal
  const parsed = fieldsSchema.safeParse(envelope.given)
  if (!parsed.success) return refuseFields(parsed.error)
  const { world, identifiers, clock } = simulation
  const numberId = phoneNumberId ?? parsed.data.phone_number_id ?? null
  if (numberId !== null && !world.phoneNumbers.has(numberId)) return fail(404, 'Phone number not found')
  const fields =
    numberId === null
      ? {
          ...parsed.data,
          secret_key: parsed.data.secret_key ?? identifiers.hex(64, 'secret', identifiers.next('secret')),
        }
      : parsed.data
  const refused = checkFields(fields)
  if (refused) return refused
  const now = clock.now()
  const webhook = applyFields(
    {
      id: identifiers.uuid('webhook', identifiers.next('webhook')),
      phoneNumberId: numberId,
      createdAt: now,
    } as Webhook,
    fields,
    now,
  )
  world.webhooks.set(webhook.id, webhook)
  simulation.changed()
  return { status: 201, body: { data: buildWebhook(webhook) } }
}

function update(simulation: Simulation, webhook: Webhook, request: ApiRequest): ApiResponse {
  const envelope = readEnvelope(request)
  if ('refusal' in envelope) return envelope.refusal
  const parsed = fieldsSchema.safeParse({ ...toFields(webhook), ...envelope.given })
  if (!parsed.success) return refuseFields(parsed.error)
  const refused = checkFields(parsed.data)
  if (refused) return refused
  applyFields(webhook, parsed.data, simulation.clock.now())
  if (!webhook.active) simulation.dispatcher.failWaiting(webhook.id, 'webhook switched off')
  simulation.changed()
  return { status: 200, body: { data: buildWebhook(webhook) } }
}

function remove(simulation: Simulation, webhook: Webhook): ApiResponse {
  simulation.world.webhooks.delete(webhook.id)
  simulation.dispatcher.failWaiting(webhook.id, 'webhook deleted')
  simulation.changed()
  return { status: 204, body: null }
}

function sendTest(simulation: Simulation, webhook: Webhook, request: ApiRequest): ApiResponse {
  const body = readJson(request)
  const wanted =
    typeof body === 'object' && body !== null && 'event_type' in body ? String(body.event_type) : undefined
  const event = wanted ?? webhook.events[0] ?? 'whatsapp.message.received'
  if (!knownEvents.has(event)) return fail(422, `Events contains unsupported events: "${event}"`)
  const place = simulation.identifiers.next('test')
  const now = simulation.clock.now()
  const [id] = queueDelivery(simulation, webhook, {
    event,
    body: JSON.stringify(buildTestBody(webhook.phoneNumberId ?? '000000000000000', event, now)),
    subject: ['test', place],
  })
  return { status: 200, body: { data: { delivery_id: id ?? null, event } } }
}

/** Webhooks of the project and of a number; the same handlers below two paths. */
export function createWebhookRoutes(simulation: Simulation): Route[] {
  const { world } = simulation

  function of(
    method: string,
    base: string,
    rest: string,
    handler: (webhook: Webhook, request: ApiRequest) => ApiResponse,
  ) {
    return route(method, `${base}/:webhookId${rest}`, (request) => {
      const webhook = world.webhooks.get(parameter(request, 'webhookId'))
      const numberId = request.parameters['phoneNumberId']
      const isElsewhere = numberId !== undefined && webhook?.phoneNumberId !== numberId
      return webhook && !isElsewhere ? handler(webhook, request) : fail(404, 'Webhook not found')
    })
  }

  const project = '/platform/v1/whatsapp/webhooks'
  const number = '/platform/v1/whatsapp/phone_numbers/:phoneNumberId/webhooks'
  return [project, number].flatMap((base) => [
    route('GET', base, (request) => {
      const numberId = request.parameters['phoneNumberId']
      const found = [...world.webhooks.values()].filter(
        (webhook) => numberId === undefined || webhook.phoneNumberId === numberId,
      )
      return answerNumberedPage(found, request.query, buildWebhook)
    }),
    route('POST', base, (request) =>
      create(simulation, request.parameters['phoneNumberId'] ?? null, request),
    ),
    of('GET', base, '', (webhook) => ({ status: 200, body: { data: buildWebhook(webhook) } })),
    of('PATCH', base, '', (webhook, request) => update(simulation, webhook, request)),
    of('DELETE', base, '', (webhook) => remove(simulation, webhook)),
    of('POST', base, '/test', (webhook, request) => sendTest(simulation, webhook, request)),
  ])
}
