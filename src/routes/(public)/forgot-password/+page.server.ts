import { readForm, readText } from '#lib/server/read-form.ts'
import { explainAuthError, explainWait } from '#lib/server/session/auth-errors.ts'
import { email } from '#lib/server/session/credentials.ts'
import { addressOf, authClientOf } from '#lib/server/session/event.ts'
import { refuse } from '../../refuse.ts'
import type { Actions } from './$types'

export const actions: Actions = {
  default: async (event) => {
    const { attempts, environment, log } = event.locals.services
    const posted = await event.request.formData()
    const form = readForm(posted, { email })
    const values = { email: readText(posted, 'email') }
    if (!form.isValid) return refuse(400, values, { errors: form.errors })

    const wait = await attempts.passwordReset.take({ address: addressOf(event), email: form.values.email })
    if (wait !== null) return refuse(429, values, { message: explainWait(wait) })
    const { error } = await authClientOf(event).resetPasswordForEmail(form.values.email, {
      redirectTo: `${environment.ORIGIN}/reset-password`,
    })
    if (error) {
      const problem = explainAuthError(error)
      if (problem.status === 503 || error.code === 'over_request_rate_limit') {
        return refuse(problem.status, values, { message: problem.message })
      }
      // Anything more precise would tell which addresses have an account.
      log.info({ kind: 'forgot-password', errorCode: error.code, status: error.status }, 'no mail was sent')
    }
    return { sentTo: form.values.email }
  },
}
