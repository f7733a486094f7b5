import type { ConversationSummary, InboxView, LeadStatus, ListFilter, ListSort } from './inbox.ts'
import { isUuid } from './uuid.ts'

export const inboxViews = [
  'open',
  'mine',
  'unassigned',
  'pending',
  'snoozed',
  'closed',
  'closing',
] as const satisfies readonly InboxView[]

export const listSorts = ['newest', 'oldest', 'waiting'] as const satisfies readonly ListSort[]

export const leadStatuses = [
  'new',
  'unqualified',
  'qualified',
  'customer',
  'archived',
  'spam',
  'duplicate',
] as const satisfies readonly LeadStatus[]

/** A window that ends within this time closes soon. */
export const closingSoonMs = 2 * 60 * 60 * 1000

/** What the rules below look at. */
export type FilteredConversation = Pick<
  ConversationSummary,
  | 'id'
  | 'state'
  | 'assignee'
  | 'team'
  | 'channelId'
  | 'labelIds'
  | 'leadStatus'
  | 'unreadCount'
  | 'windowClosesAt'
  | 'waitingSince'
  | 'lastActivityAt'
>

/**
 * Does a conversation belong to a list? The same rule as the database's (server/database/list-conditions.ts), so that
 * a page can take a row out or in before it has asked.
 *
 * @param myId the reader's user id
 */
export function matchesFilter(
  conversation: FilteredConversation,
  filter: ListFilter,
  myId: string,
  now: Date,
): boolean {
  return (
    isInView(conversation, filter.view, myId, now) &&
    isEither(filter.channelId, conversation.channelId) &&
    isEither(filter.teamId, conversation.team?.id) &&
    isEither(filter.leadStatus, conversation.leadStatus) &&
    (filter.assigneeId === undefined || (conversation.assignee?.id ?? 'none') === filter.assigneeId) &&
    (filter.labelId === undefined || conversation.labelIds.includes(filter.labelId)) &&
    (filter.unread !== true || conversation.unreadCount > 0)
  )
}

function isEither(wanted: string | undefined, actual: string | undefined): boolean {
  return wanted === undefined || wanted === actual
}

function isInView(
  { state, assignee, windowClosesAt }: FilteredConversation,
  view: InboxView,
  myId: string,
  now: Date,
): boolean {
  switch (view) {
    case 'mine':
      return state === 'open' && assignee?.id === myId
    case 'unassigned':
      return state === 'open' && assignee === null
    case 'closing':
      return state !== 'closed' && closesSoon(windowClosesAt, now)
    default:
      return state === view
  }
}

/** Is the reply window open, and ends within two hours? */
export function closesSoon(windowClosesAt: string | null, now: Date): boolean {
  if (windowClosesAt === null) return false
  const left = Date.parse(windowClosesAt) - now.getTime()
  return left > 0 && left <= closingSoonMs
}

/** The order of a list, for `toSorted`: the same as the database's. */
export function compareBy(sort: ListSort): (a: FilteredConversation, b: FilteredConversation) => number {
  switch (sort) {
    case 'newest':
      return compareByActivity
    case 'oldest':
      return (a, b) => compareByActivity(b, a)
    case 'waiting':
      return (a, b) => compareWaiting(a.waitingSince, b.waitingSince) || compareByActivity(a, b)
  }
}

/** ISO moments in UTC compare as texts. */
function compareByActivity(a: FilteredConversation, b: FilteredConversation): number {
  return compareText(b.lastActivityAt, a.lastActivityAt) || compareText(b.id, a.id)
}

function compareWaiting(a: string | null, b: string | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return compareText(a, b)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

/** What is unreadable in an address is left out: an old or mistyped link shows the list without it. */
export function readListFilter(query: URLSearchParams): ListFilter {
  const uuid = (name: string) => {
    const value = query.get(name)?.toLowerCase()
    return value !== undefined && isUuid(value) ? value : undefined
  }
  const assigneeId = query.get('assignee') === 'none' ? 'none' : uuid('assignee')
  return withoutGaps({
    view: oneOf(inboxViews, query.get('view')) ?? 'open',
    channelId: uuid('channel'),
    labelId: uuid('label'),
    assigneeId,
    teamId: uuid('team'),
    leadStatus: oneOf(leadStatuses, query.get('lead')),
    unread: query.get('unread') === '1' ? true : undefined,
  })
}

/** @returns undefined where the address names none */
export function readListSort(query: URLSearchParams): ListSort | undefined {
  return oneOf(listSorts, query.get('sort'))
}

/** As `readListFilter` reads it. The view `open` needs no words, nor does a sort that is not given. */
export function writeListFilter(filter: ListFilter, sort?: ListSort): URLSearchParams {
  const query = new URLSearchParams()
  const entries = {
    view: filter.view === 'open' ? undefined : filter.view,
    channel: filter.channelId,
    label: filter.labelId,
    assignee: filter.assigneeId,
    team: filter.teamId,
    lead: filter.leadStatus,
    unread: filter.unread === true ? '1' : undefined,
    sort,
  }
  for (const [name, value] of Object.entries(entries)) if (value !== undefined) query.set(name, value)
  return query
}

/** Do two filters narrow to the same? */
export function isSameFilter(a: ListFilter, b: ListFilter): boolean {
  return writeListFilter(a).toString() === writeListFilter(b).toString()
}

function oneOf<Value extends string>(values: readonly Value[], value: string | null): Value | undefined {
  return values.find((known) => known === value)
}

function withoutGaps(filter: ListFilter): ListFilter {
  return Object.fromEntries(
    Object.entries(filter).filter(([, value]) => value !== undefined),
  ) as unknown as ListFilter
}
