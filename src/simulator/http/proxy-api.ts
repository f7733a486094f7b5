import { buildListedContact } from '../bodies/other.ts'
import { buildListedMessage } from '../bodies/message.ts'
import { collectParts } from '../delivery/publish.ts'
import type { Simulation } from '../simulation.ts'
import type { PhoneNumber } from '../world.ts'
import {
  type ApiRequest,
  type ApiResponse,
  fail,
  failAsGraph,
  parameter,
  readJson,
  route,
  type Route,
} from './exchange.ts'
import { listConversations, listMessages } from './lists.ts'
import { answerPage } from './paging.ts'
import { createMediaRoutes } from './media-api.ts'
import { uploadMedia } from './media-upload.ts'
import { answerOrFail } from './request-faults.ts'
import { markRead, sendMessage } from './send.ts'
import { createTemplateRoutes } from './templates-api.ts'

type NumberHandler = (number: PhoneNumber, request: ApiRequest) => ApiResponse | Promise<ApiResponse>

function isMarkRead(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'status' in body && body.status === 'read'
}

/** Kapso's proxy of Meta's Graph API, as far as it is used: everything below
 * `/meta/whatsapp/v24.0` (or another version; the segment is required). */
export function createProxyRoutes(simulation: Simulation): Route[] {
  const { world } = simulation

  function ofNumber(method: string, path: string, handler: NumberHandler): Route {
    return route(method, `/meta/whatsapp/:version/:phoneNumberId/${path}`, (request) => {
      if (!/^v\d+\.0$/.test(parameter(request, 'version'))) return fail(404, 'Not found')
      const number = world.phoneNumbers.get(parameter(request, 'phoneNumberId'))
      if (!number) {
        return failAsGraph(400, 33, 'Object with this phone number id does not exist or cannot be loaded')
      }
      if (method !== 'GET') return handler(number, request)
      return answerOrFail(simulation, 'read', number.id, () => handler(number, request))
    })
  }

  return [
    ...createMediaRoutes(simulation),
    ...createTemplateRoutes(simulation),
    ofNumber('POST', 'media', (number, request) =>
      answerOrFail(simulation, 'media', number.id, () => uploadMedia(simulation, number, request)),
    ),
    ofNumber('POST', 'messages', (number, request) => {
      const body = readJson(request)
      if (body === undefined) return failAsGraph(400, 100, 'Invalid JSON')
      return isMarkRead(body) ? markRead(simulation, number, body) : sendMessage(simulation, number, body)
    }),
    ofNumber('GET', 'messages', (number, request) => listMessages(simulation, number.id, request.query)),
    ofNumber('GET', 'messages/:wamid', (number, request) => {
      const message = world.messages.get(parameter(request, 'wamid'))
      if (message?.phoneNumberId !== number.id) return fail(404, 'Message not found')
      return { status: 200, body: buildListedMessage(collectParts(world, message)) }
    }),
    ofNumber('GET', 'conversations', (number, request) =>
      listConversations(simulation, number.id, request.query),
    ),
    ofNumber('GET', 'contacts', (number, request) => {
      const known = [...world.customers.values()].filter((one) => number.id in one.openConversationIds)
      return answerPage(
        known.reverse(),
        request.query,
        (customer) => customer.id,
        (customer) => buildListedContact(customer, number.customerId),
      )
    }),
  ]
}
