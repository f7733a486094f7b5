import { getLocale } from './generated/runtime.js'

/** The reader's language with the place whose way of writing dates it brings along: English ones begin with the day. */
export function dateLocale(): string {
  return getLocale() === 'id' ? 'id-ID' : 'en-GB'
}
