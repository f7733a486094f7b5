import { getCountries } from 'libphonenumber-js/max'
import { dateLocale } from '#lib/i18n/date-locale.ts'

export interface Country {
  /** ISO 3166: `ID`. */
  code: string
  name: string
  timeZones: string[]
}

/** Every country whose phone numbers we can read, by its name in the reader's language, with its time zones. */
export function listCountries(): Country[] {
  const locale = dateLocale()
  const names = new Intl.DisplayNames([locale], { type: 'region', fallback: 'code' })
  return getCountries()
    .map((code) => ({ code, name: names.of(code) ?? code, timeZones: timeZonesOf(code) }))
    .sort((a, b) => a.name.localeCompare(b.name, locale))
}

/**
 * Every time zone to choose from.
 *
 * @param present one in use: Postgres, and so the command line, knows names that JavaScript does not list
 */
export function listTimeZones(present?: string): string[] {
  const zones = Intl.supportedValuesOf('timeZone')
  return present === undefined || zones.includes(present) ? zones : [present, ...zones]
}

/** `3 Mar 2026` for an English reader, as it was in that time zone; in UTC where JavaScript does not know the zone. */
export function formatDate(moment: Date, timeZone: string): string {
  return createFormat({ dateStyle: 'medium' }, timeZone).format(moment)
}

/** `3 Mar 2026, 14:32` */
export function formatMoment(moment: Date, timeZone: string): string {
  return createFormat({ dateStyle: 'medium', timeStyle: 'short' }, timeZone).format(moment)
}

function createFormat(options: Intl.DateTimeFormatOptions, timeZone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(dateLocale(), { ...options, timeZone })
  } catch {
    return new Intl.DateTimeFormat(dateLocale(), { ...options, timeZone: 'UTC' })
  }
}

function timeZonesOf(country: string): string[] {
  const locale: Intl.Locale & { getTimeZones?: () => string[] | undefined } = new Intl.Locale(
    `und-${country}`,
  )
  return locale.getTimeZones?.() ?? []
}
