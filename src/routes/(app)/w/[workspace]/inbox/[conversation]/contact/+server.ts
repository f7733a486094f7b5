import { isUuid } from '#lib/domain/uuid.ts'
import { findContactDetails } from '#lib/server/database/contact-pane.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'

/** Who it is that a conversation is with. Answers ContactDetails. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const conversationId = event.params.conversation
  if (!isUuid(conversationId)) error(404, 'This conversation does not exist')
  return answerJson(async () => {
    const details = await event.locals.services.asMember(claims, (database) =>
      findContactDetails(database, workspace.id, conversationId),
    )
    return details ?? error(404, 'This conversation does not exist')
  })
}
