import { expect, test } from 'vitest'
import { dayBefore, dayOf } from './day-of.ts'

test('a day begins at midnight of the time zone', () => {
  expect(dayOf('2026-11-22T16:59:59Z', 'Asia/Jakarta')).toBe('2026-11-22')
  expect(dayOf('2026-11-22T17:00:00Z', 'Asia/Jakarta')).toBe('2026-11-23')
  expect(dayOf('2026-03-01T03:00:00Z', 'America/New_York')).toBe('2026-02-28')
})

test('the day before crosses months and clocks that are changed', () => {
  expect(dayBefore('2026-03-01T12:00:00Z', 'Asia/Jakarta')).toBe('2026-02-28')
  expect(dayBefore('2026-03-29T10:00:00Z', 'Europe/Berlin')).toBe('2026-03-28')
})
