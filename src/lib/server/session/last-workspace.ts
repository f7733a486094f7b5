import type { Membership } from '../database/workspaces.ts'
import { cookieOptions, type CookieJar } from './session-cookies.ts'

const cookieName = 'my21staff-workspace'

/** Remembers where somebody works, for the next visit. */
export function rememberWorkspace(jar: CookieJar, origin: string, slug: string): void {
  if (readLast(jar) !== slug) jar.set(cookieName, slug, cookieOptions(origin))
}

/** The workspace to open: the last one if they still belong to it, else their first; null when they have none. */
export function chooseWorkspace(jar: CookieJar, memberships: Membership[]): Membership | null {
  const last = readLast(jar)
  return memberships.find(({ workspace }) => workspace.slug === last) ?? memberships[0] ?? null
}

function readLast(jar: CookieJar): string | undefined {
  return jar.getAll().find(({ name }) => name === cookieName)?.value
}
