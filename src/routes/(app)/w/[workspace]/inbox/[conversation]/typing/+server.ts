import { isUuid } from '#lib/domain/uuid.ts'
import { answerComposer } from '#lib/server/composer/answer-composer.ts'
import { claimSignal } from '#lib/server/database/customer-signals.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'

/** Shows the customer that somebody types, where the workspace wants that. 204 either way. */
export const POST: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const { conversation } = event.params
  if (!isUuid(conversation)) error(404, 'This conversation does not exist')
  return answerComposer(() =>
    event.locals.services.asMember(claims, async (database, enqueue) => {
      const thread = { workspaceId: workspace.id, conversationId: conversation }
      for (const job of await claimSignal(database, thread, 'typing')) enqueue(job)
    }),
  )
}
