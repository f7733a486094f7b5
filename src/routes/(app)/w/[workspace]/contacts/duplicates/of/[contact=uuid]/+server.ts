import { listDuplicatesOf } from '#lib/server/database/duplicate-queue.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'

/** With whom a contact may be one person, the surest first. Answers `{ pairs: DuplicatePair[] }`. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const contactId = event.params.contact
  return answerJson(async () => ({
    pairs: await event.locals.services.asMember(claims, (database) =>
      listDuplicatesOf(database, workspace.id, contactId),
    ),
  }))
}
