import { newMessageSchema } from '#lib/domain/composer.ts'
import { answerComposer } from '#lib/server/composer/answer-composer.ts'
import { checkUpload } from '#lib/server/composer/check-upload.ts'
import { startConversation } from '#lib/server/composer/new-message.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'
import { readRequest } from '../read-request.ts'

/** A template to somebody who may never have written. Answers NewMessage. */
export const POST: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const message = await readRequest(event.request, newMessageSchema)
  const { services } = event.locals
  return answerComposer(async () => {
    await checkUpload(services, claims, workspace.id, message.headerUploadId ?? null)
    return services.asMember(claims, (database, enqueue) =>
      startConversation(database, enqueue, workspace.id, message),
    )
  })
}
