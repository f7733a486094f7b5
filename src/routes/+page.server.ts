import { redirect } from '@sveltejs/kit'
import { listMemberships } from '#lib/server/database/workspaces.ts'
import { requireSession } from '#lib/server/session/guards.ts'
import { chooseWorkspace } from '#lib/server/session/last-workspace.ts'
import type { PageServerLoad } from './$types'

/** Leads to where somebody worked last, to their first workspace, or to the sign-in page. */
export const load: PageServerLoad = async (event) => {
  const { claims } = requireSession(event)
  const memberships = await event.locals.services.asMember(claims, (database) =>
    listMemberships(database, claims.sub),
  )
  const membership = chooseWorkspace(event.cookies, memberships)
  redirect(303, membership === null ? '/workspaces/new' : `/w/${membership.workspace.slug}/inbox`)
}
