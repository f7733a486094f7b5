import { readListFilter, readListSort } from '#lib/domain/inbox-views.ts'
import { countInbox } from '#lib/server/database/inbox-counts.ts'
import { openInbox } from '#lib/server/database/inbox-setup.ts'
import { requireMember } from '#lib/server/session/guards.ts'
import type { LayoutServerLoad } from './$types'

/**
 * The list beside every thread, as the address names it. Another list is asked for by the page itself, which keeps what
 * it has loaded: so a change of the address does not run this again.
 */
export const load: LayoutServerLoad = async (event) => {
  const { claims, workspace, preferences } = requireMember(event)
  const inbox = { workspaceId: workspace.id, userId: claims.sub }
  const query = event.untrack(() => event.url.searchParams)
  const filter = event.untrack(() => readListFilter(query))
  const sort = event.untrack(() => readListSort(query)) ?? preferences.sort
  return event.locals.services.asMember(claims, async (database) => ({
    ...(await openInbox(database, inbox, { filter, sort })),
    filter,
    sort,
    counts: await countInbox(database, inbox),
    isContactHidden: event.cookies.get('contact-pane') === 'hidden',
  }))
}
