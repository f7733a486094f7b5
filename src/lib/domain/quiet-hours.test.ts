import { describe, expect, it } from 'vitest'
import { isQuiet } from './quiet-hours.ts'

const at = (time: string) => new Date(`2026-03-03T${time}:00+07:00`)
const isQuietAt = (from: string, until: string, time: string) =>
  isQuiet({ from, until }, 'Asia/Jakarta', at(time))

describe('isQuiet', () => {
  it.each([
    ['21:59', false],
    ['22:00', true],
    ['00:00', true],
    ['06:29', true],
    ['06:30', false],
    ['12:00', false],
  ])('goes over midnight: %s', (time, quiet) => {
    expect(isQuietAt('22:00', '06:30', time)).toBe(quiet)
  })

  it('stays within a day', () => {
    expect(isQuietAt('12:00:00', '13:00:00', '12:30')).toBe(true)
    expect(isQuietAt('12:00:00', '13:00:00', '13:00')).toBe(false)
  })

  it('is the whole day where it ends as it begins, and never without a span', () => {
    expect(isQuietAt('08:00', '08:00', '07:59')).toBe(true)
    expect(isQuiet(null, 'Asia/Jakarta', at('03:00'))).toBe(false)
  })
})
