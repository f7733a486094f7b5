import { error, json, type Handle, type RequestEvent } from '@sveltejs/kit'
import { listMemberships } from '../../database/workspaces.ts'
import { requireSession } from '../guards.ts'

/**
 * Nothing below (app) runs without a session, and nothing below /w/[workspace] without membership, whether a page
 * remembers its own guard or not. Loads of pages guard themselves once more, because only what they throw is shown in
 * the page's own frame.
 */
export const handleGuard: Handle = async ({ event, resolve }) => {
  if (!event.route.id?.startsWith('/(app)/')) return resolve(event)
  const isPage = wantsPage(event)
  const isRead = event.request.method === 'GET' || event.request.method === 'HEAD'
  const { session, services } = event.locals

  if (session.kind === 'unavailable') {
    if (isPage && isRead) return resolve(event)
    return json({ message: 'Try again in a moment' }, { status: 503, headers: { 'retry-after': '5' } })
  }
  if (session.kind === 'signed_out') {
    if (isPage) requireSession(event)
    return json({ message: 'Sign in again' }, { status: 401 })
  }

  const memberships = await services.asMember(
    session.claims,
    (database) => listMemberships(database, session.claims.sub),
    { plans: 'kept' },
  )
  const slug = event.params['workspace']
  event.locals.memberships = memberships
  event.locals.membership = memberships.find(({ workspace }) => workspace.slug === slug) ?? null
  if (slug === undefined || event.locals.membership !== null || (isPage && isRead)) return resolve(event)
  if (isPage) error(404, 'Not found')
  return json({ message: 'Not found' }, { status: 404 })
}

/** True for navigations and form actions, false for what our own scripts fetch as JSON. */
function wantsPage({ isDataRequest, request }: RequestEvent): boolean {
  return (
    isDataRequest ||
    request.headers.has('x-sveltekit-action') ||
    (request.headers.get('accept') ?? '').includes('text/html')
  )
}
