import { askForDuplicates, findDuplicateSearch } from '#lib/server/database/duplicate-queue.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'

/** How far the search is. Answers DuplicateSearch. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  return answerJson(() =>
    event.locals.services.asMember(claims, (database) => findDuplicateSearch(database, workspace.id)),
  )
}

/** Has all contacts looked at anew, for owners and admins. Answers DuplicateSearch. */
export const POST: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  return answerJson(() =>
    event.locals.services.asMember(claims, async (database) => {
      await askForDuplicates(database, workspace.id)
      return findDuplicateSearch(database, workspace.id)
    }),
  )
}
