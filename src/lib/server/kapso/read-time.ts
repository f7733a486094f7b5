import type { JsonObject } from './json.ts'

// WhatsApp is of 2009. What lies outside is no moment of a message, and years of five digits break ISO 8601.
const earliest = Date.UTC(2009, 0)
const latest = Date.UTC(2100, 0)

/**
 * Reads a moment. Kapso uses three forms within one body: unix seconds as text, ISO with offset, ISO with microseconds.
 * ISO without an offset counts as UTC.
 *
 * @returns undefined for anything else, and for moments that cannot be
 */
export function readTime(value: unknown): Date | undefined {
  const milliseconds = toMilliseconds(value)
  return milliseconds !== undefined && milliseconds >= earliest && milliseconds < latest
    ? new Date(milliseconds)
    : undefined
}

/** The moment at the first of `keys` that holds one. */
export function timeAt(value: JsonObject | undefined, ...keys: string[]): Date | undefined {
  for (const key of keys) {
    const time = readTime(value?.[key])
    if (time !== undefined) return time
  }
  return undefined
}

/** The latest of the moments at `keys`. */
export function latestTimeAt(value: JsonObject | undefined, ...keys: string[]): Date | undefined {
  return keys
    .map((key) => readTime(value?.[key]))
    .reduce(
      (best, time) => (time !== undefined && (best === undefined || time > best) ? time : best),
      undefined,
    )
}

function toMilliseconds(value: unknown): number | undefined {
  if (typeof value === 'number' || (typeof value === 'string' && /^\d{9,13}(\.\d{1,9})?$/.test(value))) {
    const number = Number(value)
    return Math.floor(number < 1e11 ? number * 1000 : number)
  }
  if (typeof value !== 'string' || value.length > 40) return undefined
  const parts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)\s*(Z|UTC|[+-]\d\d:?\d\d)?$/i.exec(value)
  if (parts === null) return undefined
  const [, day, time, zone] = parts
  return Date.parse(`${day}T${time}${zone === undefined || /^[zu]/i.test(zone) ? 'Z' : zone}`)
}
