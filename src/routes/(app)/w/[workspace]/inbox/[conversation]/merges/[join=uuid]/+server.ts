import { undoThreadMerge } from '#lib/server/database/thread-merges.ts'
import { answerAction } from '#lib/server/http/answer-action.ts'
import { threadRefusals } from '#lib/server/http/thread-refusals.ts'
import { readTarget } from '../../read-action.ts'
import type { RequestHandler } from './$types'

/** Undoes a merge of conversations. Answers {isDone}: whether it held until now. */
export const DELETE: RequestHandler = (event) => {
  const { claims, at } = readTarget(event)
  return answerAction(
    () =>
      event.locals.services.asMember(claims, async (database) => ({
        isDone: await undoThreadMerge(database, at.workspaceId, event.params.join),
      })),
    threadRefusals,
  )
}
