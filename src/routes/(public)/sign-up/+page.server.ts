import { redirect } from '@sveltejs/kit'
import { m } from '#lib/i18n/generated/messages.js'
import { readForm, readText } from '#lib/server/read-form.ts'
import { explainAuthError, explainWait } from '#lib/server/session/auth-errors.ts'
import { displayName, email, newPassword } from '#lib/server/session/credentials.ts'
import { addressOf, authClientOf } from '#lib/server/session/event.ts'
import { refuse } from '../../refuse.ts'
import type { Actions, PageServerLoad } from './$types'

const fields = { name: displayName, email, password: newPassword }

export const load: PageServerLoad = ({ locals }) => {
  if (locals.session.kind === 'signed_in') redirect(303, '/')
  return { isSignUpOpen: locals.services.environment.SIGN_UP === 'open' }
}

export const actions: Actions = {
  default: async (event) => {
    const { attempts, environment } = event.locals.services
    const posted = await event.request.formData()
    const form = readForm(posted, fields)
    const values = { name: readText(posted, 'name'), email: readText(posted, 'email') }
    if (environment.SIGN_UP !== 'open') {
      return refuse(403, values, { message: m.auth_error_invitation() })
    }
    if (!form.isValid) return refuse(400, values, { errors: form.errors })

    const { name, ...credentials } = form.values
    const wait = await attempts.signUp.take({ address: addressOf(event), email: credentials.email })
    if (wait !== null) return refuse(429, values, { message: explainWait(wait) })
    const { data, error } = await authClientOf(event).signUp({
      ...credentials,
      options: { data: { display_name: name }, emailRedirectTo: `${environment.ORIGIN}/sign-in` },
    })
    if (error) {
      const { status, message, field } = explainAuthError(error)
      return refuse(status, values, field === undefined ? { message } : { errors: { [field]: message } })
    }
    // Where addresses have to be confirmed, Auth says the same of new and of known ones.
    if (data.session === null) return { sentTo: credentials.email }
    redirect(303, '/workspaces/new')
  },
}
