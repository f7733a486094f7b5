/**
 * Where to go after signing in. Only paths of this site are followed, so that a link to the sign-in page cannot lead
 * people elsewhere.
 *
 * @param next as it came in the address, e.g. `/w/toko/inbox?x=1`
 * @returns path, query and fragment; null when there is none worth following
 */
export function safePath(next: string | null | undefined): string | null {
  // Browsers read a backslash as a slash, and drop tabs and line breaks.
  if (!next?.startsWith('/') || /[\\\p{Cc}]/u.test(next)) return null
  const base = 'http://localhost'
  if (!URL.canParse(next, base)) return null
  const url = new URL(next, base)
  if (url.origin !== base || url.pathname.startsWith('//')) return null
  return url.pathname + url.search + url.hash
}

/** The sign-in page, with the way back. */
export function signInPath(next: string | null): string {
  const path = safePath(next)
  return path === null || path === '/' ? '/sign-in' : `/sign-in?next=${encodeURIComponent(path)}`
}
