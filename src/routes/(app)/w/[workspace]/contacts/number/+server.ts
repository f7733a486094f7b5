import { describeNumber } from '#lib/server/database/contact-numbers.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'

/** How the number in `text` would be stored, and who has it. Answers TypedNumber. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const typed = event.url.searchParams.get('text') ?? ''
  return answerJson(() =>
    event.locals.services.asMember(claims, (database) =>
      describeNumber(database, workspace.id, workspace.defaultCountry, typed),
    ),
  )
}
