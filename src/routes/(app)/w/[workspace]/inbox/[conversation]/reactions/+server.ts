import { reactionSchema } from '#lib/domain/composer.ts'
import { isUuid } from '#lib/domain/uuid.ts'
import { answerComposer } from '#lib/server/composer/answer-composer.ts'
import { queueReaction } from '#lib/server/composer/send.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'
import { readRequest } from '../../read-request.ts'

/** A reaction to a message, or none any more. Answers the ThreadMessage that it is about. */
export const POST: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const { conversation } = event.params
  if (!isUuid(conversation)) error(404, 'This conversation does not exist')
  const reaction = await readRequest(event.request, reactionSchema)
  return answerComposer(() =>
    event.locals.services.asMember(claims, (database, enqueue) =>
      queueReaction(database, enqueue, workspace.id, conversation, reaction),
    ),
  )
}
