import { splitThreadSchema } from '#lib/domain/threads/thread-merges.ts'
import { previewSplit, splitThread } from '#lib/server/database/thread-merges.ts'
import { answerAction } from '#lib/server/http/answer-action.ts'
import { threadRefusals } from '#lib/server/http/thread-refusals.ts'
import { readAction } from '../read-action.ts'
import type { RequestHandler } from './$types'

/** Splits messages off. Answers {splitId, partId}, or SplitPreview where only that is asked for. */
export const POST: RequestHandler = async (event) => {
  const { claims, at, body } = await readAction(event, splitThreadSchema)
  const { selection, reason, isPreview } = body
  return answerAction(
    () =>
      event.locals.services.asMember<unknown>(claims, (database) =>
        isPreview
          ? previewSplit(database, at.workspaceId, at.conversationId, selection)
          : splitThread(database, at.workspaceId, at.conversationId, { selection, reason }),
      ),
    threadRefusals,
  )
}
