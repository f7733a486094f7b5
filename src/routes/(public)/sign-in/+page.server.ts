import { redirect } from '@sveltejs/kit'
import { z } from 'zod'
import { m } from '#lib/i18n/generated/messages.js'
import { readForm, readText } from '#lib/server/read-form.ts'
import { explainAuthError, explainWait } from '#lib/server/session/auth-errors.ts'
import { email } from '#lib/server/session/credentials.ts'
import { addressOf, authClientOf } from '#lib/server/session/event.ts'
import { safePath } from '#lib/server/session/safe-path.ts'
import { refuse } from '../../refuse.ts'
import type { Actions, PageServerLoad } from './$types'

const fields = { email, password: z.string().min(1, { error: () => m.auth_error_password_missing() }) }

export const load: PageServerLoad = ({ locals, url }) => {
  if (locals.session.kind === 'signed_in') redirect(303, safePath(url.searchParams.get('next')) ?? '/')
  return {
    next: safePath(url.searchParams.get('next')),
    hasNewPassword: url.searchParams.get('password') === 'changed',
    isSignUpOpen: locals.services.environment.SIGN_UP === 'open',
  }
}

export const actions: Actions = {
  default: async (event) => {
    const { signIn } = event.locals.services.attempts
    const posted = await event.request.formData()
    const form = readForm(posted, fields)
    const values = { email: readText(posted, 'email') }
    if (!form.isValid) return refuse(400, values, { errors: form.errors })

    const attempt = { address: addressOf(event), email: form.values.email }
    const wait = await signIn.take(attempt)
    if (wait !== null) return refuse(429, values, { message: explainWait(wait) })
    const { error } = await authClientOf(event).signInWithPassword(form.values)
    if (error) {
      const problem = explainAuthError(error)
      return refuse(problem.status, values, { message: problem.message })
    }
    await signIn.giveBack(attempt)
    redirect(303, safePath(event.url.searchParams.get('next')) ?? '/')
  },
}
