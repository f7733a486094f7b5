import { countContactViews } from '#lib/server/database/contact-views.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'

/** How many contacts each view fits. Answers ContactViewCounts. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const { asMember } = event.locals.services
  return answerJson(() => countContactViews((work) => asMember(claims, work), workspace, claims.sub))
}
