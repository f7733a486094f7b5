/**
 * Reads what a date and time field holds as the clock of a time zone.
 *
 * @param text `2026-01-31T14:05`, with or without seconds
 * @returns null when it is no such time. Where clocks are set back and a time comes twice, the first; where they are set
 *   forward and it never comes, the moment that many minutes after the gap began.
 */
export function readZonedTime(text: string, timeZone: string): Date | null {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/.test(text)) return null
  const asUtc = new Date(`${text}Z`)
  if (Number.isNaN(asUtc.getTime())) return null
  const offsets = [-1, 1].map((day) => offsetAt(new Date(asUtc.getTime() + day * 86_400_000), timeZone))
  const candidates = offsets.map((offset) => new Date(asUtc.getTime() - offset))
  const exact = candidates.filter(
    (candidate) => candidate.getTime() + offsetAt(candidate, timeZone) === asUtc.getTime(),
  )
  const [first] = exact.length > 0 ? exact.sort((a, b) => a.getTime() - b.getTime()) : candidates
  return first ?? null
}

/** How far a time zone's clock is ahead of UTC, in milliseconds. */
function offsetAt(moment: Date, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  }).formatToParts(moment)
  const at = (type: string) => Number(parts.find((part) => part.type === type)?.value)
  const shown = Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'))
  return shown - Math.floor(moment.getTime() / 1000) * 1000
}
