import { countInbox } from '#lib/server/database/inbox-counts.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'

/** How many conversations the lists hold. Answers InboxCounts. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const inbox = { workspaceId: workspace.id, userId: claims.sub }
  return answerJson(() =>
    event.locals.services.asMember(claims, (database) => countInbox(database, inbox), { plans: 'kept' }),
  )
}
