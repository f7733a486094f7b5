import { uploadSchema } from '#lib/domain/composer.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { answerComposer } from '#lib/server/composer/answer-composer.ts'
import { signStartedUpload, startUpload } from '#lib/server/composer/start-upload.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'
import { readRequest } from '../../read-request.ts'

/** A place in Storage for a file of a message. Answers Upload. */
export const POST: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  if (!isUuid(event.params.conversation)) error(404, 'This conversation does not exist')
  const file = await readRequest(event.request, uploadSchema)
  const { asMember, mediaStore } = event.locals.services
  return answerComposer(async () => {
    const started = await asMember(claims, (database) => startUpload(database, workspace.id, file))
    return signStartedUpload(mediaStore, workspace.id, started)
  })
}
