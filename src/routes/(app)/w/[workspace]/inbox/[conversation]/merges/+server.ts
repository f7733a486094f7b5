import { mergeThreadsSchema } from '#lib/domain/threads/thread-merges.ts'
import { mergeThreads } from '#lib/server/database/thread-merges.ts'
import { answerAction } from '#lib/server/http/answer-action.ts'
import { threadRefusals } from '#lib/server/http/thread-refusals.ts'
import { readAction } from '../read-action.ts'
import type { RequestHandler } from './$types'

/** Merges other conversations into this one. Answers {joinIds}. */
export const POST: RequestHandler = async (event) => {
  const { claims, at, body } = await readAction(event, mergeThreadsSchema)
  return answerAction(
    () =>
      event.locals.services.asMember(claims, async (database) => ({
        joinIds: await mergeThreads(database, at.workspaceId, { ...body, survivorId: at.conversationId }),
      })),
    threadRefusals,
  )
}
