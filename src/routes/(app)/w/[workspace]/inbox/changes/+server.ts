import { isUuid } from '#lib/domain/uuid.ts'
import { findChanges } from '#lib/server/database/inbox-changes.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import type { RequestHandler } from './$types'

/** A page that has heard more loads anew. */
const mostHeard = 50

/** What changed since a cursor: asked for after every join, wake-up and broadcast. Answers InboxChanges. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const query = event.url.searchParams
  const conversationId = query.get('conversation')
  if (conversationId !== null && !isUuid(conversationId)) error(404, 'This conversation does not exist')
  const inbox = { workspaceId: workspace.id, userId: claims.sub }
  return answerJson(() =>
    event.locals.services.asMember(
      claims,
      (database) =>
        findChanges(
          database,
          inbox,
          query.get('cursor') ?? '',
          conversationId,
          query.getAll('heard').slice(0, mostHeard),
        ),
      { plans: 'kept' },
    ),
  )
}
