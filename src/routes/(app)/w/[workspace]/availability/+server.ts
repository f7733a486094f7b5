import { giveOutTurnsJob } from '#lib/server/database/assignment.ts'
import { setMyAvailability } from '#lib/server/database/availability.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { readJson } from '#lib/server/http/read-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { error } from '@sveltejs/kit'
import { z } from 'zod'
import type { RequestHandler } from './$types'

const schema = z.object({ availability: z.enum(['online', 'away']) })

/** Whether the member takes conversations by turns. Answers what was set. */
export const POST: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const body = schema.safeParse(await readJson(event.request))
  if (!body.success) error(400, 'The request cannot be read')
  return answerJson(() =>
    event.locals.services.asMember(claims, async (database, enqueue) => {
      await setMyAvailability(database, workspace.id, body.data.availability)
      if (body.data.availability === 'online') enqueue(giveOutTurnsJob(workspace.id))
      return body.data
    }),
  )
}
