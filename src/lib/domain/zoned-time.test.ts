import { expect, test } from 'vitest'
import { readZonedTime } from './zoned-time.ts'

test.each([
  ['2026-01-31T14:05', 'Asia/Jakarta', '2026-01-31T07:05:00.000Z'],
  ['2026-01-31T00:30:15', 'Asia/Jayapura', '2026-01-30T15:30:15.000Z'],
  ['2026-07-01T12:00', 'America/New_York', '2026-07-01T16:00:00.000Z'],
  ['2026-01-01T12:00', 'America/New_York', '2026-01-01T17:00:00.000Z'],
  // Comes twice: the clocks go back from 02:00 to 01:00.
  ['2026-11-01T01:30', 'America/New_York', '2026-11-01T05:30:00.000Z'],
  // Never comes: they go forward from 02:00 to 03:00.
  ['2026-03-08T02:30', 'America/New_York', '2026-03-08T07:30:00.000Z'],
])('%s in %s is %s', (text, timeZone, expected) => {
  expect(readZonedTime(text, timeZone)?.toISOString()).toBe(expected)
})

test.each(['', '2026-01-31', '2026-13-01T00:00', 'yesterday', '2026-01-31T14:05Z'])(
  '%j is no time',
  (text) => {
    expect(readZonedTime(text, 'Asia/Jakarta')).toBeNull()
  },
)
