import { redirect, type RequestEvent } from '@sveltejs/kit'
import { m } from '#lib/i18n/generated/messages.js'
import { nobody, readInvitation } from '#lib/server/database/invitations.ts'
import { readForm, readText } from '#lib/server/read-form.ts'
import { explainAuthError, explainWait } from '#lib/server/session/auth-errors.ts'
import { displayName, email, newPassword } from '#lib/server/session/credentials.ts'
import { addressOf, authClientOf } from '#lib/server/session/event.ts'
import { signInPath } from '#lib/server/session/safe-path.ts'
import { refuse } from '../../refuse.ts'
import type { Actions, PageServerLoad } from './$types'

const fields = { name: displayName, email, password: newPassword }

export const load: PageServerLoad = async (event) => {
  const invitation = await findInvitation(event)
  if (event.locals.session.kind === 'signed_in') redirect(303, invitation?.path ?? '/')
  return {
    isSignUpOpen: event.locals.services.environment.SIGN_UP === 'open' || invitation !== null,
    invitation,
  }
}

/** The open invitation that the address names: with one an account may be made where others may not. */
async function findInvitation({ locals, url }: RequestEvent) {
  const token = url.searchParams.get('invitation')
  if (token === null) return null
  const card = await locals.services.asMember(nobody, (database) => readInvitation(database, token))
  if (card?.state !== 'open') return null
  const { workspaceName, invitedBy, email } = card
  return { workspaceName, invitedBy, email, path: `/invitations/${encodeURIComponent(token)}` }
}

export const actions: Actions = {
  default: async (event) => {
    const { attempts, environment } = event.locals.services
    const posted = await event.request.formData()
    const form = readForm(posted, fields)
    const values = { name: readText(posted, 'name'), email: readText(posted, 'email') }
    const invitation = await findInvitation(event)
    if (environment.SIGN_UP !== 'open' && invitation === null) {
      return refuse(403, values, { message: m.auth_error_invitation() })
    }
    if (!form.isValid) return refuse(400, values, { errors: form.errors })
    if (environment.SIGN_UP !== 'open' && ![null, form.values.email].includes(invitation?.email ?? null)) {
      return refuse(403, values, { message: m.auth_invited_of_another() })
    }

    const { name, ...credentials } = form.values
    const wait = await attempts.signUp.take({ address: addressOf(event), email: credentials.email })
    if (wait !== null) return refuse(429, values, { message: explainWait(wait) })
    const { data, error } = await authClientOf(event).signUp({
      ...credentials,
      options: {
        data: { display_name: name },
        emailRedirectTo: environment.ORIGIN + signInPath(invitation?.path ?? null),
      },
    })
    if (error) {
      const { status, message, field } = explainAuthError(error)
      return refuse(status, values, field === undefined ? { message } : { errors: { [field]: message } })
    }
    // Where addresses have to be confirmed, Auth says the same of new and of known ones.
    if (data.session === null) return { sentTo: credentials.email }
    redirect(303, invitation?.path ?? '/workspaces/new')
  },
}
