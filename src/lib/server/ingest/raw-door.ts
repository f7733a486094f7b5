import type { IncomingMessage, ServerResponse } from 'node:http'
import { mostBodyBytes, type DoorStatus, type WebhookDoor } from './door.ts'

/** Derives the caller's address from a request: the same rule for both forms of the door. */
export type AddressOf = (request: IncomingMessage) => string

const path = /^\/webhooks\/kapso\/([^/?]+)\/?(?:\?|$)/

/**
 * The door as a plain Node handler, in front of SvelteKit in production because it is several times faster.
 *
 * @returns false when the request is not for the door and somebody else has to answer it
 */
export function handleRawDelivery(
  door: WebhookDoor,
  addressOf: AddressOf,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (request.method !== 'POST') return false
  const endpointId = path.exec(request.url ?? '')?.[1]
  if (endpointId === undefined) return false
  void door
    .receive({
      endpointId,
      headers: kapsoHeaders((name) => {
        const value = request.headers[name]
        return typeof value === 'string' ? value : undefined
      }),
      address: addressOf(request),
      readBody: () => readBody(request),
    })
    .then((status) => {
      answer(request, response, status)
    })
  return true
}

/** Picks the headers that matter, whatever holds them. */
export function kapsoHeaders(header: (name: string) => string | undefined): {
  eventName: string | undefined
  signature: string | undefined
  idempotencyKey: string | undefined
  payloadVersion: string | undefined
} {
  return {
    eventName: header('x-webhook-event'),
    signature: header('x-webhook-signature'),
    idempotencyKey: header('x-idempotency-key'),
    payloadVersion: header('x-webhook-payload-version'),
  }
}

function readBody(request: IncomingMessage): Promise<Buffer | 'too_large'> {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > mostBodyBytes) return Promise.resolve('too_large')
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let bytes = 0
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > mostBodyBytes) {
        request.removeAllListeners('data')
        resolve('too_large')
        return
      }
      chunks.push(chunk)
    })
    request.on('end', () => {
      resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, bytes))
    })
    request.on('error', reject)
    request.on('aborted', () => {
      reject(new Error('aborted'))
    })
  })
}

const answers: Record<DoorStatus, string> = {
  200: 'stored',
  401: 'signature does not match',
  404: 'no such endpoint',
  413: 'body too large',
  429: 'too many failed verifications',
  503: 'not stored, try again',
}

/** The words that go with a status, for both forms of the door. */
export function doorText(status: DoorStatus): string {
  return answers[status]
}

function answer(request: IncomingMessage, response: ServerResponse, status: DoorStatus): void {
  if (response.destroyed) return
  const text = answers[status]
  const headers: Record<string, string | number> = {
    'content-type': 'text/plain',
    'content-length': text.length,
  }
  if (status === 429) headers['retry-after'] = 60
  // What was not read cannot be skipped cheaply: the connection goes with it.
  if (!request.complete) headers['connection'] = 'close'
  response.writeHead(status, headers).end(text)
}
