import { expect, it } from 'vitest'
import { formatDate, formatMoment, listTimeZones } from './time-zones.ts'

const moment = new Date('2026-03-03T20:05:00Z')

it('writes a moment as it was in the time zone', () => {
  expect(formatDate(moment, 'Asia/Jakarta')).toBe('4 Mar 2026')
  expect(formatMoment(moment, 'Asia/Jakarta')).toBe('4 Mar 2026, 03:05')
})

it('falls back to UTC in a time zone that only Postgres knows', () => {
  expect(formatMoment(moment, 'posixrules')).toBe('3 Mar 2026, 20:05')
})

it('offers the time zone in use, also one that JavaScript does not list', () => {
  expect(listTimeZones()).not.toContain('Asia/Kolkata')
  expect(listTimeZones('Asia/Kolkata')).toContain('Asia/Kolkata')
  expect(listTimeZones('Asia/Jakarta')).toEqual(listTimeZones())
})
