import { botJob } from '#lib/server/database/bot-states.ts'
import { changeBot } from '#lib/server/database/conversation-states.ts'
import { answerAction } from '#lib/server/http/answer-action.ts'
import { z } from 'zod'
import { readAction } from '../read-action.ts'
import type { RequestHandler } from './$types'

const schema = z.object({ action: z.enum(['take_over', 'give_back']) })

/** Silences the bot, or lets it go on; the job tells Kapso. Answers ConversationCondition. */
export const POST: RequestHandler = async (event) => {
  const { claims, at, body } = await readAction(event, schema)
  return answerAction(() =>
    event.locals.services.asMember(claims, async (database, enqueue) => {
      const condition = await changeBot(database, at, body.action)
      enqueue(botJob(body.action, { workspaceId: at.workspaceId, conversationId: condition.id }))
      return condition
    }),
  )
}
