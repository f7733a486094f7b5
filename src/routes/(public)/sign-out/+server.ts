import { redirect } from '@sveltejs/kit'
import { authClientOf } from '#lib/server/session/event.ts'
import { clearSession, readSession } from '#lib/server/session/session-cookies.ts'
import type { RequestHandler } from './$types'

/** Ends the session of this browser. It ends here even while Auth does not answer. */
export const POST: RequestHandler = async (event) => {
  const { environment, sessionRefresher, log } = event.locals.services
  const stored = await readSession(event.cookies, environment.ORIGIN)
  if (stored !== null) sessionRefresher.forget(stored.refreshToken)
  if (event.locals.session.kind === 'signed_in') {
    const { error } = await authClientOf(event).signOut({ scope: 'local' })
    if (error)
      log.warn({ kind: 'sign-out', errorName: error.name, status: error.status }, 'session lives on at Auth')
  }
  clearSession(event.cookies, environment.ORIGIN)
  redirect(303, '/sign-in')
}
