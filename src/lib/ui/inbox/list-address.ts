import type { ListFilter, ListSort, SavedView } from '#lib/domain/inbox.ts'
import { isSameFilter, readListFilter, readListSort, writeListFilter } from '#lib/domain/inbox-views.ts'

/** Which list an address shows. */
export interface ListAddress {
  filter: ListFilter
  sort: ListSort
  /** The saved view that it was opened by. */
  savedId: string | null
}

/** @param preferredSort what the reader sorts by where the address names nothing */
export function readListAddress(query: URLSearchParams, preferredSort: ListSort): ListAddress {
  return {
    filter: readListFilter(query),
    sort: readListSort(query) ?? preferredSort,
    savedId: query.get('saved'),
  }
}

/** `?view=mine&unread=1`, or nothing where an address without words shows the same. */
export function writeListAddress({ filter, sort, savedId }: ListAddress, preferredSort: ListSort): string {
  const query = writeListFilter(filter, sort === preferredSort ? undefined : sort)
  if (savedId !== null) query.set('saved', savedId)
  const words = query.toString()
  return words === '' ? '' : `?${words}`
}

export function addressOfView({ id, filter, sort }: SavedView): ListAddress {
  return { filter, sort, savedId: id }
}

/** Whether a list is what a saved view says, or was changed since. */
export function isViewUnchanged(view: SavedView, { filter, sort }: ListAddress): boolean {
  return view.sort === sort && isSameFilter(view.filter, filter)
}

/** How many things a list is narrowed by, besides its view. */
export function countFilters({ view: _, ...rest }: ListFilter): number {
  return Object.values(rest).filter((value) => value !== undefined && value !== false).length
}
