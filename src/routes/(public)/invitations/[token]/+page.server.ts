import { redirect } from '@sveltejs/kit'
import { isRuleViolation } from '#lib/domain/rule-violation.ts'
import { acceptInvitation, nobody, readInvitation } from '#lib/server/database/invitations.ts'
import { describeRefusal } from '#lib/server/http/refusal-words.ts'
import { readForm, readText } from '#lib/server/read-form.ts'
import { displayName } from '#lib/server/session/credentials.ts'
import { requireSession } from '#lib/server/session/guards.ts'
import { findOwnName } from '#lib/server/session/event.ts'
import { refuse } from '../../../refuse.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { services, claims, session } = event.locals
  const { token } = event.params
  const invitation = await services.asMember(claims ?? nobody, (database) => readInvitation(database, token))
  event.setHeaders({ 'cache-control': 'no-store' })
  const mine = session.kind === 'signed_in' ? (session.claims.email ?? '') : null
  return {
    token,
    invitation,
    mine,
    name: mine !== null && invitation?.state === 'open' ? await findOwnName(event) : null,
  }
}

export const actions: Actions = {
  default: async (event) => {
    const { claims } = requireSession(event)
    const posted = await event.request.formData()
    const values = { name: readText(posted, 'name') }
    const form = readForm(posted, { name: displayName })
    if (!form.isValid) return refuse(400, values, { errors: form.errors })
    let slug: string
    try {
      slug = await event.locals.services.asMember(claims, (database) =>
        acceptInvitation(database, event.params.token, form.values.name),
      )
    } catch (error) {
      if (!isRuleViolation(error)) throw error
      return refuse(422, values, { message: describeRefusal(error.code) })
    }
    redirect(303, `/w/${slug}/inbox`)
  },
}
