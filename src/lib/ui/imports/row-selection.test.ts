import { expect, test } from 'vitest'
import { readRowSelection, writeRowSelection } from './row-selection.ts'

test('finds in an address what was written into it', () => {
  const choices = [
    { verdict: null, outcome: null, after: 0 },
    { verdict: 'invalid', outcome: null, after: 50 },
    { verdict: null, outcome: 'kept', after: 0 },
  ] as const
  for (const choice of choices)
    expect(readRowSelection(new URLSearchParams(writeRowSelection(choice)))).toEqual(choice)
  expect(writeRowSelection({})).toBe('')
})

test('leaves out what is none', () => {
  expect(readRowSelection(new URLSearchParams('verdict=good&outcome=x&after=-1'))).toEqual({
    verdict: null,
    outcome: null,
    after: 0,
  })
})
