import { setConversationState } from '#lib/server/database/conversation-states.ts'
import { answerAction } from '#lib/server/http/answer-action.ts'
import { z } from 'zod'
import { readAction } from '../read-action.ts'
import type { RequestHandler } from './$types'

const schema = z.union([
  z.object({ state: z.enum(['open', 'pending', 'closed']) }),
  z.object({
    state: z.literal('snoozed'),
    snoozeKind: z.literal('time'),
    snoozedUntil: z.iso.datetime({ offset: true }).transform((text) => new Date(text)),
  }),
  // The window's time is worked out here, whatever the page shows.
  z.object({ state: z.literal('snoozed'), snoozeKind: z.enum(['reply', 'window']) }),
])

/** Opens, parks, snoozes or closes the conversation. Answers ConversationCondition. */
export const POST: RequestHandler = async (event) => {
  const { claims, at, body } = await readAction(event, schema)
  return answerAction(() =>
    event.locals.services.asMember(claims, (database) => setConversationState(database, at, body)),
  )
}
