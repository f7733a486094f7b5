import type { RequestEvent } from '@sveltejs/kit'
import { clientAddress } from '../client-address.ts'
import { createAuthClient, type AuthClient } from './auth-client.ts'

/** What this request may ask of Auth. */
export function authClientOf(
  event: RequestEvent,
  session: { cookieName?: string; maxAge?: number } = {},
): AuthClient {
  const { environment } = event.locals.services
  return createAuthClient({
    supabaseUrl: environment.SUPABASE_URL,
    publishableKey: environment.SUPABASE_PUBLISHABLE_KEY,
    origin: environment.ORIGIN,
    jar: event.cookies,
    setHeaders(headers) {
      for (const [name, value] of Object.entries(headers)) event.locals.answerHeaders.set(name, value)
    },
    ...session,
  })
}

/** Where the request comes from, for limits. */
export function addressOf(event: RequestEvent): string {
  const remoteAddress = event.platform?.req.socket.remoteAddress ?? event.getClientAddress()
  return clientAddress(
    remoteAddress,
    event.request.headers.get('x-forwarded-for'),
    event.locals.services.trustedProxies,
  )
}
