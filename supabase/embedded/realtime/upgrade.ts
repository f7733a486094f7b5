import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { readApiKey, readHeaders, readUrl, RequestRefused } from './http-request.ts'
import type { ConnectionOptions } from './connection.ts'
import { isProtocolVersion } from './serializer.ts'
import { TokenRefused } from './token.ts'
import type { TokenVerifier } from './token.ts'

/**
 * Reads what a client asks for when it opens a WebSocket. Throws RequestRefused with the status and words of
 * supabase/realtime (user_socket.ex): 401 without a valid key, 403 for another protocol version.
 */
export function readUpgrade(request: IncomingMessage, tokens: TokenVerifier): ConnectionOptions {
  const url = readUrl(request)
  if (url.pathname !== '/websocket') throw refuse(404, 'Not Found')
  const apiKey = readApiKey(request, url)
  if (!apiKey) throw refuse(401, 'API key is missing')
  try {
    tokens.readApiKey(apiKey)
  } catch (error) {
    if (error instanceof TokenRefused)
      throw refuse(401, error.fault === 'expired' ? 'Token has expired' : error.message)
    throw error
  }
  const version = url.searchParams.get('vsn') ?? '1.0.0'
  if (!isProtocolVersion(version)) throw refuse(403, 'Unsupported protocol version')
  const headers = Object.entries(readHeaders(request)).filter(([name]) => name.startsWith('x-'))
  return { version, apiKey, headers: Object.fromEntries(headers) }
}

/** Answers on the bare socket and closes it. */
export function refuseUpgrade(socket: Duplex, error: unknown) {
  const refusal = error instanceof RequestRefused ? error : refuse(500, 'Error connecting to Realtime')
  const body = JSON.stringify(refusal.body)
  socket.once('finish', () => socket.destroy())
  socket.end(
    [
      `HTTP/1.1 ${refusal.status} Refused`,
      'connection: close',
      'content-type: application/json; charset=utf-8',
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  )
}

export function refuse(status: number, error: string) {
  return new RequestRefused(status, error, { error })
}
