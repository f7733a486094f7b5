import { newViewSchema } from '#lib/domain/list-filter-schema.ts'
import { createView } from '#lib/server/database/saved-views.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { readJson } from '#lib/server/http/read-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'

/** Keeps a list under a name. Answers SavedView. */
export const POST: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const inbox = { workspaceId: workspace.id, userId: claims.sub }
  const view = newViewSchema.safeParse(await readJson(event.request))
  if (!view.success) error(400, 'A view is {name, filter, sort, isShared}')
  return answerJson(() =>
    event.locals.services.asMember(claims, (database) => createView(database, inbox, view.data)),
  )
}
