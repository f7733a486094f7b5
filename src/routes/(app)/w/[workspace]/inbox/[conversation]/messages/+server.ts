import { sendSchema } from '#lib/domain/composer.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { answerComposer } from '#lib/server/composer/answer-composer.ts'
import { checkUpload } from '#lib/server/composer/check-upload.ts'
import { queueSend, uploadIdOf } from '#lib/server/composer/send.ts'
import { listMessages, readMessagesAt } from '#lib/server/database/inbox-thread.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'
import { readRequest } from '../../read-request.ts'

/** A page of the thread. Answers MessagePage. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const conversationId = event.params.conversation
  const at = readMessagesAt(event.url.searchParams)
  if (!isUuid(conversationId)) error(404, 'This conversation does not exist')
  if (at === undefined) error(404, 'This message does not exist')
  return answerJson(() =>
    event.locals.services.asMember(
      claims,
      (database) => listMessages(database, workspace.id, conversationId, at),
      { plans: 'kept' },
    ),
  )
}

/** A message: into the outbox, with the job that sends it, in one transaction. Answers ThreadMessage. */
export const POST: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const conversationId = event.params.conversation
  if (!isUuid(conversationId)) error(404, 'This conversation does not exist')
  const send = await readRequest(event.request, sendSchema)
  const { services } = event.locals
  return answerComposer(async () => {
    await checkUpload(services, claims, workspace.id, uploadIdOf(send))
    return services.asMember(claims, (database, enqueue) =>
      queueSend(database, enqueue, workspace.id, conversationId, send),
    )
  })
}
