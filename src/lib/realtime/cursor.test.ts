import { expect, it } from 'vitest'
import { earlierCursor, isLaterCursor } from './cursor.ts'

it('orders cursors by value, beyond what a number holds exactly', () => {
  expect(earlierCursor('999', '1000')).toBe('999')
  expect(isLaterCursor('1000', '999')).toBe(true)
  expect(isLaterCursor('9007199254740993', '9007199254740992')).toBe(true)
  expect(isLaterCursor('1000', '1000')).toBe(false)
})
