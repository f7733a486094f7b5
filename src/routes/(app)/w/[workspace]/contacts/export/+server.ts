import { readContactQuery } from '#lib/domain/contact-filter.ts'
import { answerCsv } from '#lib/server/http/answer-csv.ts'
import { exportContacts } from '#lib/server/imports/export-contacts.ts'
import { requireAdmin } from '#lib/server/session/guards.ts'
import type { RequestHandler } from './$types'

/** The contacts that the list shows under the same query, as a CSV file. For owners and admins. */
export const GET: RequestHandler = (event) => {
  const { claims, workspace } = requireAdmin(event)
  const { filter } = readContactQuery(event.url.searchParams)
  const pieces = exportContacts(event.locals.services.asMember, claims, workspace, filter)
  return answerCsv(`contacts-${new Date().toISOString().slice(0, 10)}.csv`, pieces)
}
