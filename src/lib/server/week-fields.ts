import {
  businessHoursSchema,
  weekdays,
  type BusinessHours,
  type OpenSpan,
} from '#lib/domain/business-hours.ts'
import { readText } from './read-form.ts'

/** What one typed into the fields of a week, by their names: `mon.0.from`, `mon.0.until`, `mon.1.from`, ... */
export type TypedWeek = Record<string, string>

/** Spans of one day that a form may hold; the rule allows as many. */
const mostSpans = 6

export type ReadWeek = { isValid: true; hours: BusinessHours } | { isValid: false; error: string }

/**
 * Reads a week as WeekHours.svelte asks for it. A span without both times is none; midnight as an end is that of the day.
 *
 * @returns the hours, or a code of businessHoursSchema
 */
export function readWeek(form: FormData): ReadWeek {
  const hours: BusinessHours = {}
  for (const day of weekdays) {
    const spans: OpenSpan[] = []
    for (let place = 0; place < mostSpans; place += 1) {
      const from = readText(form, `${day}.${String(place)}.from`)
      const until = readText(form, `${day}.${String(place)}.until`)
      if (from !== '' || until !== '') spans.push([from, until === '00:00' ? '24:00' : until])
    }
    if (spans.length > 0) hours[day] = spans
  }
  const read = businessHoursSchema.safeParse(hours)
  if (read.success) return { isValid: true, hours: read.data }
  return { isValid: false, error: read.error.issues[0]?.message ?? 'bad_time' }
}

/** What was typed, to be shown again. */
export function typedWeek(form: FormData): TypedWeek {
  const names = [...form.keys()].filter((name) =>
    /^(mon|tue|wed|thu|fri|sat|sun)\.[0-5]\.(from|until)$/.test(name),
  )
  return Object.fromEntries(names.map((name) => [name, readText(form, name)]))
}
