import { readListFilter, readListSort } from '#lib/domain/inbox-views.ts'
import { listConversations } from '#lib/server/database/inbox-list.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'

/** A page of a list. Answers ConversationPage. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const inbox = { workspaceId: workspace.id, userId: claims.sub }
  const query = event.url.searchParams
  return answerJson(() =>
    event.locals.services.asMember(claims, (database) =>
      listConversations(database, inbox, {
        filter: readListFilter(query),
        sort: readListSort(query) ?? 'newest',
        before: query.get('before'),
      }),
    ),
  )
}
