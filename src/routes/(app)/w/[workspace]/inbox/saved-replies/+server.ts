import { savedReplySchema } from '#lib/domain/composer.ts'
import { answerComposer } from '#lib/server/composer/answer-composer.ts'
import { checkUpload } from '#lib/server/composer/check-upload.ts'
import { createSavedReply, listSavedReplies } from '#lib/server/database/saved-replies.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'
import { readRequest } from '../read-request.ts'

/** The team's saved replies and the member's own. Answers SavedReply[]. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  return answerComposer(() =>
    event.locals.services.asMember(claims, (database) => listSavedReplies(database, workspace.id)),
  )
}

/** A new one. Answers SavedReply. */
export const POST: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const fields = await readRequest(event.request, savedReplySchema)
  const { services } = event.locals
  return answerComposer(async () => {
    await checkUpload(services, claims, workspace.id, fields.uploadId ?? null)
    return services.asMember(claims, (database) => createSavedReply(database, workspace.id, fields))
  })
}
