/** A span of the day as the clock of a time zone shows it: `22:00` to `06:30`, over midnight where it ends earlier. */
export interface QuietHours {
  from: string
  until: string
}

/** Whether a moment lies in them. A span that ends where it begins is the whole day. */
export function isQuiet(quietHours: QuietHours | null, timeZone: string, now: Date): boolean {
  if (quietHours === null) return false
  const clock = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    hour: '2-digit',
    minute: '2-digit',
  }).format(now)
  const [from, until] = [quietHours.from.slice(0, 5), quietHours.until.slice(0, 5)]
  return from < until ? clock >= from && clock < until : clock >= from || clock < until
}
