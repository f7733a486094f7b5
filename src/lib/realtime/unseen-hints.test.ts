import { expect, it } from 'vitest'
import { UnseenHints } from './unseen-hints.ts'

it('asks again, with growing pauses, until what was heard of is seen', () => {
  const hints = new UnseenHints()
  hints.hear('81')
  expect(hints.ask()).toEqual(['81'])
  expect(hints.answer(true)).toBe(25)
  expect(hints.ask()).toEqual(['81'])
  expect(hints.answer(true)).toBe(50)
  for (let turn = 0; turn < 20; turn += 1) hints.answer(true)
  expect(hints.answer(true)).toBe(2_000)
  expect(hints.answer(false)).toBeNull()
  expect(hints.ask()).toEqual([])
  hints.hear('90')
  hints.ask()
  expect(hints.answer(true)).toBe(25)
})

it('keeps what was heard of while a request was under way', () => {
  const hints = new UnseenHints()
  hints.hear('81')
  hints.ask()
  hints.hear('82')
  expect(hints.answer(false)).toBeNull()
  expect(hints.ask()).toEqual(['82'])
})
