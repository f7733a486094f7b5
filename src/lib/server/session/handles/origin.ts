import { text, type Handle } from '@sveltejs/kit'

const reading = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * Refuses every request that changes something unless it comes from a page of this site, JSON as well as forms.
 * Kapso's deliveries come from no page: their signature is their proof.
 */
export const handleOrigin: Handle = ({ event, resolve }) => {
  const { request, url, locals } = event
  if (reading.has(request.method) || url.pathname.startsWith('/webhooks/')) return resolve(event)
  if (isSameOrigin(request.headers, locals.services.environment.ORIGIN)) return resolve(event)
  return text('This request came from another site', { status: 403 })
}

/** Browsers write both headers themselves; no page can forge them. */
export function isSameOrigin(headers: Headers, origin: string): boolean {
  return headers.get('origin') === new URL(origin).origin || headers.get('sec-fetch-site') === 'same-origin'
}
