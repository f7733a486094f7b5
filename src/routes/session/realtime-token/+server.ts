import { json } from '@sveltejs/kit'
import type { RequestHandler } from './$types'

/** The short-lived token with which the browser joins Realtime; the only one it ever gets to see. */
export const GET: RequestHandler = ({ locals: { session } }) => {
  if (session.kind === 'unavailable') {
    return json({ message: 'Try again in a moment' }, { status: 503, headers: { 'retry-after': '5' } })
  }
  if (session.kind === 'signed_out') return json({ message: 'Sign in again' }, { status: 401 })
  return json({ token: session.accessToken, expiresAt: new Date(session.claims.exp * 1000).toISOString() })
}
