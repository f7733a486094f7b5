import type { IncomingHttpHeaders } from 'node:http'

export interface ApiRequest {
  method: string
  path: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  body: Buffer
  /** What stood in the path where the pattern has `:name`. */
  parameters: Record<string, string>
}

export interface ApiResponse {
  status: number
  body: unknown
  headers?: Record<string, string>
  /** In place of `body`: a file. */
  bytes?: Buffer
  /** Instead of answering: close the connection, or never answer. */
  breaksBy?: 'reset' | 'hang'
  /** Runs when the answer has left. */
  afterwards?: () => void
}

export type Handler = (request: ApiRequest) => ApiResponse | Promise<ApiResponse>

export interface Route {
  method: string
  segments: string[]
  handler: Handler
}

/** A route; segments of the pattern that begin with a colon match anything. */
export function route(method: string, pattern: string, handler: Handler): Route {
  return { method, segments: pattern.split('/'), handler }
}

function matchSegments(segments: string[], path: string): Record<string, string> | null {
  const given = path.split('/')
  if (given.length !== segments.length) return null
  const parameters: Record<string, string> = {}
  for (const [place, segment] of segments.entries()) {
    const value = decodeURIComponent(given[place] ?? '')
    if (segment.startsWith(':')) parameters[segment.slice(1)] = value
    else if (segment !== value) return null
  }
  return parameters
}

/** The first route for this method and path, with what it found in the path; null when there is none. */
export function findRoute(
  routes: Route[],
  method: string,
  path: string,
): { handler: Handler; parameters: Record<string, string> } | null {
  for (const one of routes) {
    if (one.method !== method) continue
    const parameters = matchSegments(one.segments, path)
    if (parameters) return { handler: one.handler, parameters }
  }
  return null
}

/** Kapso's own form of an error. */
export function fail(status: number, error: string, more: Record<string, unknown> = {}): ApiResponse {
  return { status, body: { error, ...more } }
}

/** The Graph form of an error, which the proxy passes on from Meta. */
export function failAsGraph(status: number, code: number, details: string): ApiResponse {
  return {
    status,
    body: {
      error: {
        message: `(#${String(code)}) ${details}`,
        type: 'OAuthException',
        code,
        error_data: { messaging_product: 'whatsapp', details },
        fbtrace_id: 'ASimulatedTrace',
      },
    },
  }
}

/** The body as JSON. Undefined when it is none. */
export function readJson(request: ApiRequest): unknown {
  try {
    return JSON.parse(request.body.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}

/** A required part of the path. */
export function parameter(request: ApiRequest, name: string): string {
  return request.parameters[name] ?? ''
}
