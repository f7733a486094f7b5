import { z } from 'zod'
import { readZonedTime } from './zoned-time.ts'

/** In the order in which a week is shown. */
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

export type Weekday = (typeof weekdays)[number]

/** From and until, `09:00` and `17:00`; until `24:00` at the latest. */
export type OpenSpan = [from: string, until: string]

/** When somebody is there, by the clock on their wall. A day that is not named is closed. */
export type BusinessHours = Partial<Record<Weekday, OpenSpan[]>>

const startSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'bad_time')
const endSchema = z.string().regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, 'bad_time')

const spanSchema = z
  .tuple([startSchema, endSchema])
  .refine(([from, until]) => from < until, 'ends_before_it_begins')

const daySchema = z
  .array(spanSchema)
  .max(6, 'too_many_spans')
  .transform((spans) => spans.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  .refine((spans) => spans.every(([from], place) => from >= (spans[place - 1]?.[1] ?? '')), 'spans_overlap')

/**
 * Hours as they stand in the database and come from forms. Spans come out sorted. A night that goes on past midnight is
 * two spans: until `24:00`, and from `00:00` of the next day. Issues carry codes: `bad_time`, `ends_before_it_begins`,
 * `too_many_spans`, `spans_overlap`.
 */
export const businessHoursSchema: z.ZodType<BusinessHours> = z.strictObject({
  mon: daySchema.optional(),
  tue: daySchema.optional(),
  wed: daySchema.optional(),
  thu: daySchema.optional(),
  fri: daySchema.optional(),
  sat: daySchema.optional(),
  sun: daySchema.optional(),
})

/** Hours out of the database; what cannot be read is no limit: rather somebody too many than nobody. */
export function readBusinessHours(stored: unknown): BusinessHours | null {
  const hours = businessHoursSchema.safeParse(stored)
  return hours.success ? hours.data : null
}

/**
 * Whether a moment lies within the hours. The clock of the time zone decides: where clocks go back, what it shows twice is
 * open twice; where they go forward, what it skips is missed.
 *
 * @param hours null is always
 */
export function isWithinHours(hours: BusinessHours | null, moment: Date, timeZone: string): boolean {
  if (hours === null) return true
  const { weekday, time } = readWallClock(moment, timeZone)
  return (hours[weekday] ?? []).some(([from, until]) => from <= time && time < until)
}

/**
 * The next moment within the hours: the given one if it is within them.
 *
 * @param hours null is always
 * @returns null when they never come
 */
export function findNextOpening(hours: BusinessHours | null, moment: Date, timeZone: string): Date | null {
  if (isWithinHours(hours, moment, timeZone)) return moment
  const today = readWallClock(moment, timeZone).date
  for (let ahead = 0; ahead <= 8; ahead += 1) {
    const date = addDays(today, ahead)
    for (const [from] of hours?.[weekdayOf(date)] ?? []) {
      const opening = readZonedTime(`${date}T${from}`, timeZone)
      if (opening !== null && opening > moment) return opening
    }
  }
  return null
}

function readWallClock(moment: Date, timeZone: string): { date: string; weekday: Weekday; time: string } {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  }).formatToParts(moment)
  const at = (type: string) => parts.find((part) => part.type === type)?.value ?? ''
  const date = `${at('year')}-${at('month')}-${at('day')}`
  return { date, weekday: weekdayOf(date), time: `${at('hour')}:${at('minute')}` }
}

/** @param date `2026-01-31` */
function weekdayOf(date: string): Weekday {
  return weekdays[(new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7] ?? 'mon'
}

function addDays(date: string, days: number): string {
  const moment = new Date(`${date}T00:00Z`)
  moment.setUTCDate(moment.getUTCDate() + days)
  return moment.toISOString().slice(0, 10)
}
