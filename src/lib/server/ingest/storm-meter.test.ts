import { expect, test } from 'vitest'
import { createStormMeter } from './storm-meter.ts'

function makeMeter(limit: number) {
  let at = 1_000_000
  return {
    meter: createStormMeter(limit, () => at),
    pass: (milliseconds: number) => {
      at += milliseconds
    },
  }
}

test('a workspace is calm up to the limit and storms above it', () => {
  const { meter } = makeMeter(100)
  expect(meter('a', 100)).toBe(false)
  expect(meter('a', 1)).toBe(true)
})

test("another workspace's storm changes nothing", () => {
  const { meter } = makeMeter(100)
  meter('a', 500)
  expect(meter('b', 1)).toBe(false)
})

test('a storm is over only when a whole second stayed below the limit', () => {
  const { meter, pass } = makeMeter(100)
  meter('a', 500)
  pass(1_000)
  expect(meter('a', 10)).toBe(true)
  pass(1_000)
  expect(meter('a', 10)).toBe(false)
})

test('after a silence nobody storms', () => {
  const { meter, pass } = makeMeter(100)
  meter('a', 500)
  pass(5_000)
  expect(meter('a', 1)).toBe(false)
})
