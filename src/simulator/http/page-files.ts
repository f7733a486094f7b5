import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Simulation } from '../simulation.ts'
import { buildView } from './view.ts'

const files: Record<string, string> = {
  'page.css': 'text/css; charset=utf-8',
  ...Object.fromEntries(
    [
      'api',
      'attach',
      'deliveries',
      'dom',
      'faults',
      'more',
      'naming',
      'new-customer',
      'page',
      'people',
      'thread',
    ].map((name) => [`${name}.js`, 'text/javascript; charset=utf-8']),
  ),
}

const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "media-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

function readPageFile(name: string): string {
  return readFileSync(new URL(`../page/${name}`, import.meta.url), 'utf8')
}

/** Serves the page, its style and its scripts. The handler answers false for every other path. */
export function createPageFiles(
  simulation: Simulation,
): (url: URL, request: IncomingMessage, response: ServerResponse) => boolean {
  return (url, request, response) => {
    if (request.method !== 'GET') return false
    const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
    const name = url.pathname.slice(1)
    const type = Object.hasOwn(files, name) ? files[name] : undefined
    if (type !== undefined) {
      response.writeHead(200, { ...headers, 'content-type': type })
      response.end(readPageFile(name))
      return true
    }
    if (url.pathname !== '/') return false
    const view = buildView(simulation, {
      customerId: url.searchParams.get('customer'),
      phoneNumberId: url.searchParams.get('number'),
    })
    response.writeHead(200, {
      ...headers,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': contentSecurityPolicy,
    })
    // A text of a customer must not be able to end the script element that it stands in.
    const data = JSON.stringify(view).replaceAll('<', '\\u003c')
    response.end(readPageFile('page.html').replace('{{view}}', () => data))
    return true
  }
}
