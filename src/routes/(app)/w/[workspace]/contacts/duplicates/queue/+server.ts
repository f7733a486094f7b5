import { listDuplicates } from '#lib/server/database/duplicate-queue.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'

/** Pairs that may be one person, from a place on. Answers DuplicatePage. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const after = event.url.searchParams.get('after')
  return answerJson(() =>
    event.locals.services.asMember(claims, (database) => listDuplicates(database, workspace.id, after)),
  )
}
