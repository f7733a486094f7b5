import type { InboxSetup, InboxView, LeadStatus, ListFilter, ListSort } from '#lib/domain/inbox.ts'
import { m } from '#lib/i18n/generated/messages.js'
import { leadWords } from '#lib/i18n/lead-words.ts'
import { mostCounted } from './list-counts.svelte.ts'

export function nameOfView(view: InboxView): string {
  const names: Record<InboxView, () => string> = {
    open: m.list_view_open,
    mine: m.list_view_mine,
    unassigned: m.list_view_unassigned,
    pending: m.list_view_pending,
    snoozed: m.list_view_snoozed,
    closed: m.list_view_closed,
    closing: m.list_view_closing,
  }
  return names[view]()
}

export function nameOfSort(sort: ListSort): string {
  const names: Record<ListSort, () => string> = {
    newest: m.list_sort_newest,
    oldest: m.list_sort_oldest,
    waiting: m.list_sort_waiting,
  }
  return names[sort]()
}

/** A count as it is shown; the server counts to a thousand. */
export function writeCount(count: number): string {
  return count >= mostCounted ? m.list_count_many({ count: '999' }) : String(count)
}

export type FilterKey = Exclude<keyof ListFilter, 'view'>

export interface FilterChoice {
  value: string
  label: string
}

/** What can be chosen for a filter. */
export function choicesOf(
  key: Exclude<FilterKey, 'unread'>,
  setup: InboxSetup,
  leads: readonly LeadStatus[],
) {
  const named = (rows: { id: string; name: string }[]): FilterChoice[] =>
    rows.map(({ id, name }) => ({ value: id, label: name }))
  switch (key) {
    case 'channelId':
      return named(setup.channels)
    case 'labelId':
      return named(setup.labels)
    case 'teamId':
      return named(setup.teams)
    case 'leadStatus':
      return leads.map((status) => ({ value: status, label: leadWords[status]() }))
    case 'assigneeId':
      return [
        { value: 'none', label: m.list_filter_nobody() },
        ...setup.members.map(({ id, name, isMe }) => ({
          value: id,
          label: isMe ? m.list_filter_me({ name }) : name,
        })),
      ]
  }
}

export function nameOfFilter(key: FilterKey): string {
  const names: Record<FilterKey, () => string> = {
    channelId: m.list_filter_channel,
    labelId: m.list_filter_label,
    assigneeId: m.list_filter_assignee,
    teamId: m.list_filter_team,
    leadStatus: m.list_filter_lead,
    unread: m.list_filter_unread_chip,
  }
  return names[key]()
}

export const filterKeys: readonly FilterKey[] = [
  'unread',
  'assigneeId',
  'labelId',
  'leadStatus',
  'teamId',
  'channelId',
]
