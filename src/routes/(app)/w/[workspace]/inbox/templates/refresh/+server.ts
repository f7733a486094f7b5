import { refreshTemplatesJobs } from '#lib/server/database/templates.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'

/** Has Kapso asked for the templates of the workspace's numbers now. 202: they change in the list within seconds. */
export const POST: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  await event.locals.services.asMember(claims, async (database, enqueue) => {
    for (const job of await refreshTemplatesJobs(database, workspace.id)) enqueue(job)
  })
  return new Response(null, { status: 202 })
}
