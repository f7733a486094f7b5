/**
 * A moment of a browser's clock on ours, by what that clock showed as it asked: a clock that is wrong then changes
 * nothing. Never in the future, nor before 1970; without that hint the moment itself.
 */
export function correctClock(moment: string | null, askedAt: string | null, now = Date.now()): Date | null {
  if (moment === null) return null
  const told = Date.parse(moment)
  const corrected = askedAt === null ? told : now - Math.max(0, Date.parse(askedAt) - told)
  return new Date(Math.max(0, Math.min(corrected, now)))
}
