import type { ContactView } from '#lib/domain/contact-views.ts'
import type { ContactFilter, ContactSort } from '#lib/domain/contacts.ts'

/** Which list an address shows. */
export interface ContactAddress {
  filter: ContactFilter
  sort: ContactSort
  /** The saved view that it began with, whatever has been changed since. */
  viewId?: string | null
}

/** As the server reads it (domain/contact-filter.ts, whose checker pages need not load): `?q=budi&owner=none`, or nothing. */
export function writeContactAddress(address: ContactAddress, before: string | null = null): string {
  const words = new URLSearchParams(listParts(address))
  if (before !== null) words.set('before', before)
  const text = words.toString()
  return text === '' ? '' : `?${text}`
}

/** The same as names and values. */
export function listParts({ filter, sort, viewId }: ContactAddress): [name: string, value: string][] {
  const flag = (isOn: boolean | undefined) => (isOn === true ? '1' : undefined)
  const parts: [string, string | undefined][] = [
    ['q', filter.text],
    ['label', filter.labelId],
    ['owner', filter.ownerId],
    ['lead', filter.leadStatus],
    ['channel', filter.channelId],
    ['duplicates', flag(filter.hasDuplicates)],
    ['optedOut', flag(filter.isOptedOut)],
    ['blocked', flag(filter.isBlocked)],
    ['from', filter.createdFrom],
    ['to', filter.createdTo],
    ['sort', sort === 'activity' ? undefined : sort],
    ['saved', viewId ?? undefined],
  ]
  return parts.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]]))
}

/** What a view keeps of an address. */
export function viewQueryOf({ filter, sort }: ContactAddress): string {
  return writeContactAddress({ filter, sort }).slice(1)
}

/** The query of the address of a view. */
export function writeViewAddress({ id, query }: Pick<ContactView, 'id' | 'query'>): string {
  const words = new URLSearchParams(query)
  words.set('saved', id)
  return `?${words.toString()}`
}

/** How many things a list is narrowed by, besides what is searched for. */
export function countFilters({ text: _, ...rest }: ContactFilter): number {
  return Object.values(rest).filter((value) => value !== undefined && value !== false).length
}
