import { assignConversation } from '#lib/server/database/assignment.ts'
import { answerAction } from '#lib/server/http/answer-action.ts'
import { z } from 'zod'
import { readAction } from '../read-action.ts'
import type { RequestHandler } from './$types'

const schema = z.object({ assigneeId: z.uuid().nullable(), teamId: z.uuid().nullable().optional() })

/** Gives the conversation to a person and a team, or takes it from them. Answers ConversationCondition. */
export const POST: RequestHandler = async (event) => {
  const { claims, at, body } = await readAction(event, schema)
  return answerAction(() =>
    event.locals.services.asMember(claims, (database) => assignConversation(database, at, body)),
  )
}
