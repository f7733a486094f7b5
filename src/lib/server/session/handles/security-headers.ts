import type { Handle } from '@sveltejs/kit'

const always = {
  'x-content-type-options': 'nosniff',
  // Not "no-referrer": with it browsers send "Origin: null" with our own forms.
  'referrer-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(self), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

const twoYears = 2 * 365 * 24 * 60 * 60

/** What every answer of ours carries: strict headers, and no copy in any cache. */
export const handleSecurityHeaders: Handle = async ({ event, resolve }) => {
  const response = await resolve(event)
  const { environment } = event.locals.services
  const { headers } = response
  for (const [name, value] of Object.entries(always)) headers.set(name, value)
  for (const [name, value] of event.locals.answerHeaders) headers.set(name, value)
  headers.set('x-request-id', event.locals.requestId)
  if (environment.ORIGIN.startsWith('https:'))
    headers.set('strict-transport-security', `max-age=${String(twoYears)}`)
  if (!headers.has('cache-control')) headers.set('cache-control', 'private, no-store')
  headers.set('content-security-policy', contentPolicy(headers.get('content-security-policy'), environment))
  return response
}

/** The directives that Supabase is added to: Realtime, pictures, sound and film. */
const supabaseDirectives: Readonly<Record<string, (origin: string) => string>> = {
  'connect-src': (origin) => `${origin} ${origin.replace(/^http/, 'ws')}`,
  'img-src': (origin) => origin,
  'media-src': (origin) => origin,
}

/**
 * Lets pages talk to Realtime and show files of Storage, whose address is known only when the process runs; SvelteKit
 * writes the rest of the policy at build time. What is no page may load nothing at all.
 */
export function contentPolicy(policy: string | null, environment: { PUBLIC_SUPABASE_URL: string }): string {
  if (policy === null) return "default-src 'none'; frame-ancestors 'none'"
  const { origin } = new URL(environment.PUBLIC_SUPABASE_URL)
  return policy
    .split('; ')
    .map((directive) => {
      const sources = supabaseDirectives[directive.split(' ', 1)[0] ?? '']?.(origin)
      return sources === undefined ? directive : `${directive} ${sources}`
    })
    .join('; ')
}
