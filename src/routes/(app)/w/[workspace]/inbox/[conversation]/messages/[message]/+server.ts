import { isUuid } from '#lib/domain/uuid.ts'
import { answerComposer } from '#lib/server/composer/answer-composer.ts'
import { takeBack } from '#lib/server/composer/send.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'

/** Takes back what has not left: a send that can be undone, or one for later. 204, or 409 `left`. */
export const DELETE: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const { conversation, message } = event.params
  if (!isUuid(conversation) || !isUuid(message)) error(404, 'This message does not exist')
  return answerComposer(() =>
    event.locals.services.asMember(claims, (database, enqueue) =>
      takeBack(database, enqueue, workspace.id, conversation, message),
    ),
  )
}
