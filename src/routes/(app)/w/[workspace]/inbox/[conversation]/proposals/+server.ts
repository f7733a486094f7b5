import { proposeThreadsSchema } from '#lib/domain/threads/thread-merges.ts'
import { proposeThreadMerge } from '#lib/server/database/thread-proposals.ts'
import { answerAction } from '#lib/server/http/answer-action.ts'
import { threadRefusals } from '#lib/server/http/thread-refusals.ts'
import { readAction } from '../read-action.ts'
import type { RequestHandler } from './$types'

/** Proposes to merge another conversation into this one. Answers {proposalId}. */
export const POST: RequestHandler = async (event) => {
  const { claims, at, body } = await readAction(event, proposeThreadsSchema)
  return answerAction(
    () =>
      event.locals.services.asMember(claims, async (database) => ({
        proposalId: await proposeThreadMerge(database, at.workspaceId, {
          survivorId: at.conversationId,
          otherId: body.conversationId,
          reason: body.reason,
        }),
      })),
    threadRefusals,
  )
}
