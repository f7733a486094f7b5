import { redirect } from '@sveltejs/kit'
import { m } from '#lib/i18n/generated/messages.js'
import { createWorkspace } from '#lib/server/database/workspaces.ts'
import { listCountries, listTimeZones } from '#lib/server/time-zones.ts'
import { workspaceFields } from '#lib/server/workspace-fields.ts'
import { readForm, readText } from '#lib/server/read-form.ts'
import { requireSession } from '#lib/server/session/guards.ts'
import { findOwnName } from '#lib/server/session/event.ts'
import { refuse } from '../../../refuse.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = (event) => {
  const { claims } = requireSession(event)
  const { memberships, services } = event.locals
  return {
    isOpen: services.environment.SIGN_UP === 'open',
    email: claims.email ?? '',
    current: memberships?.[0]?.workspace.slug ?? null,
    countries: listCountries(),
    timeZones: listTimeZones(),
  }
}

export const actions: Actions = {
  default: async (event) => {
    const { claims } = requireSession(event)
    const { asMember, environment } = event.locals.services
    const posted = await event.request.formData()
    const values = {
      name: readText(posted, 'name'),
      timeZone: readText(posted, 'timeZone'),
      country: readText(posted, 'country'),
    }
    if (environment.SIGN_UP !== 'open') {
      return refuse(403, values, { message: m.settings_workspace_invitation() })
    }
    const form = readForm(posted, workspaceFields())
    if (!form.isValid) return refuse(400, values, { errors: form.errors })

    const { name, timeZone, country } = form.values
    const ownerName = (await findOwnName(event)) ?? m.settings_role_owner()
    const slug = await asMember(claims, (database) =>
      createWorkspace(database, { name, timeZone, defaultCountry: country, ownerName }),
    )
    redirect(303, `/w/${slug}/inbox`)
  },
}
