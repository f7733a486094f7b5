import { readThreadTies } from '#lib/server/database/thread-ties.ts'
import { answerAction } from '#lib/server/http/answer-action.ts'
import { readTarget } from '../read-action.ts'
import type { RequestHandler } from './$types'

/** What the conversation was merged of and split into, and what could be done to it. Answers ThreadTies. */
export const GET: RequestHandler = (event) => {
  const { claims, at } = readTarget(event)
  return answerAction(() =>
    event.locals.services.asMember(claims, (database) =>
      readThreadTies(database, at.workspaceId, at.conversationId),
    ),
  )
}
