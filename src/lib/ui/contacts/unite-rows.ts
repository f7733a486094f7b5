import type { ContactList, ContactRow } from '#lib/domain/contacts.ts'

/** The rows of several pages, each person once: who was active meanwhile has moved to another page. */
export function uniteRows(pages: readonly ContactList[]): ContactRow[] {
  const seen = new Set<string>()
  return pages
    .flatMap(({ contacts }) => contacts)
    .filter(({ id }) => {
      if (seen.has(id)) return false
      seen.add(id)
      return true
    })
}
