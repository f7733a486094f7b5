import type { Handle } from '@sveltejs/kit'
import { resolveSession } from '../resolve-session.ts'

/** Tells who sends the request. Kapso's deliveries and the health check come from nobody. */
export const handleSession: Handle = async ({ event, resolve }) => {
  const { locals, cookies } = event
  const { environment, verifyToken, sessionRefresher } = locals.services
  locals.session = await resolveSession(cookies, {
    verifyToken,
    refresher: sessionRefresher,
    origin: environment.ORIGIN,
  })
  locals.claims = locals.session.kind === 'signed_in' ? locals.session.claims : null
  return resolve(event)
}
