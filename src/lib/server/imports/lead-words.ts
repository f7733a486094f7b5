import { leadStatuses } from '../../domain/inbox-views.ts'
import { locales } from '../../i18n/generated/runtime.js'
import { leadWords } from '../../i18n/lead-words.ts'

/** What lead statuses are called, in every language, in small letters. */
export function readLeadWords(): Map<string, string> {
  return new Map(
    locales.flatMap((locale) =>
      leadStatuses.map((status): [string, string] => [
        leadWords[status]({}, { locale }).toLowerCase(),
        status,
      ]),
    ),
  )
}
