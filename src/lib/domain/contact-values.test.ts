import { expect, test } from 'vitest'
import { readFieldValue } from './contact-values.ts'

test.each([
  ['1234.5', '1234.5'],
  ['1234,50', '1234.5'],
  ['007', '7'],
  ['-0', '0'],
  ['-0,5', '-0.5'],
  ['+12', '12'],
  ['1 000', '1000'],
  ['12.', '12'],
  ['0.000', '0'],
  ['000000000000000000000042', '42'],
  ['10.250', '10.25'],
])('writes the number %s as %s', (typed, kept) => {
  expect(readFieldValue('number', [], typed)).toBe(kept)
})

test.each(['twelve', '1.2.3', '1,234.5', '1e5', 'NaN', '0x10', '--1', '1234567890123456789', '.'])(
  'takes %s for no number',
  (typed) => {
    expect(readFieldValue('number', [], typed)).toBeUndefined()
  },
)

test('takes only days that there are', () => {
  expect(readFieldValue('date', [], ' 2028-02-29 ')).toBe('2028-02-29')
  for (const typed of ['2027-02-29', '2026-13-01', '23/11/2026', '0026-01-01', 'today'])
    expect({ typed, kept: readFieldValue('date', [], typed) }).toEqual({ typed, kept: undefined })
})

test('takes only choices that there are, and text of a bearable length', () => {
  expect(readFieldValue('choice', ['Gold', 'Silver'], 'Gold')).toBe('Gold')
  expect(readFieldValue('choice', ['Gold', 'Silver'], 'gold')).toBeUndefined()
  expect(readFieldValue('text', [], '  Jl. Merdeka 1 ')).toBe('Jl. Merdeka 1')
  expect(readFieldValue('text', [], 'a\0b')).toBe('ab')
  expect(readFieldValue('text', [], 'x'.repeat(2001))).toBeUndefined()
})

test('takes nothing for nothing, whatever the kind', () => {
  for (const kind of ['text', 'number', 'date', 'choice'] as const)
    expect(readFieldValue(kind, ['Gold'], ' \u00a0 ')).toBeNull()
})
