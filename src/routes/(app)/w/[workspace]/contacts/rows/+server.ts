import { readContactQuery } from '#lib/domain/contact-filter.ts'
import { listContacts } from '#lib/server/database/contacts.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'

/** A page of the list, by the query of the list's own address and `before`. Answers ContactList. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const query = readContactQuery(event.url.searchParams)
  return answerJson(() =>
    event.locals.services.asMember(claims, (database) => listContacts(database, workspace, query)),
  )
}
