import { error } from '@sveltejs/kit'
import { contactViewChangeSchema } from '#lib/domain/contact-view-schema.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { changeContactView, deleteContactView } from '#lib/server/database/contact-views.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { readJson } from '#lib/server/http/read-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'

/** Changes a view of contacts. Answers ContactView. */
export const PATCH: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const of = { workspaceId: workspace.id, userId: claims.sub }
  const viewId = event.params.view
  const change = contactViewChangeSchema.safeParse(await readJson(event.request))
  if (!isUuid(viewId)) error(404, 'This view does not exist')
  if (!change.success) error(400, 'A change names some of {name, query, isShared}')
  return answerJson(() =>
    event.locals.services.asMember(claims, (database) =>
      changeContactView(database, of, viewId, change.data),
    ),
  )
}

export const DELETE: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const of = { workspaceId: workspace.id, userId: claims.sub }
  const viewId = event.params.view
  if (!isUuid(viewId)) error(404, 'This view does not exist')
  return answerJson(() =>
    event.locals.services.asMember(claims, async (database) => {
      await deleteContactView(database, of, viewId)
      return { isDeleted: true }
    }),
  )
}
