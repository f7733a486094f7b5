import { redirect } from '@sveltejs/kit'
import { giveOutTurnsJob } from '#lib/server/database/assignment.ts'
import { readMyAvailability, setMyAvailability } from '#lib/server/database/availability.ts'
import { readText } from '#lib/server/read-form.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { Actions, PageServerLoad } from './$types'

export const load: PageServerLoad = async (event) => {
  const { claims, workspace } = requireMember(event)
  return {
    availability: await event.locals.services.asMember(claims, (database) =>
      readMyAvailability(database, { workspaceId: workspace.id, userId: claims.sub }),
    ),
  }
}

export const actions: Actions = {
  availability: async (event) => {
    const { claims, workspace } = requireMember(event)
    const posted = await event.request.formData()
    const availability = readText(posted, 'availability') === 'away' ? 'away' : 'online'
    await event.locals.services.asMember(claims, async (database, enqueue) => {
      await setMyAvailability(database, workspace.id, availability)
      if (availability === 'online') enqueue(giveOutTurnsJob(workspace.id))
    })
    redirect(303, `/w/${workspace.slug}/settings/you`)
  },
}
