import { listConversations } from '#lib/server/database/inbox-list.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'

/** A further page of the list. Answers ConversationPage. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const inbox = { workspaceId: workspace.id, userId: claims.sub }
  return answerJson(() =>
    event.locals.services.asMember(claims, (database) =>
      listConversations(database, inbox, event.url.searchParams.get('before')),
    ),
  )
}
