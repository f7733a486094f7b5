import { describe, expect, it } from 'vitest'
import { CallLimit, RateCounter } from './rate-counter.ts'

describe('RateCounter', () => {
  it('is exceeded while the average of the last minute is above the limit', () => {
    let now = 0
    const counter = new RateCounter(2, () => now)
    counter.add(120)
    expect(counter.isExceeded()).toBe(false)
    expect(counter.isExceeded(1)).toBe(true)
    now = 59_000
    counter.add()
    expect(counter.isExceeded()).toBe(true)
    now = 60_000
    expect(counter.isExceeded()).toBe(false)
    expect(counter.isExceeded(119)).toBe(false)
    expect(counter.isExceeded(120)).toBe(true)
    now = 1_000_000
    expect(counter.isExceeded(120)).toBe(false)
  })
})

describe('CallLimit', () => {
  it('counts from the first call of each window', () => {
    let now = 0
    const limit = new CallLimit(2, 1000, () => now)
    expect([limit.take(), limit.take(), limit.take()]).toEqual([true, true, false])
    now = 1001
    expect(limit.take()).toBe(true)
  })
})
