import { deleteNote, editNote } from '#lib/server/database/notes.ts'
import { answerAction } from '#lib/server/http/answer-action.ts'
import { z } from 'zod'
import { readAction, readTarget } from '../../read-action.ts'
import type { RequestHandler } from './$types'

const schema = z.object({ body: z.string() })

/** Other words for one's own note. Answers ThreadNote. */
export const PATCH: RequestHandler = async (event) => {
  const { claims, at, body } = await readAction(event, schema)
  return answerAction(() =>
    event.locals.services.asMember(claims, (database) =>
      editNote(database, at, event.params.note, body.body),
    ),
  )
}

/** Takes the words out of a note: one's own, or, as an owner or admin, anybody's. Answers ThreadNote. */
export const DELETE: RequestHandler = (event) => {
  const { claims, at } = readTarget(event)
  return answerAction(() =>
    event.locals.services.asMember(claims, (database) => deleteNote(database, at, event.params.note)),
  )
}
