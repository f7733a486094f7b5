import { savedReplyPatchSchema } from '#lib/domain/composer.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { answerComposer } from '#lib/server/composer/answer-composer.ts'
import { checkUpload } from '#lib/server/composer/check-upload.ts'
import { changeSavedReply, deleteSavedReply } from '#lib/server/database/saved-replies.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'
import { readRequest } from '../../read-request.ts'

/** Changes what is given of it. Answers SavedReply. */
export const PATCH: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const { reply } = event.params
  if (!isUuid(reply)) error(404, 'This saved reply does not exist')
  const fields = await readRequest(event.request, savedReplyPatchSchema)
  const { services } = event.locals
  return answerComposer(async () => {
    await checkUpload(services, claims, workspace.id, fields.uploadId ?? null)
    return services.asMember(claims, (database) => changeSavedReply(database, workspace.id, reply, fields))
  })
}

/** 204. */
export const DELETE: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const { reply } = event.params
  if (!isUuid(reply)) error(404, 'This saved reply does not exist')
  return answerComposer(() =>
    event.locals.services.asMember(claims, (database) => deleteSavedReply(database, workspace.id, reply)),
  )
}
