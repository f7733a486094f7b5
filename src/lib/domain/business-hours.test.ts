import { describe, expect, test } from 'vitest'
import {
  businessHoursSchema,
  findNextOpening,
  isWithinHours,
  readBusinessHours,
  type BusinessHours,
} from './business-hours.ts'

const office: BusinessHours = {
  mon: [
    ['09:00', '12:00'],
    ['13:00', '17:00'],
  ],
  fri: [['09:00', '11:30']],
  sat: [['22:00', '24:00']],
  sun: [['00:00', '02:00']],
}
const jakarta = 'Asia/Jakarta'
const at = (text: string) => new Date(text)
const isOpen = (text: string, zone = jakarta) => isWithinHours(office, at(text), zone)

describe('isWithinHours', () => {
  test('counts from the beginning until just before the end', () => {
    // 2026-11-23 is a Monday; Jakarta is seven hours ahead.
    expect(isOpen('2026-11-23T08:59:59+07:00')).toBe(false)
    expect(isOpen('2026-11-23T09:00:00+07:00')).toBe(true)
    expect(isOpen('2026-11-23T11:59:59+07:00')).toBe(true)
    expect(isOpen('2026-11-23T12:00:00+07:00')).toBe(false)
    expect(isOpen('2026-11-23T13:00:00+07:00')).toBe(true)
    expect(isOpen('2026-11-24T10:00:00+07:00')).toBe(false)
  })

  test('goes by the wall clock of the time zone, also where it is another day', () => {
    const moment = '2026-11-23T02:30:00Z'
    expect(isOpen(moment, 'Asia/Jakarta')).toBe(true)
    expect(isOpen(moment, 'Asia/Jayapura')).toBe(true)
    expect(isOpen(moment, 'Europe/London')).toBe(false)
    expect(isOpen('2026-11-22T16:30:00Z', 'Asia/Jakarta')).toBe(false)
    // Saturday 23:30 and Sunday 00:30 are one night.
    expect(isOpen('2026-11-21T23:30:00+07:00')).toBe(true)
    expect(isOpen('2026-11-22T00:30:00+07:00')).toBe(true)
    expect(isOpen('2026-11-22T02:00:00+07:00')).toBe(false)
  })

  test('follows clocks that are set forward and back', () => {
    const hours: BusinessHours = { sun: [['01:30', '03:30']], mon: [['09:00', '10:00']] }
    const london = 'Europe/London'
    // Forward on 2026-03-29 at 01:00: an hour is skipped, so that what begins at 01:30 begins at 02:00.
    expect(isWithinHours(hours, at('2026-03-29T00:59:00Z'), london)).toBe(false)
    expect(isWithinHours(hours, at('2026-03-29T01:00:00Z'), london)).toBe(true)
    expect(isWithinHours(hours, at('2026-03-29T02:29:00Z'), london)).toBe(true)
    expect(isWithinHours(hours, at('2026-03-29T02:30:00Z'), london)).toBe(false)
    // Back on 2026-10-25 at 02:00: the hour from 01:00 comes twice.
    expect(isWithinHours(hours, at('2026-10-25T00:30:00Z'), london)).toBe(true)
    expect(isWithinHours(hours, at('2026-10-25T01:15:00Z'), london)).toBe(false)
    expect(isWithinHours(hours, at('2026-10-25T01:30:00Z'), london)).toBe(true)
    // Nine o'clock is another moment in winter than in summer.
    expect(isWithinHours(hours, at('2026-06-01T08:00:00Z'), london)).toBe(true)
    expect(isWithinHours(hours, at('2026-12-07T08:00:00Z'), london)).toBe(false)
    expect(isWithinHours(hours, at('2026-12-07T09:00:00Z'), london)).toBe(true)
  })

  test('is always open without hours, and never with none', () => {
    expect(isWithinHours(null, at('2026-11-22T02:00:00Z'), jakarta)).toBe(true)
    expect(isWithinHours({}, at('2026-11-23T03:00:00Z'), jakarta)).toBe(false)
  })
})

describe('findNextOpening', () => {
  const next = (text: string, hours: BusinessHours | null = office) =>
    findNextOpening(hours, at(text), jakarta)?.toISOString() ?? null

  test('is now while it is open, else the next beginning, over days', () => {
    expect(next('2026-11-23T10:00:00+07:00')).toBe('2026-11-23T03:00:00.000Z')
    expect(next('2026-11-23T12:10:00+07:00')).toBe('2026-11-23T06:00:00.000Z')
    expect(next('2026-11-23T17:00:00+07:00')).toBe('2026-11-27T02:00:00.000Z')
    expect(next('2026-11-22T05:00:00+07:00', { sun: [['04:00', '05:00']] })).toBe('2026-11-28T21:00:00.000Z')
  })

  test('never comes where there are no hours', () => {
    expect(next('2026-11-23T10:00:00+07:00', {})).toBeNull()
    expect(next('2026-11-23T10:00:00+07:00', null)).toBe('2026-11-23T03:00:00.000Z')
  })

  test('takes the shorter way through the night in which clocks go forward', () => {
    const opening = findNextOpening(
      { sun: [['09:00', '10:00']] },
      at('2026-03-28T20:00:00Z'),
      'Europe/London',
    )
    expect(opening?.toISOString()).toBe('2026-03-29T08:00:00.000Z')
  })
})

describe('businessHoursSchema', () => {
  const code = (hours: unknown) => businessHoursSchema.safeParse(hours).error?.issues[0]?.message

  test('takes what stands in the database, and sorts it', () => {
    expect(
      businessHoursSchema.parse({
        mon: [
          ['13:00', '24:00'],
          ['00:00', '13:00'],
        ],
        sun: [],
      }),
    ).toEqual({
      mon: [
        ['00:00', '13:00'],
        ['13:00', '24:00'],
      ],
      sun: [],
    })
  })

  test.each([
    ['bad_time', { mon: [['9:00', '12:00']] }],
    ['bad_time', { mon: [['09:00', '24:01']] }],
    ['bad_time', { mon: [['24:00', '24:00']] }],
    ['ends_before_it_begins', { mon: [['12:00', '12:00']] }],
    ['ends_before_it_begins', { mon: [['22:00', '02:00']] }],
    [
      'spans_overlap',
      {
        mon: [
          ['09:00', '12:00'],
          ['11:59', '13:00'],
        ],
      },
    ],
    ['too_many_spans', { mon: Array.from({ length: 7 }, (_, hour) => [`0${hour}:00`, `0${hour}:30`]) }],
  ])('refuses with %s', (expected, hours) => {
    expect(code(hours)).toBe(expected)
  })

  test('refuses days that there are not, and is no limit where it cannot be read', () => {
    expect(businessHoursSchema.safeParse({ someday: [] }).success).toBe(false)
    expect(readBusinessHours({ someday: [] })).toBeNull()
    expect(readBusinessHours(null)).toBeNull()
    expect(readBusinessHours({ mon: [['09:00', '17:00']] })).toEqual({ mon: [['09:00', '17:00']] })
  })
})
