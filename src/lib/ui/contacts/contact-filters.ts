import type { ContactChoices, ContactFilter } from '#lib/domain/contacts.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { leadChoices } from './contact-words.ts'

/** Filters with choices, in the order in which they are shown. */
export const choiceFilters = ['ownerId', 'labelId', 'leadStatus', 'channelId'] as const
/** Filters that are on or off. */
export const flagFilters = ['isOptedOut', 'isBlocked', 'hasDuplicates'] as const
export const dayFilters = ['createdFrom', 'createdTo'] as const

export type FilterKey = Exclude<keyof ContactFilter, 'text'>

export const filterKeys: readonly FilterKey[] = [...choiceFilters, ...flagFilters, ...dayFilters]

export function nameOfFilter(key: FilterKey): string {
  return {
    ownerId: m.contacts_filter_owner,
    labelId: m.contacts_filter_label,
    leadStatus: m.contacts_filter_lead,
    channelId: m.contacts_filter_channel,
    isOptedOut: m.contacts_filter_opted_out,
    isBlocked: m.contacts_filter_blocked,
    hasDuplicates: m.contacts_filter_duplicates,
    createdFrom: m.contacts_filter_from,
    createdTo: m.contacts_filter_to,
  }[key]()
}

/** What can be chosen for a filter. */
export function choicesOf(
  key: (typeof choiceFilters)[number],
  { members, labels, channels }: ContactChoices,
): { value: string; label: string }[] {
  const named = (rows: { id: string; name: string }[]) =>
    rows.map(({ id, name }) => ({ value: id, label: name }))
  switch (key) {
    case 'ownerId':
      return [{ value: 'none', label: m.contacts_nobody() }, ...memberChoices(members)]
    case 'labelId':
      return named(labels)
    case 'channelId':
      return named(channels)
    case 'leadStatus':
      return leadChoices()
  }
}

/** The reader first. */
export function memberChoices(members: ContactChoices['members']): { value: string; label: string }[] {
  return members
    .toSorted((left, right) => Number(right.isMe) - Number(left.isMe) || left.name.localeCompare(right.name))
    .map(({ id, name, isMe }) => ({ value: id, label: isMe ? m.contacts_me({ name }) : name }))
}
