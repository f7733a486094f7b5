export type Moment = string | number

/** Writes moments the way the reader reads them. */
export interface TimeWords {
  timeOf(moment: Moment): string
  fullTimeOf(moment: Moment): string
  dayAndTimeOf(moment: Moment): string
  shortTimeOf(moment: Moment, now: Moment): string
  dayOf(moment: Moment, now: Moment): string
  dayNumberOf(moment: Moment): number
}

/**
 * @param locale decides the words and the order of a date
 * @param timeZone undefined is the reader's own
 * @param hourCycle whether the reader counts to 12 or to 24: a habit of the place, not of the language
 */
export function describeTimes(
  locale: string,
  timeZone: 'UTC' | undefined,
  hourCycle: Intl.DateTimeFormatOptions['hourCycle'],
): TimeWords {
  const zone = timeZone ? { timeZone } : {}
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { ...options, ...zone })
  const clockFace: Intl.DateTimeFormatOptions = {
    hour: '2-digit',
    minute: '2-digit',
    ...(hourCycle ? { hourCycle } : {}),
  }
  const longDay: Intl.DateTimeFormatOptions = { weekday: 'long', day: 'numeric', month: 'long' }
  const time = format(clockFace)
  const full = format({ ...longDay, ...clockFace, year: 'numeric', second: '2-digit' })
  const dayAndTime = format({ ...longDay, ...clockFace, year: 'numeric' })
  const weekday = format({ weekday: 'short' })
  const date = format({ day: 'numeric', month: 'short' })
  const dateAndYear = format({ day: 'numeric', month: 'short', year: 'numeric' })
  const day = format(longDay)
  const dayAndYear = format({ ...longDay, year: 'numeric' })
  const near = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })

  /** `Yesterday`: the language has a word of its own for these days. */
  function nameOf(days: 0 | -1): string {
    const name = near.format(days, 'day')
    return name.charAt(0).toLocaleUpperCase(locale) + name.slice(1)
  }

  function dayNumberOf(moment: Moment): number {
    const at = new Date(moment)
    const midnight = timeZone
      ? Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate())
      : Date.UTC(at.getFullYear(), at.getMonth(), at.getDate())
    return midnight / 86_400_000
  }

  return {
    timeOf: (moment) => time.format(new Date(moment)),
    fullTimeOf: (moment) => full.format(new Date(moment)),
    dayAndTimeOf: (moment) => dayAndTime.format(new Date(moment)),
    shortTimeOf(moment, now) {
      const days = dayNumberOf(now) - dayNumberOf(moment)
      if (days <= 0) return time.format(new Date(moment))
      if (days === 1) return nameOf(-1)
      if (days < 7) return weekday.format(new Date(moment))
      return (days < 300 ? date : dateAndYear).format(new Date(moment))
    },
    dayOf(moment, now) {
      const days = dayNumberOf(now) - dayNumberOf(moment)
      if (days === 0) return nameOf(0)
      if (days === 1) return nameOf(-1)
      return (days < 300 ? day : dayAndYear).format(new Date(moment))
    },
    dayNumberOf,
  }
}
