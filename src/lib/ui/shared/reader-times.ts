import { readerLocale } from './clock.svelte.ts'

/**
 * Writes moments in a place's time, with the words of the reader's language and, as everywhere on the page, counting to
 * 12 or to 24 as the reader does. Browser only.
 */
export function formatTimesAt(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const { hourCycle } = new Intl.DateTimeFormat(undefined, { hour: 'numeric' }).resolvedOptions()
  return new Intl.DateTimeFormat(readerLocale(), {
    ...options,
    timeZone,
    ...(hourCycle ? { hourCycle } : {}),
  })
}
