import { once } from 'node:events'
import { createServer, IncomingMessage } from 'node:http'
import type { Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { getRequestListener } from '@hono/node-server'
import type pg from 'pg'
import type { Lite } from './lite.ts'
import { describePortInUse } from './ports.ts'
import { makeRefreshDoor } from './refresh-tokens.ts'

/** The part of the Realtime server that the gateway needs. */
export interface RealtimeDoor {
  handleRequest(request: IncomingMessage, response: ServerResponse): Promise<void>
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
}

/** What is read at most of a body that an answer leaves unread: as much as a file in Storage may have. */
const longestRestBytes = 100 * 1024 * 1024

export interface GatewayOptions {
  port: number
  lite: Lite
  /** Signs in as embedded_gateway. */
  database: pg.Pool
  realtime: RealtimeDoor
}

export interface Gateway {
  /** Stops listening and ends HTTP connections. Upgraded ones belong to Realtime. */
  close(): Promise<void>
}

/** The one HTTP port of the embedded stack, with the paths of a hosted project, on 127.0.0.1. */
export async function startGateway({ port, lite, database, realtime }: GatewayOptions): Promise<Gateway> {
  const refresh = makeRefreshDoor(database)
  const answer = getRequestListener(
    async (request, { incoming }) => {
      const peerAddress = 'socket' in incoming ? (incoming.socket.remoteAddress ?? null) : null
      const { pathname, searchParams } = new URL(request.url)
      if (pathname === '/health') return answerHealth(database)
      if (!/^\/(auth|rest|storage)\/v1(\/|$)/.test(pathname)) {
        return Response.json({ message: 'no Route matched with those values' }, { status: 404 })
      }
      const forward = (forwarded: Request) => lite.fetch(forwarded, peerAddress)
      const isRefresh = pathname === '/auth/v1/token' && searchParams.get('grant_type') === 'refresh_token'
      const response = await (isRefresh && request.method === 'POST'
        ? refresh(request, forward)
        : forward(request))
      if (incoming instanceof IncomingMessage) await readRest(incoming)
      return response
    },
    // Other code of the process keeps its own Request and Response.
    { overrideGlobalObjects: false },
  )

  const server = createServer((request, response) => {
    if (isRealtime(request)) void realtime.handleRequest(request, response)
    else void answer(request, response)
  })
  server.on('upgrade', (request, socket, head) => {
    if (isRealtime(request)) realtime.handleUpgrade(request, socket, head)
    else socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n')
  })
  // Clients keep idle connections for as long as this announces. By Node's own 5 s a busy client now and then
  // sends into a connection that is just being closed.
  server.keepAliveTimeout = 75_000
  await listen(server, port)
  return {
    close() {
      server.close()
      server.closeAllConnections()
      return Promise.resolve()
    },
  }
}

/**
 * Reads what an answer has left of the request's body, before the answer goes out: a refused upload. Left lying there,
 * the connection would be cut half a second later, in the middle of whatever its client asks by then.
 */
async function readRest(request: IncomingMessage) {
  if (request.readableEnded || request.destroyed) return
  let bytes = 0
  await new Promise<void>((resolve) => {
    // Whoever has begun to read it pauses it when he has enough.
    const goOn = () => request.resume()
    const count = (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > longestRestBytes) stop()
    }
    const stop = () => {
      request.off('pause', goOn).off('data', count).off('close', stop)
      resolve()
    }
    request.on('pause', goOn).on('data', count).once('close', stop).resume()
  })
}

function isRealtime(request: IncomingMessage) {
  return /^\/realtime\/v1(\/|\?|$)/.test(request.url ?? '')
}

async function answerHealth(database: pg.Pool): Promise<Response> {
  const isUp = await database.query('select 1').then(
    () => true,
    () => false,
  )
  return Response.json(
    { status: isUp ? 'ok' : 'degraded', parts: { postgres: isUp ? 'ok' : 'down' } },
    { status: isUp ? 200 : 503 },
  )
}

async function listen(server: Server, port: number) {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE' ? new Error(describePortInUse(port, 'EMBEDDED_API_PORT')) : error
  })
}
