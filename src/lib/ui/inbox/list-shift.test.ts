import { expect, it } from 'vitest'
import { findShift } from './list-shift.ts'

const rows = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({ id: String(from + index) }))

it('sees that a row joined above', () => {
  expect(findShift(rows(1, 30), [{ id: 'new' }, ...rows(1, 30)], 10)).toBe(1)
})

it('sees that a row left above', () => {
  expect(findShift(rows(1, 30), rows(2, 30), 10)).toBe(-1)
})

it('does not follow the one row in sight that moved by itself', () => {
  const [moved, ...others] = rows(11, 30)
  const after = [...(moved ? [moved] : []), ...rows(1, 10), ...others]
  expect(findShift(rows(1, 30), after, 10)).toBe(0)
})

it('stays when nothing of what was in sight is left', () => {
  expect(findShift(rows(1, 30), rows(40, 60), 10)).toBe(0)
})
