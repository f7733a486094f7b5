import { readZonedTime } from '#lib/domain/zoned-time.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

export interface LaterPreset {
  id: 'hour' | 'afternoon' | 'tomorrow' | 'monday'
  at: Date
}

/**
 * The moments that are offered for sending later, soonest first, each at least ten minutes away.
 * @param timeZone the workspace's
 */
export function laterPresets(now: Date, timeZone: string): LaterPreset[] {
  const today = dayIn(now, timeZone)
  const at = (day: string, time: string) => readZonedTime(`${day}T${time}`, timeZone)
  const untilMonday = (8 - weekdayOf(today)) % 7 || 7
  const found: [LaterPreset['id'], Date | null][] = [
    ['hour', new Date(Math.ceil((now.getTime() + hourMs) / 300_000) * 300_000)],
    ['afternoon', at(today, '15:00')],
    ['tomorrow', at(addDays(today, 1), '09:00')],
    ['monday', untilMonday > 1 ? at(addDays(today, untilMonday), '09:00') : null],
  ]
  return found
    .flatMap(([id, moment]) => (moment === null ? [] : [{ id, at: moment }]))
    .filter((preset) => preset.at.getTime() - now.getTime() >= 600_000)
    .sort((one, other) => one.at.getTime() - other.at.getTime())
}

/** A moment as a date-time field holds it, on the clock of a time zone: `2026-01-31T14:05`. */
export function toFieldTime(moment: Date, timeZone: string): string {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(moment)
  const part = (type: string) => parts.find((found) => found.type === type)?.value ?? ''
  return `${part('year')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`
}

/** The calendar day of a moment: `2026-01-31`. */
function dayIn(moment: Date, timeZone: string): string {
  return toFieldTime(moment, timeZone).slice(0, 10)
}

function addDays(day: string, count: number): string {
  return new Date(Date.parse(`${day}T00:00Z`) + count * dayMs).toISOString().slice(0, 10)
}

/** 0 is Sunday. */
function weekdayOf(day: string): number {
  return new Date(`${day}T00:00Z`).getUTCDay()
}
