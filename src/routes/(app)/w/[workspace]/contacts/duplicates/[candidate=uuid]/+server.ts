import { m } from '#lib/i18n/generated/messages.js'
import { decideDuplicate } from '#lib/server/database/duplicate-queue.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import { z } from 'zod'
import { readRequest } from '../../../inbox/read-request.ts'
import type { RequestHandler } from './$types'

const schema = z.object({ decision: z.enum(['different', 'undo']) })

/** Says that two contacts are different people, or takes it back. Answers what the pair is then. */
export const POST: RequestHandler = async (event) => {
  const { claims, workspace } = requireMember(event)
  const { decision } = await readRequest(event.request, schema)
  const candidateId = event.params.candidate
  return answerJson(
    async () => ({
      state: await event.locals.services.asMember(claims, (database) =>
        decideDuplicate(database, workspace.id, candidateId, decision),
      ),
    }),
    { not_yours: m.duplicates_refused_not_yours },
  )
}
