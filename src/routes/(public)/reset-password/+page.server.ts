import { createHash } from 'node:crypto'
import { redirect, type RequestEvent } from '@sveltejs/kit'
import { m } from '#lib/i18n/generated/messages.js'
import { readForm } from '#lib/server/read-form.ts'
import { explainAuthError, explainWait } from '#lib/server/session/auth-errors.ts'
import type { AuthClient } from '#lib/server/session/auth-client.ts'
import { newPassword } from '#lib/server/session/credentials.ts'
import { addressOf, authClientOf } from '#lib/server/session/event.ts'
import { clearSession, sessionCookieName } from '#lib/server/session/session-cookies.ts'
import { refuse } from '../../refuse.ts'
import type { Actions, PageServerLoad } from './$types'

/** How long a person may think of another password after Auth has used the link up. */
const recoverySeconds = 10 * 60

// Opening the page changes nothing: programs that look into mails open every link.
export const load: PageServerLoad = ({ url }) => ({ hasToken: readToken(url) !== null })

export const actions: Actions = {
  default: async (event) => {
    const { attempts, environment } = event.locals.services
    const token = readToken(event.url)
    if (token === null) return { isLinkOver: true }
    const form = readForm(await event.request.formData(), { password: newPassword })
    if (!form.isValid) return refuse(400, {}, { errors: form.errors })

    const address = addressOf(event)
    const wait = await attempts.passwordReset.take({ address })
    if (wait !== null) return refuse(429, {}, { message: explainWait(wait) })

    const auth = recoveryClient(event, token)
    const link = await useLink(auth, token)
    if (link === 'over') return { isLinkOver: true }
    if (link === 'unavailable') return refuse(503, {}, { message: m.auth_error_unavailable() })
    const { data, error } = await auth.updateUser({ password: form.values.password })
    // Somebody who types the password that they have already has what they came for.
    if (error && error.code !== 'same_password') {
      const { status, message, field } = explainAuthError(error)
      return refuse(status, {}, field === 'password' ? { errors: { password: message } } : { message })
    }
    await auth.signOut({ scope: 'global' })
    clearSession(event.cookies, environment.ORIGIN)
    if (data.user?.email) await attempts.signIn.giveBack({ address, email: data.user.email })
    redirect(303, '/sign-in?password=changed')
  },
}

function readToken(url: URL): string | null {
  return url.searchParams.get('type') === 'recovery' ? url.searchParams.get('token_hash') : null
}

/**
 * A client with a session of its own, so that nobody is signed in by a link alone, and bound to this link, so that a
 * second one in the same browser cannot change the wrong account's password.
 */
function recoveryClient(event: RequestEvent, token: string): AuthClient {
  const { ORIGIN } = event.locals.services.environment
  const link = createHash('sha256').update(token).digest('hex').slice(0, 16)
  return authClientOf(event, {
    cookieName: `${sessionCookieName(ORIGIN)}-recovery-${link}`,
    maxAge: recoverySeconds,
  })
}

/** Redeems the link. It works once; whoever was asked for another password goes on with what it gave them. */
async function useLink(auth: AuthClient, token: string): Promise<'used' | 'over' | 'unavailable'> {
  const { error } = await auth.verifyOtp({ token_hash: token, type: 'recovery' })
  if (!error) return 'used'
  const { data } = await auth.getSession()
  if (data.session !== null) return 'used'
  return explainAuthError(error).status === 503 && error.code === undefined ? 'unavailable' : 'over'
}
