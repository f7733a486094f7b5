import type { RequestEvent } from '@sveltejs/kit'
import { clientAddress } from '../client-address.ts'
import { longestName } from '../workspace-fields.ts'
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

/**
 * What the signed-in user is called: in a workspace of theirs that the request knows of, else as they signed up, else the
 * start of their e-mail. Asks Auth. Null where none of these is known.
 */
export async function findOwnName(event: RequestEvent): Promise<string | null> {
  const known = event.locals.memberships?.[0]?.displayName
  if (known !== undefined) return known
  const { data } = await authClientOf(event).getUser()
  const given: unknown = data.user?.user_metadata['display_name']
  const name =
    typeof given === 'string' && given.trim() !== '' ? given : event.locals.claims?.email?.split('@')[0]
  return name?.trim().slice(0, longestName) ?? null
}
