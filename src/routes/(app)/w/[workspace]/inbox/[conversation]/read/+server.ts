import { isUuid } from '#lib/domain/uuid.ts'
import { claimSignal } from '#lib/server/database/customer-signals.ts'
import { markRead } from '#lib/server/database/inbox-reads.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'

/** Everything in this conversation is read by this member. */
export const POST: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const conversationId = event.params.conversation
  if (!isUuid(conversationId)) error(404, 'This conversation does not exist')
  return answerJson(() =>
    event.locals.services.asMember(
      claims,
      async (database, enqueue) => {
        await markRead(database, { workspaceId: workspace.id, userId: claims.sub }, conversationId)
        const thread = { workspaceId: workspace.id, conversationId }
        for (const job of await claimSignal(database, thread, 'on_open')) enqueue(job)
        return { isRead: true }
      },
      { plans: 'kept' },
    ),
  )
}
