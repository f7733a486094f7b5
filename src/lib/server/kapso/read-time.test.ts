import { expect, test } from 'vitest'
import { latestTimeAt, readTime, timeAt } from './read-time.ts'

test.each([
  '1730092800',
  '1730092800.25',
  1730092800,
  1730092800000,
  '2024-10-28T05:20:00Z',
  '2024-10-28T05:20:00',
  '2024-10-28 05:20:00 UTC',
  '2024-10-28T12:20:00+0700',
  '2024-10-28T02:20:00-03:00',
  '2024-10-28T05:20:00.000000Z',
])('%j is the same moment', (value) => {
  expect(readTime(value)?.toISOString().slice(0, 19)).toBe('2024-10-28T05:20:00')
})

test.each([
  undefined,
  null,
  '',
  'soon',
  '2024',
  '2024-10-28',
  '2024-13-45T05:20:00Z',
  '1999-10-28T05:20:00Z',
  '+012024-10-28T05:20:00Z',
  '9999-10-28T05:20:00Z',
  0,
  -1730092800,
  NaN,
  Infinity,
  1e20,
  true,
  [],
  {},
  '1'.repeat(100),
])('%j is no moment of a message', (value) => {
  expect(readTime(value)).toBeUndefined()
})

test('the first that holds one, and the latest of several', () => {
  const times = { a: null, b: '2026-01-01T00:00:00Z', c: '2026-01-02T00:00:00Z', d: 'x' }
  expect(timeAt(times, 'a', 'b', 'c')).toEqual(new Date('2026-01-01T00:00:00Z'))
  expect(latestTimeAt(times, 'a', 'b', 'c', 'd')).toEqual(new Date('2026-01-02T00:00:00Z'))
  expect(timeAt(undefined, 'a')).toBeUndefined()
  expect(latestTimeAt(times, 'a', 'd')).toBeUndefined()
})
