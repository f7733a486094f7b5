import { dateLocale } from '#lib/i18n/date-locale.ts'
import type { HealthHour } from '#lib/server/database/webhook-health.ts'
import type { HourBar } from '#lib/ui/settings/webhook-data.ts'

const hourMs = 3_600_000
const ranges = [
  { name: '24h', hours: 24 },
  { name: '7d', hours: 168 },
] as const

/** The range that an address asks for; the last day otherwise. */
export function readRange(asked: string | null): (typeof ranges)[number] {
  return ranges.find(({ name }) => name === asked) ?? ranges[0]
}

/** One bar for every hour, also for those in which nothing happened, oldest first; the last is the hour that runs. */
export function fillHours(found: HealthHour[], count: number, now: Date, timeZone: string): HourBar[] {
  const byHour = new Map(found.map((row) => [row.hour.getTime(), row]))
  const current = Math.floor(now.getTime() / hourMs) * hourMs
  const time = format(timeZone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  const day = format(timeZone, { weekday: 'short', day: 'numeric', month: 'short' })
  return Array.from({ length: count }, (_, index) => {
    const at = current - (count - 1 - index) * hourMs
    const row = byHour.get(at)
    return {
      label: count > 24 ? day.format(at) : time.format(at),
      full: `${day.format(at)}, ${time.format(at)}`,
      deliveries: row?.deliveries ?? 0,
      duplicates: row?.duplicates ?? 0,
      wrongSignatures: row?.wrongSignatures ?? 0,
      failed: (row?.notStored ?? 0) + (row?.failed ?? 0) + (row?.quarantined ?? 0),
      latencyP50Ms: row?.latencyP50Ms ?? 0,
      latencyP95Ms: row?.latencyP95Ms ?? 0,
    }
  })
}

/** In UTC where JavaScript does not know the zone. */
function format(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(dateLocale(), { ...options, timeZone })
  } catch {
    return new Intl.DateTimeFormat(dateLocale(), { ...options, timeZone: 'UTC' })
  }
}
