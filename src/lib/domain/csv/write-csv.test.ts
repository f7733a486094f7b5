import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSafeCell, writeCsvRow, writeSafeCell } from './write-csv.ts'

test.each(['=1+1', '+62 812', '-5', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1+1', "'=1"])(
  'keeps a spreadsheet from running %j',
  (text) => {
    expect(writeSafeCell(text)).toBe(`'${text}`)
  },
)

test.each(['Budi', "O'Brien", "'quoted'", '5-6', 'a=b', '', '0812'])('leaves %j alone', (text) => {
  expect(writeSafeCell(text)).toBe(text)
  expect(readSafeCell(text)).toBe(text)
})

test('reads back every text that it wrote, and writes none that is a formula', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(..."'=+-@\t\r\n＝a ") })), (text) => {
      const written = writeSafeCell(text)
      expect(readSafeCell(written)).toBe(text)
      expect(written).not.toMatch(/^[=+\-@\t\r\n＝]/)
    }),
    { numRuns: 2000 },
  )
})

test('quotes what would be cut in any of the usual spreadsheets', () => {
  expect(writeCsvRow(['a', 'b;c', 'd"e', ' f', ''])).toBe('a,"b;c","d""e"," f",\r\n')
  expect(writeCsvRow([''])).toBe('""\r\n')
})
