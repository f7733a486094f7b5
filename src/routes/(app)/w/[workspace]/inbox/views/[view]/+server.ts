import { viewChangeSchema } from '#lib/domain/list-filter-schema.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { changeView, deleteView } from '#lib/server/database/saved-views.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { readJson } from '#lib/server/http/read-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'

/** Changes a saved view. Answers SavedView. */
export const PATCH: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const inbox = { workspaceId: workspace.id, userId: claims.sub }
  const viewId = event.params.view
  const change = viewChangeSchema.safeParse(await readJson(event.request))
  if (!isUuid(viewId)) error(404, 'This view does not exist')
  if (!change.success) error(400, 'A change names some of {name, filter, sort, isShared}')
  return answerJson(() =>
    event.locals.services.asMember(claims, (database) => changeView(database, inbox, viewId, change.data)),
  )
}

export const DELETE: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const inbox = { workspaceId: workspace.id, userId: claims.sub }
  const viewId = event.params.view
  if (!isUuid(viewId)) error(404, 'This view does not exist')
  return answerJson(() =>
    event.locals.services.asMember(claims, async (database) => {
      await deleteView(database, inbox, viewId)
      return { isDeleted: true }
    }),
  )
}
