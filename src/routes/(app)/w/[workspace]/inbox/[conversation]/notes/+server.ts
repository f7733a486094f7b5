import { writeNote } from '#lib/server/database/notes.ts'
import { answerAction } from '#lib/server/http/answer-action.ts'
import { z } from 'zod'
import { readAction } from '../read-action.ts'
import type { RequestHandler } from './$types'

const schema = z.object({
  clientReference: z.uuid(),
  body: z.string(),
  mentionedIds: z.array(z.uuid()).max(50),
})

/** A note for colleagues, which the customer never sees. Answers ThreadNote. */
export const POST: RequestHandler = async (event) => {
  const { claims, at, body } = await readAction(event, schema)
  return answerAction(() =>
    event.locals.services.asMember(claims, (database) => writeNote(database, at, body)),
  )
}
