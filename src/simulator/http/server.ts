import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ZodError } from 'zod'
import { ControlError, type Simulation } from '../simulation.ts'
import type { SimulatorControl } from '../simulator.ts'
import { createControlRoutes } from './control-api.ts'
import { type ApiRequest, type ApiResponse, fail, findRoute, type Route } from './exchange.ts'
import { createMediaFiles } from './media-files.ts'
import { createPageFiles } from './page-files.ts'
import { createPlatformRoutes } from './platform-api.ts'
import { createProxyRoutes } from './proxy-api.ts'
import { createRateLimit } from './rate-limit.ts'
import { streamChanges } from './stream.ts'

const bodyLimit = 5 * 1024 * 1024
/** A form with the largest file that Meta takes. */
const uploadLimit = 101 * 1024 * 1024

export interface HttpServer {
  listen(port: number, host: string): Promise<number>
  close(): Promise<void>
}

async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > limit) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function write(response: ServerResponse, answer: ApiResponse): void {
  if (answer.afterwards) {
    if (answer.breaksBy) answer.afterwards()
    else response.once('close', answer.afterwards)
  }
  if (answer.breaksBy === 'hang') return
  if (answer.breaksBy === 'reset') {
    response.socket?.resetAndDestroy()
    return
  }
  const text = answer.body === null ? '' : JSON.stringify(answer.body)
  const bytes = answer.bytes ?? Buffer.from(text, 'utf8')
  response.writeHead(answer.status, {
    ...(text === '' ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    'cache-control': 'no-store',
    ...answer.headers,
  })
  response.end(bytes)
}

function explain(error: unknown): ApiResponse {
  if (error instanceof ControlError) return fail(error.status, error.message)
  if (error instanceof ZodError) {
    const [issue] = error.issues
    return fail(422, `${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is invalid'}`.trim())
  }
  if (error instanceof URIError) return fail(400, 'Malformed path')
  return fail(500, error instanceof Error ? error.message : 'Internal server error')
}

/** Whether a browser on another site may be behind the request: the control API has no password. */
function isForeign(request: IncomingMessage, host: string): boolean {
  const named = (request.headers.host ?? '').replace(/:\d+$/, '')
  if (!['localhost', '127.0.0.1', '[::1]', host].includes(named)) return true
  const site = request.headers['sec-fetch-site']
  return site !== undefined && site !== 'same-origin' && site !== 'none'
}

/** The one HTTP server: Kapso's two APIs, the control API and the page. */
export function createHttpServer(
  simulation: Simulation,
  control: SimulatorControl,
  { apiKey, host }: { apiKey: string; host: string },
): HttpServer {
  const kapsoRoutes = [...createProxyRoutes(simulation), ...createPlatformRoutes(simulation)]
  const controlRoutes = createControlRoutes(simulation, control)
  const serveFile = createPageFiles(simulation)
  const serveMedia = createMediaFiles(simulation, apiKey, write)
  const countRequest = createRateLimit(simulation)

  async function callApi(routes: Route[], url: URL, request: IncomingMessage): Promise<ApiResponse> {
    const method = request.method ?? 'GET'
    const found = findRoute(routes, method, url.pathname)
    const body = await readBody(request, url.pathname.endsWith('/media') ? uploadLimit : bodyLimit)
    if (body === null) return fail(413, 'Request entity too large')
    if (!found) return fail(404, 'Not found')
    const call: ApiRequest = {
      method,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
      parameters: found.parameters,
    }
    return found.handler(call)
  }

  async function callKapso(url: URL, request: IncomingMessage): Promise<ApiResponse> {
    if (request.headers['x-api-key'] !== apiKey) return fail(401, 'Invalid API key')
    const { headers, refusal } = countRequest(apiKey)
    const answer = refusal ?? (await callApi(kapsoRoutes, url, request))
    return { ...answer, headers: { ...headers, ...answer.headers } }
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://simulator')
    if (serveMedia(url, request, response)) return
    if (url.pathname === '/health') {
      write(response, { status: 200, body: { status: 'ok', waiting: control.waiting() } })
    } else if (url.pathname.startsWith('/meta/') || url.pathname.startsWith('/platform/')) {
      write(response, await callKapso(url, request))
    } else if (isForeign(request, host)) {
      write(response, fail(403, 'The simulator is used from this machine only'))
    } else if (url.pathname === '/simulator/stream' && request.method === 'GET') {
      streamChanges(control, response)
    } else if (url.pathname.startsWith('/simulator/')) {
      write(response, await callApi(controlRoutes, url, request))
    } else if (!serveFile(url, request, response)) {
      write(response, fail(404, 'Not found'))
    }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (!response.headersSent) write(response, explain(error))
    })
  })
  // Clients keep connections between bursts; closing them early would look like resets that nobody asked for.
  server.keepAliveTimeout = 60_000

  return {
    listen(port, address) {
      return new Promise((resolve, reject) => {
        server.once('error', reject)
        server.listen(port, address, () => {
          server.off('error', reject)
          resolve((server.address() as AddressInfo).port)
        })
      })
    },
    close() {
      return new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      })
    },
  }
}
