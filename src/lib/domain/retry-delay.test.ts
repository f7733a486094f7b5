import { describe, expect, test } from 'vitest'
import { mostApplyAttempts, retryDelaySeconds } from './retry-delay.ts'

describe('the delay before the next try', () => {
  test('grows with every failure, up to a limit', () => {
    const delays = [1, 2, 3, 4, 5, 6].map((attempts) => retryDelaySeconds(attempts, 0.5))
    expect(delays).toEqual([5, 20, 80, 320, 600, 600])
  })

  test('spreads what failed together', () => {
    expect(retryDelaySeconds(2, 0)).toBe(10)
    expect(retryDelaySeconds(2, 1)).toBe(30)
  })

  test('leaves a cause that lasts some minutes behind before an event is given up', () => {
    const shortest = Array.from({ length: mostApplyAttempts - 1 }, (_, index) =>
      retryDelaySeconds(index + 1, 0),
    ).reduce((sum, delay) => sum + delay, 0)
    expect(shortest).toBeGreaterThan(180)
  })
})
