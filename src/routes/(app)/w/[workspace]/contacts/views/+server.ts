import { error } from '@sveltejs/kit'
import { newContactViewSchema } from '#lib/domain/contact-view-schema.ts'
import { createContactView } from '#lib/server/database/contact-views.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { readJson } from '#lib/server/http/read-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'

/** Keeps a list of contacts under a name. Answers ContactView. */
export const POST: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const of = { workspaceId: workspace.id, userId: claims.sub }
  const view = newContactViewSchema.safeParse(await readJson(event.request))
  if (!view.success) error(400, 'A view is {name, query, isShared}')
  return answerJson(() =>
    event.locals.services.asMember(claims, (database) => createContactView(database, of, view.data)),
  )
}
