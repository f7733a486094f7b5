import type { IncomingMessage, ServerResponse } from 'node:http'
import { AuthorizationFailed } from './authorization.ts'
import type { Topic } from './hub.ts'
import { answer, authenticate, readBody, readHeaders, readUrl, RequestRefused } from './http-request.ts'
import { isObject } from './serializer.ts'
import type { ContentBroadcast } from './serializer.ts'
import type { RealtimeServices } from './services.ts'
import type { Claims } from './token.ts'

interface BatchMessage {
  topic: Topic
  payload: Record<string, unknown>
}

interface Sender {
  claims: Claims
  headers: Record<string, string>
}

const singlePath = /^\/api\/broadcast\/([^/]+)\/events\/([^/]+)$/

/** Answers HTTP requests: a batch of broadcasts as JSON, or one broadcast whose topic and event are in the address. */
export async function answerRequest(
  services: RealtimeServices,
  request: IncomingMessage,
  response: ServerResponse,
) {
  try {
    const url = readUrl(request)
    const single = singlePath.exec(url.pathname)
    if (url.pathname !== '/api/broadcast' && !single) throw new RequestRefused(404, 'Not Found')
    if (request.method === 'OPTIONS') return answer(response, 204)
    if (request.method !== 'POST') throw new RequestRefused(404, 'Not Found')
    const sender = { claims: authenticate(request, url, services.tokens), headers: readHeaders(request) }
    if (single) {
      const [name = '', event = ''] = single.slice(1).map(decodePart)
      const topic = { name, isPrivate: url.searchParams.get('private') === 'true' }
      refusePersistence(url)
      await broadcastOne(services, sender, topic, await readSingle(services, request, event))
    } else {
      await broadcastBatch(
        services,
        sender,
        parseJson(await readBody(request, services.settings.maxRequestBytes)),
      )
    }
    answer(response, 202)
  } catch (error) {
    const refusal = error instanceof RequestRefused ? error : undefined
    if (!refusal) services.log(`Realtime request failed: ${String(error)}`)
    answer(response, refusal?.status ?? 500, refusal?.body ?? { message: 'Internal Server Error' })
  }
}

/** As on hosted, private messages whose sender may not write are left out without a word. */
async function broadcastBatch({ hub, events, ...services }: RealtimeServices, sender: Sender, body: unknown) {
  const messages = readBatch(body, services.settings.maxPayloadBytes)
  if (events.isExceeded()) throw new RequestRefused(429, 'You have exceeded your rate limit')
  if (events.isExceeded(messages.length)) {
    throw new RequestRefused(429, 'Too many messages to broadcast, please reduce the batch size')
  }
  const allowed = new Map<string, boolean>()
  for (const { topic } of messages.filter((message) => message.topic.isPrivate)) {
    if (!allowed.has(topic.name)) allowed.set(topic.name, await mayWrite(services, sender, topic))
  }
  for (const { topic, payload } of messages) {
    if (!topic.isPrivate || allowed.get(topic.name)) hub.broadcast(topic, { payload })
  }
}

async function broadcastOne(
  { hub, events, ...services }: RealtimeServices,
  sender: Sender,
  topic: Topic,
  broadcast: ContentBroadcast,
) {
  if (events.isExceeded()) throw new RequestRefused(429, 'You have exceeded your rate limit')
  if (topic.isPrivate && !(await mayWrite(services, sender, topic)))
    throw new RequestRefused(403, 'Unauthorized')
  hub.broadcast(topic, broadcast)
}

async function mayWrite(
  { authorizer }: Pick<RealtimeServices, 'authorizer'>,
  { claims, headers }: Sender,
  topic: Topic,
): Promise<boolean> {
  try {
    const permissions = await authorizer.writePermissions({ topic: topic.name, claims, headers }, [
      'broadcast',
    ])
    return permissions.broadcast === true
  } catch (error) {
    if (error instanceof AuthorizationFailed) throw new RequestRefused(422, authorizationFaults[error.fault])
    throw error
  }
}

const authorizationFaults = {
  policy: 'RLS policy error',
  canceled: 'Query canceled',
  partition: 'Missing messages partition',
  unreachable: 'Tenant database unavailable',
}

async function readSingle(
  { settings }: RealtimeServices,
  request: IncomingMessage,
  event: string,
): Promise<ContentBroadcast> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? 'application/json'
  if (type !== 'application/json' && type !== 'application/octet-stream') {
    const error = 'Unsupported Media Type. Use application/json or application/octet-stream'
    throw new RequestRefused(415, error, { error })
  }
  const body = await readBody(request, settings.maxRequestBytes)
  if (body.length > settings.maxPayloadBytes)
    throw refuseFields({ payload: ['Payload size exceeds tenant limit'] })
  if (type === 'application/octet-stream') return { event, encoding: 'binary', content: body }
  const payload = body.length === 0 ? {} : parseJson(body)
  // The web framework of hosted puts JSON that is no object under this name.
  const content =
    isObject(payload) && body.length > 0
      ? body
      : Buffer.from(JSON.stringify(isObject(payload) ? payload : { _json: payload }))
  return { event, encoding: 'json', content }
}

function readBatch(body: unknown, maxPayloadBytes: number): BatchMessage[] {
  const messages = isObject(body) ? body['messages'] : undefined
  if (!Array.isArray(messages)) throw refuseFields({ messages: ["can't be blank"] })
  const faults = messages.map((message: unknown) => findFaults(message, maxPayloadBytes))
  if (faults.some((fault) => Object.keys(fault).length > 0)) throw refuseFields({ messages: faults })
  return messages.filter(isObject).map(({ topic, event, payload, private: isPrivate, id }) => ({
    topic: { name: String(topic), isPrivate: isPrivate === true || isPrivate === 'true' },
    payload: { type: 'broadcast', event, payload, ...(typeof id === 'string' && { meta: { id } }) },
  }))
}

function findFaults(message: unknown, maxPayloadBytes: number): Record<string, string[]> {
  if (!isObject(message)) return { messages: ['is invalid'] }
  const faults: Record<string, string[]> = {}
  for (const name of ['topic', 'event']) {
    const value = message[name]
    if (value === undefined || value === null || value === '') faults[name] = ["can't be blank"]
    else if (typeof value !== 'string') faults[name] = ['is invalid']
  }
  const { payload } = message
  if (payload === undefined || payload === null) faults['payload'] = ["can't be blank"]
  else if (!isObject(payload)) faults['payload'] = ['is invalid']
  else if (JSON.stringify(payload).length > maxPayloadBytes)
    faults['payload'] = ['Payload size exceeds tenant limit']
  return faults
}

/** Storing broadcasts for later is a newer feature of hosted that this server does not have. */
function refusePersistence(url: URL) {
  if (url.searchParams.has('persist') || url.searchParams.has('persist[ttl]')) {
    throw new RequestRefused(422, 'Broadcast persistence is not enabled')
  }
}

function refuseFields(errors: Record<string, unknown>) {
  return new RequestRefused(422, 'Unprocessable Entity', { errors })
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new RequestRefused(400, 'Bad Request')
  }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    throw new RequestRefused(400, 'Bad Request')
  }
}
