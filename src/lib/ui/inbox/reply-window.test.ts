import { expect, it } from 'vitest'
import { describeReplyWindow } from './reply-window.ts'

const now = Date.parse('2026-03-03T08:00:00Z')

it.each([
  [null, { state: 'never' }],
  ['2026-03-03T08:00:00Z', { state: 'closed' }],
  ['2026-03-03T08:00:30Z', { state: 'closing', remaining: 'under a minute', remainingShort: '<1 min' }],
  ['2026-03-03T08:42:59Z', { state: 'closing', remaining: '42 min' }],
  ['2026-03-03T10:00:00Z', { state: 'closing', remaining: '2 h' }],
  ['2026-03-03T10:01:00Z', { state: 'open', remaining: '2 h 1 min' }],
  ['2026-03-04T07:59:59Z', { state: 'open', remaining: '23 h 59 min' }],
])('until %s', (closesAt, expected) => {
  expect(describeReplyWindow(closesAt, now)).toMatchObject(expected)
})
