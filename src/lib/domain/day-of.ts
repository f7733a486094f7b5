/** The calendar day of a moment in a time zone, as 2026-11-23. */
export function dayOf(moment: string | Date, timeZone: string): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(new Date(moment))
}

/** The day before that of a moment. */
export function dayBefore(moment: string | Date, timeZone: string): string {
  const day = new Date(`${dayOf(moment, timeZone)}T00:00:00Z`)
  return new Date(day.getTime() - 86_400_000).toISOString().slice(0, 10)
}
