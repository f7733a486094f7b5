import { readZonedTime } from '#lib/domain/zoned-time.ts'

export interface SnoozeTimes {
  /** At six in the evening, or in three hours where that is later today; null late in the evening. */
  laterToday: Date | null
  /** At nine. */
  tomorrow: Date
  /** Monday at nine. */
  nextWeek: Date
}

const hourMs = 3_600_000
const eveningHour = 18
/** After this hour three hours more are tomorrow's. */
const latestHour = 21

/** When the offered snoozes end, by the clock of the workspace. */
export function listSnoozeTimes(now: Date, timeZone: string): SnoozeTimes {
  const { date, hour } = readClock(now, timeZone)
  const evening = at(date, eveningHour, timeZone)
  const later =
    hour < eveningHour - 1 ? evening : hour < latestHour ? roundUp(now.getTime() + 3 * hourMs) : null
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay()
  const daysToMonday = (8 - weekday) % 7 || 7
  return {
    laterToday: later !== null && readClock(later, timeZone).date === date ? later : null,
    tomorrow: at(addDays(date, 1), 9, timeZone),
    nextWeek: at(addDays(date, daysToMonday), 9, timeZone),
  }
}

/** What a date and time field shows for a moment: `2026-01-31T14:05` by the clock of a time zone. */
export function writeZonedTime(moment: Date, timeZone: string): string {
  const { date, hour, minute } = readClock(moment, timeZone)
  return `${date}T${pad(hour)}:${pad(minute)}`
}

/** When two hours of the reply window are left; null where that is over, or there is no window. */
export function findWindowSnooze(windowClosesAt: string | null, now: Date): Date | null {
  if (windowClosesAt === null) return null
  const wakesAt = Date.parse(windowClosesAt) - 2 * hourMs
  return wakesAt > now.getTime() ? new Date(wakesAt) : null
}

function roundUp(time: number): Date {
  return new Date(Math.ceil(time / (hourMs / 2)) * (hourMs / 2))
}

function at(date: string, hour: number, timeZone: string): Date {
  return readZonedTime(`${date}T${pad(hour)}:00`, timeZone) ?? new Date(`${date}T${pad(hour)}:00Z`)
}

function addDays(date: string, days: number): string {
  const start = Date.parse(`${date}T00:00:00Z`)
  return new Date(start + days * 24 * hourMs).toISOString().slice(0, 10)
}

function readClock(moment: Date, timeZone: string): { date: string; hour: number; minute: number } {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(moment)
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((found) => found.type === type)?.value ?? ''
  return {
    date: `${part('year')}-${part('month')}-${part('day')}`,
    hour: Number(part('hour')),
    minute: Number(part('minute')),
  }
}

function pad(number: number): string {
  return String(number).padStart(2, '0')
}
