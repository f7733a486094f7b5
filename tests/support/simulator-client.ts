import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'vitest'
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/simulator.ts'

export const phoneNumberId = '597000000000001'
export const secret = 'a-secret-of-32-bytes-or-more-0123'

export const allEvents = [
  'whatsapp.message.received',
  'whatsapp.message.sent',
  'whatsapp.message.delivered',
  'whatsapp.message.read',
  'whatsapp.message.failed',
  'whatsapp.conversation.created',
  'whatsapp.conversation.ended',
  'whatsapp.conversation.inactive',
  'whatsapp.contact.identity_changed',
  'whatsapp.contact.marketing_preference_changed',
]

export const allProjectEvents = [
  'whatsapp.phone_number.created',
  'whatsapp.phone_number.deleted',
  'whatsapp.phone_number.offboarded',
  'whatsapp.phone_number.disconnected',
  'whatsapp.phone_number.reconnected',
  'whatsapp.account.disabled',
  'whatsapp.account.restricted',
  'whatsapp.account.reinstated',
  'whatsapp.account.violation',
  'workflow.execution.handoff',
  'workflow.execution.failed',
  'project.event',
  'kapso_agent.run.approval_required',
  'kapso_agent.run.completed',
  'kapso_agent.run.failed',
  'kapso_agent.run.cancelled',
]

export interface Received {
  event: string
  key: string
  headers: IncomingHttpHeaders
  /** The body as text. */
  raw: string
  bytes: Buffer
  status: number
}

export interface Receiver {
  url: string
  received: Received[]
  /** Bodies that came with this event, in the order in which they came. */
  bodies(event: string): unknown[]
  close(): Promise<void>
}

/** What to answer to a delivery: a status, perhaps later. */
export type Answer = (delivery: Received) => number | Promise<number>

/** An HTTP server that notes what it gets, as a client of Kapso would stand there. */
export async function startReceiver(answer: Answer = () => 200): Promise<Receiver> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const bytes = Buffer.concat(chunks)
      const delivery: Received = {
        event: String(request.headers['x-webhook-event']),
        key: String(request.headers['x-idempotency-key']),
        headers: request.headers,
        raw: bytes.toString('utf8'),
        bytes,
        status: 0,
      }
      received.push(delivery)
      void Promise.resolve(answer(delivery)).then((status) => {
        delivery.status = status
        response.writeHead(status).end()
      })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/webhooks/kapso`,
    received,
    bodies: (event) =>
      received.filter((one) => one.event === event).map((one) => JSON.parse(one.raw) as unknown),
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }
}

export interface Reply {
  status: number
  headers: Headers
  body: unknown
}

/** Calls the simulator with its API key. */
export async function call(
  simulator: Simulator,
  method: string,
  path: string,
  body?: unknown,
  init: RequestInit = {},
): Promise<Reply> {
  const response = await fetch(`${simulator.url}${path}`, {
    method,
    headers: { 'x-api-key': simulator.apiKey, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...init,
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? null : (JSON.parse(text) as unknown),
  }
}

/** Registers a webhook of the number; answers with its id. */
export async function register(
  simulator: Simulator,
  url: string,
  fields: Record<string, unknown> = {},
): Promise<string> {
  const reply = await call(
    simulator,
    'POST',
    `/platform/v1/whatsapp/phone_numbers/${phoneNumberId}/webhooks`,
    {
      whatsapp_webhook: { url, secret_key: secret, events: allEvents, ...fields },
    },
  )
  expect(reply.status).toBe(201)
  return (reply.body as { data: { id: string } }).data.id
}

/** Registers a webhook of the project; answers with its id. */
export async function registerProject(
  simulator: Simulator,
  url: string,
  fields: Record<string, unknown> = {},
): Promise<string> {
  const reply = await call(simulator, 'POST', '/platform/v1/whatsapp/webhooks', {
    whatsapp_webhook: { url, secret_key: secret, events: allProjectEvents, ...fields },
  })
  expect(reply.status).toBe(201)
  return (reply.body as { data: { id: string } }).data.id
}

/**
 * Calls the control API over HTTP, as benchmarks and other processes do: `POST /simulator/{path}`, or another method.
 * Answers with what stands under `data`; a refusal fails the test.
 */
export async function act(
  simulator: { url: string },
  path: string,
  body?: unknown,
  method: 'POST' | 'PATCH' | 'DELETE' | 'GET' = 'POST',
): Promise<unknown> {
  const response = await fetch(`${simulator.url}/simulator/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(method === 'GET' || method === 'DELETE' ? {} : { body: JSON.stringify(body ?? {}) }),
  })
  const text = await response.text()
  const answer = (text === '' ? {} : JSON.parse(text)) as { data?: unknown; error?: string }
  expect(response.ok, `${method} ${path}: ${answer.error ?? ''}`).toBe(true)
  return answer.data
}

/** Sends a text to somebody. */
export function sendText(
  simulator: Simulator,
  address: { to: string } | { recipient: string },
  text: string,
  more: Record<string, unknown> = {},
  init: RequestInit = {},
): Promise<Reply> {
  const message = { messaging_product: 'whatsapp', type: 'text', text: { body: text }, ...address, ...more }
  return call(simulator, 'POST', `/meta/whatsapp/v24.0/${phoneNumberId}/messages`, message, init)
}

/** A simulator on a free port whose statuses and retries do not keep a test waiting. */
export function startFastSimulator(options: Partial<SimulatorOptions> = {}): Promise<Simulator> {
  return startSimulator({
    port: 0,
    retryDelaysMs: [5, 5, 5],
    ...options,
    settings: { sentDelayMs: 1, deliveredDelayMs: 2, readDelayMs: 2, sendLatencyMs: 0, ...options.settings },
  })
}

/** Closes what a test opened, the last first. */
export function collectClosers(): {
  add<T extends { close(): Promise<void> }>(one: T): T
  closeAll(): Promise<void>
} {
  const opened: { close(): Promise<void> }[] = []
  return {
    add(one) {
      opened.push(one)
      return one
    },
    async closeAll() {
      for (const one of opened.splice(0).reverse()) await one.close()
    },
  }
}
