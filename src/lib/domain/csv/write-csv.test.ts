import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSafeCell, writeCsvRow, writeSafeCell } from './write-csv.ts'

test.each(['=1+1', '+62 812', '-5', '@SUM(A1)', '\t1', '\r1', '\n1', ' =1', '＝1+1', "'=1"])(
  'keeps a spreadsheet from running %j',
  (text) => {
    expect(writeSafeCell(text)).toBe(`'${text}`)
  },
)

test.each([
  ['a;=1;b', "a;'=1;b"],
  ['a,+1\t-1|@b\r\n=c', "a,'+1\t'-1|'@b\r\n'=c"],
  ['a; "=1"', `a; "'=1"`],
  ["a;'=1", "a;''=1"],
  ['\t=1', "'\t'=1"],
  ['=1;=2', "'=1;'=2"],
])('keeps a spreadsheet that cuts %j elsewhere from running a part of it', (text, written) => {
  expect(writeSafeCell(text)).toBe(written)
  expect(readSafeCell(written)).toBe(text)
})

test.each(['Budi', "O'Brien", "'quoted'", '5-6', 'a=b', '', '0812', "a; b, 'c'\n5-6"])(
  'leaves %j alone',
  (text) => {
    expect(writeSafeCell(text)).toBe(text)
    expect(readSafeCell(text)).toBe(text)
  },
)

const oddText = fc.string({ unit: fc.constantFrom(...`'"=+-@\t\r\n;,|＝a `) })

test('reads back every text that it wrote, and writes none that is a formula', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), oddText), (text) => {
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

/** Cuts a text as spreadsheets do, which refuse nothing: only a quote at the beginning of a cell is none of its letters. */
function cutAt(text: string, delimiter: string): string[] {
  const cells: string[] = []
  for (let at = 0; at < text.length; at++) {
    let cell = ''
    if (text[at] === '"') {
      for (at++; at < text.length && (text[at] !== '"' || text[at + 1] === '"'); at++) {
        if (text[at] === '"') at++
        cell += text[at] ?? ''
      }
      at++
    }
    for (; at < text.length && !`${delimiter}\r\n`.includes(text[at] ?? ''); at++) cell += text[at] ?? ''
    cells.push(cell)
  }
  return cells
}

test('writes no file of which a spreadsheet runs a part, whatever separator it expects', () => {
  expect(cutAt('a;"b;""c""";d"e\n"f" g', ';')).toEqual(['a', 'b;"c"', 'd"e', 'f g'])
  const rows = fc.array(fc.array(oddText, { maxLength: 4 }), { maxLength: 4 })
  fc.assert(
    fc.property(rows, fc.constantFrom(',', ';', '\t', '|'), (written, delimiter) => {
      const text = written.map((cells) => writeCsvRow(['id', ...cells.map(writeSafeCell)])).join('')
      expect(cutAt(text, delimiter).filter((cell) => /^\s*[=+\-@＝]/.test(cell))).toEqual([])
    }),
    { numRuns: 3000 },
  )
})

test('ends soon with texts of nothing but signs', () => {
  for (const unit of ['=', "'", '\t', '"', ';', '\t=', ";'=", ' ']) {
    const text = unit.repeat(100_000)
    expect(readSafeCell(writeSafeCell(text)) === text).toBe(true)
  }
})
