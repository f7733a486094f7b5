import { error, redirect, type RequestEvent } from '@sveltejs/kit'
import type { Claims } from '../database/database.ts'
import type { Membership, Workspace } from '../database/workspaces.ts'
import type { SessionState } from './resolve-session.ts'
import { signInPath } from './safe-path.ts'

/** A member of the workspace that the address names. `claims` open the door to its data. */
export interface Member {
  claims: Claims
  workspace: Workspace
  role: Membership['role']
  displayName: string
  preferences: Membership['preferences']
}

type Guarded = Pick<RequestEvent, 'locals' | 'url' | 'request'>

/**
 * Who is signed in, for pages, actions and endpoints below (app). Leads to the sign-in page and back where nobody is;
 * 503 where it cannot be told, because Auth does not answer.
 */
export function requireSession(event: Guarded): Extract<SessionState, { kind: 'signed_in' }> {
  const { session } = event.locals
  if (session.kind === 'signed_in') return session
  if (session.kind === 'unavailable') return error(503, 'Signing in is not possible right now')
  return redirect(303, signInPath(wayBack(event)))
}

/** The member of `/w/[workspace]`. 404 for unknown and for foreign workspaces: nobody learns which ones exist. */
export function requireMember(event: Guarded & { params: { workspace: string } }): Member {
  const { claims } = requireSession(event)
  const { membership } = event.locals
  // Reading the parameter here makes SvelteKit run the page's load again when the workspace changes.
  if (membership?.workspace.slug !== event.params.workspace) return error(404, 'Not found')
  const { workspace, role, displayName, preferences } = membership
  return { claims, workspace, role, displayName, preferences }
}

/** An owner or admin of `/w/[workspace]`. 404 for agents too: to them such a page is none. */
export function requireAdmin(event: Parameters<typeof requireMember>[0]): Member {
  const member = requireMember(event)
  return member.role === 'agent' ? error(404, 'Not found') : member
}

/** Where to continue after signing in. What was posted is lost, so its page is what one comes back to. */
function wayBack({ request, url }: Guarded): string {
  return request.method === 'GET' ? url.pathname + url.search : url.pathname
}
