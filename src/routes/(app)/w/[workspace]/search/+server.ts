import { readSearchQuery } from '#lib/domain/search-query.ts'
import { searchContacts, searchMessages } from '#lib/server/database/search.ts'
import { answerJson } from '#lib/server/http/answer-json.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'

const contactLimit = 8
const messageLimit = 20

/**
 * Answers SearchResults for `q`. With `before` (or `kind=messages`) only a page of messages, with `kind=contacts` only
 * people.
 */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireMember(event)
  const { searchParams } = event.url
  const query = readSearchQuery(searchParams.get('q') ?? '', workspace.defaultCountry)
  const before = searchParams.get('before')
  const kind = before === null ? searchParams.get('kind') : 'messages'
  return answerJson(() =>
    event.locals.services.asMember(claims, async (database) => ({
      contacts: kind === 'messages' ? [] : await searchContacts(database, workspace.id, query, contactLimit),
      ...(kind === 'contacts'
        ? { messages: [], nextBefore: null }
        : await searchMessages(database, workspace.id, query, before, messageLimit)),
    })),
  )
}
