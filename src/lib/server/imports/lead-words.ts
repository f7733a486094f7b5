import { leadStatuses } from '../../domain/inbox-views.ts'
import { m } from '../../i18n/generated/messages.js'
import { locales } from '../../i18n/generated/runtime.js'

const words = {
  new: m.list_lead_new,
  unqualified: m.list_lead_unqualified,
  qualified: m.list_lead_qualified,
  customer: m.list_lead_customer,
  archived: m.list_lead_archived,
  spam: m.list_lead_spam,
  duplicate: m.list_lead_duplicate,
}

/** What lead statuses are called, in every language, in small letters. */
export function readLeadWords(): Map<string, string> {
  return new Map(
    locales.flatMap((locale) =>
      leadStatuses.map((status): [string, string] => [words[status]({}, { locale }).toLowerCase(), status]),
    ),
  )
}
