import { setConversationLabels } from '#lib/server/database/labels.ts'
import { answerAction } from '#lib/server/http/answer-action.ts'
import { z } from 'zod'
import { readAction } from '../read-action.ts'
import type { RequestHandler } from './$types'

const schema = z.object({ labelIds: z.array(z.uuid()).max(100) })

/** The labels that the conversation has from now on. Answers ConversationCondition. */
export const PUT: RequestHandler = async (event) => {
  const { claims, at, body } = await readAction(event, schema)
  return answerAction(() =>
    event.locals.services.asMember(claims, (database) => setConversationLabels(database, at, body.labelIds)),
  )
}
