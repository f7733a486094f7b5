import { redirect } from '@sveltejs/kit'
import { isRuleViolation } from '#lib/domain/rule-violation.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { changeWorkspace, listChannels, listTeam } from '#lib/server/database/settings.ts'
import { readForm, readText } from '#lib/server/read-form.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { formatDate, formatMoment, listCountries, listTimeZones } from '#lib/server/time-zones.ts'
import { workspaceFields } from '#lib/server/workspace-fields.ts'
import { refuse } from '../../../../refuse.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { claims, workspace, role } = requireMember(event)
  const { asMember, environment } = event.locals.services
  const { timeZone } = workspace
  const [channels, team] = await asMember(claims, async (database) => [
    await listChannels(database, workspace.id),
    await listTeam(database, workspace.id),
  ])
  return {
    canChange: role !== 'agent',
    isSaved: event.url.searchParams.has('saved'),
    country: workspace.defaultCountry,
    countries: listCountries().map(({ code, name }) => ({ code, name })),
    timeZones: listTimeZones(timeZone),
    numbers: channels.map(({ endpointIds, lastMessageAt, ...channel }) => ({
      ...channel,
      lastMessageAt: lastMessageAt && formatMoment(lastMessageAt, timeZone),
      webhookUrls: endpointIds.map((id) => new URL(`/webhooks/kapso/${id}`, environment.ORIGIN).href),
    })),
    team: team.map(({ joinedAt, ...member }) => ({ ...member, joinedOn: formatDate(joinedAt, timeZone) })),
  }
}

export const actions: Actions = {
  default: async (event) => {
    const { claims, workspace } = requireMember(event)
    const posted = await event.request.formData()
    const values = {
      name: readText(posted, 'name'),
      timeZone: readText(posted, 'timeZone'),
      country: readText(posted, 'country'),
    }
    const form = readForm(posted, workspaceFields(workspace.timeZone))
    if (!form.isValid) return refuse(400, values, { errors: form.errors })

    const { name, timeZone, country } = form.values
    try {
      await event.locals.services.asMember(claims, (database) =>
        changeWorkspace(database, workspace.id, { name, timeZone, defaultCountry: country }),
      )
    } catch (error) {
      if (!isRuleViolation(error)) throw error
      const isNotAllowed = error.code === 'not_allowed'
      return refuse(403, values, {
        message: isNotAllowed ? m.settings_workspace_not_allowed() : error.message,
      })
    }
    redirect(303, `/w/${workspace.slug}/settings?saved`)
  },
}
