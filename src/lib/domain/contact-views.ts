/** A list of contacts that is kept under a name. */
export interface ContactView {
  id: string
  name: string
  /** The query of the list's address, as `writeContactQuery` writes it; empty for all contacts as they are. */
  query: string
  /** Shown to every member of the workspace. */
  isShared: boolean
  ownerId: string
}

export type NewContactView = Pick<ContactView, 'name' | 'query' | 'isShared'>

/** How many contacts each view fits, by its id, counted to at most `mostCounted`; null where counting takes too long. */
export type ContactViewCounts = Record<string, number | null>
