import { expect, it } from 'vitest'
import { describeTimes } from './times.ts'

const { shortTimeOf, dayOf, timeOf, fullTimeOf, dayAndTimeOf, dayNumberOf } = describeTimes(
  'en-GB',
  'UTC',
  'h23',
)
const now = '2026-03-03T08:00:00Z'

it.each([
  ['2026-03-03T07:05:00Z', '07:05', 'Today'],
  ['2026-03-02T23:59:00Z', 'Yesterday', 'Yesterday'],
  ['2026-02-27T10:00:00Z', 'Fri', 'Friday 27 February'],
  ['2026-02-24T10:00:00Z', '24 Feb', 'Tuesday 24 February'],
  ['2025-03-03T10:00:00Z', '3 Mar 2025', 'Monday, 3 March 2025'],
])('%s is %s in a list and %s in a thread', (moment, short, day) => {
  expect(shortTimeOf(moment, now)).toBe(short)
  expect(dayOf(moment, now)).toBe(day)
})

it('shows a clock that runs ahead as today', () => {
  expect(shortTimeOf('2026-03-03T08:00:30Z', now)).toBe('08:00')
})

it('counts hours as the reader does', () => {
  expect(describeTimes('en-US', 'UTC', 'h12').timeOf('2026-03-03T15:05:00Z')).toMatch(/^03:05\sPM$/)
  expect(timeOf('2026-03-03T00:05:00Z')).toBe('00:05')
  expect(fullTimeOf('2026-03-03T15:05:09Z')).toBe('Tuesday, 3 March 2026 at 15:05:09')
  expect(dayAndTimeOf('2026-03-03T15:05:09Z')).toBe('Tuesday, 3 March 2026 at 15:05')
})

it('counts calendar days', () => {
  expect(dayNumberOf('2026-03-03T00:00:00Z') - dayNumberOf('2026-03-02T23:59:59Z')).toBe(1)
})

it('writes days as the language does', () => {
  const indonesian = describeTimes('id-ID', 'UTC', 'h23')
  expect(indonesian.dayOf('2026-03-03T07:05:00Z', now)).toBe('Hari ini')
  expect(indonesian.shortTimeOf('2026-03-02T07:05:00Z', now)).toBe('Kemarin')
  expect(indonesian.dayOf('2026-02-24T10:00:00Z', now)).toBe('Selasa, 24 Februari')
})
