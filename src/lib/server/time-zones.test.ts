import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getLocale, overwriteGetLocale } from '#lib/i18n/generated/runtime.js'
import { formatDate, formatMoment, listCountries, listTimeZones } from './time-zones.ts'

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

describe('for an Indonesian reader', () => {
  const present = getLocale
  beforeEach(() => {
    overwriteGetLocale(() => 'id')
  })
  afterEach(() => {
    overwriteGetLocale(present)
  })

  it('writes months and times as Indonesians do', () => {
    expect(formatDate(new Date('2026-05-03T20:05:00Z'), 'Asia/Jakarta')).toBe('4 Mei 2026')
    expect(formatMoment(moment, 'Asia/Jakarta')).toContain('03.05')
  })

  it('names countries in Indonesian, in the order of these names', () => {
    const names = listCountries().map(({ name }) => name)
    expect(names).toContain('Jerman')
    expect(names.indexOf('Jerman')).toBeGreaterThan(names.indexOf('Indonesia'))
  })
})
