import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Clock } from './clock.svelte.ts'

const noon = Date.parse('2026-03-03T12:00:00.000Z')
const twoDaysMs = 2 * 24 * 60 * 60 * 1000

beforeEach(() => {
  vi.useFakeTimers({ now: noon })
})
afterEach(() => {
  vi.useRealTimers()
})

it('goes by the server where the device is days off, either way', () => {
  const clock = new Clock()
  for (const offMs of [twoDaysMs, -twoDaysMs]) {
    clock.compare(noon + offMs)
    expect(clock.now).toBe(noon + offMs)
    vi.advanceTimersByTime(1_000)
    expect(clock.read()).toBe(noon + offMs + 1_000)
    vi.setSystemTime(noon)
  }
})

it('goes by the device while the two differ by no more than an answer may take', () => {
  const clock = new Clock()
  clock.compare(noon - 4_000)
  expect(clock.read()).toBe(noon)
  clock.compare(Number.NaN)
  expect(clock.read()).toBe(noon)
})

it('believes the device again once its clock was set right', () => {
  const clock = new Clock()
  clock.compare(noon + twoDaysMs)
  vi.setSystemTime(noon + twoDaysMs)
  clock.compare(noon + twoDaysMs)
  expect(clock.read()).toBe(noon + twoDaysMs)
})
