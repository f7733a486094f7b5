import { expect, it } from 'vitest'
import { findWindowSnooze, listSnoozeTimes, writeZonedTime } from './thread-snooze-times.ts'

const jakarta = 'Asia/Jakarta'
const timesAt = (moment: string) => {
  const { laterToday, tomorrow, nextWeek } = listSnoozeTimes(new Date(moment), jakarta)
  return [laterToday, tomorrow, nextWeek].map((time) => time && writeZonedTime(time, jakarta))
}

it('counts days by the clock of the workspace', () => {
  // Tuesday, 02:00 in Jakarta, while it is Monday in UTC.
  expect(timesAt('2026-03-02T19:00:00Z')).toEqual([
    '2026-03-03T18:00',
    '2026-03-04T09:00',
    '2026-03-09T09:00',
  ])
})

it('offers three hours more in the evening, and no later today at night', () => {
  expect(timesAt('2026-03-03T10:10:00Z')[0]).toBe('2026-03-03T20:30')
  expect(timesAt('2026-03-03T13:45:00Z')[0]).toBeNull()
  expect(timesAt('2026-03-03T15:00:00Z')[0]).toBeNull()
})

it('means the coming Monday by next week, on a Sunday tomorrow and on a Monday in seven days', () => {
  expect(timesAt('2026-03-08T03:00:00Z')[2]).toBe('2026-03-09T09:00')
  expect(timesAt('2026-03-09T03:00:00Z')[2]).toBe('2026-03-16T09:00')
})

it('keeps the hour over a change of the clocks', () => {
  const { tomorrow } = listSnoozeTimes(new Date('2026-03-28T12:00:00Z'), 'Europe/Berlin')
  expect(tomorrow.toISOString()).toBe('2026-03-29T07:00:00.000Z')
})

it('wakes when two hours of the reply window are left, if they are not yet over', () => {
  const now = new Date('2026-03-03T08:00:00Z')
  expect(findWindowSnooze('2026-03-03T12:00:00Z', now)?.toISOString()).toBe('2026-03-03T10:00:00.000Z')
  expect(findWindowSnooze('2026-03-03T09:59:00Z', now)).toBeNull()
  expect(findWindowSnooze(null, now)).toBeNull()
})
