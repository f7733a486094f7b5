import { describe, expect, it } from 'vitest'
import { createBackoff, wellRunMs } from './backoff.ts'

describe('createBackoff', () => {
  it('restarts at once, then after growing pauses of at most half a minute', () => {
    const backoff = createBackoff()
    const pauses = Array.from({ length: 9 }, () => backoff.next(100))
    expect(pauses).toEqual([0, 1000, 2000, 4000, 8000, 15_000, 30_000, 30_000, 30_000])
  })

  it('forgets earlier deaths once the part ran well', () => {
    const backoff = createBackoff()
    for (let i = 0; i < 5; i++) backoff.next(100)
    expect(backoff.next(wellRunMs)).toBe(0)
    expect(backoff.next(100)).toBe(1000)
  })
})
