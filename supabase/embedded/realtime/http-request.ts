import type { IncomingMessage, ServerResponse } from 'node:http'
import { TokenRefused } from './token.ts'
import type { Claims, TokenVerifier } from './token.ts'

/** A request that is answered with an error: Realtime's JSON with `message`. */
export class RequestRefused extends Error {
  readonly status: number
  /** Instead of `{message}`. */
  readonly body: Record<string, unknown>

  constructor(status: number, message: string, body: Record<string, unknown> = { message }) {
    super(message)
    this.status = status
    this.body = body
  }
}

/** The address of a request below /realtime/v1, whether the gateway left that prefix on or took it off. */
export function readUrl(request: IncomingMessage): URL {
  const url = new URL(request.url ?? '/', 'http://localhost')
  url.pathname = url.pathname.replace(/^\/realtime\/v1(?=\/|$)/, '')
  return url
}

export function readHeaders(request: IncomingMessage): Record<string, string> {
  const headers = Object.entries(request.headers)
  return Object.fromEntries(
    headers.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]),
  )
}

/** The API key, wherever clients put it. */
export function readApiKey(request: IncomingMessage, url: URL): string | undefined {
  const { 'x-api-key': realtimeKey, apikey } = readHeaders(request)
  return realtimeKey ?? apikey ?? url.searchParams.get('apikey') ?? undefined
}

/**
 * Who makes the request: the bearer of a token, or else of the API key, without which nothing goes on hosted either.
 * Throws RequestRefused.
 */
export function authenticate(request: IncomingMessage, url: URL, tokens: TokenVerifier): Claims {
  const apiKey = readApiKey(request, url)
  if (!apiKey) throw new RequestRefused(401, 'No API key found in request')
  try {
    const claims = tokens.readApiKey(apiKey)
    const [scheme = '', token = ''] = (request.headers.authorization ?? '').trim().split(/\s+/)
    return scheme.toLowerCase() === 'bearer' && token !== '' ? tokens.readApiKey(token) : claims
  } catch (error) {
    if (error instanceof TokenRefused) throw new RequestRefused(401, 'Unauthorized')
    throw error
  }
}

/** Reads the whole body. Throws RequestRefused when it is longer than allowed. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw new RequestRefused(413, 'Request Entity Too Large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const openToAll = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST, OPTIONS',
  'access-control-allow-headers': 'authorization, apikey, content-type, x-client-info, x-api-key',
}

export function answer(response: ServerResponse, status: number, body?: Record<string, unknown>) {
  const text = body ? JSON.stringify(body) : ''
  response.writeHead(status, {
    ...openToAll,
    ...(body && { 'content-type': 'application/json; charset=utf-8' }),
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}
