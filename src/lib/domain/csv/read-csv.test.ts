import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CsvProblem } from './csv-problem.ts'
import { defaultCsvLimits, type CsvLimits, type CsvRow } from './csv-records.ts'
import { detectCsv, type CsvFormat } from './detect-csv.ts'
import { readCsv } from './read-csv.ts'
import { writeCsvRow } from './write-csv.ts'

const utf8: CsvFormat = { encoding: 'utf-8', delimiter: ',' }

async function* cut(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  await Promise.resolve()
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function readBytes(
  bytes: Uint8Array,
  { format = utf8, size = 7, limits = defaultCsvLimits } = {} as {
    format?: CsvFormat
    size?: number
    limits?: CsvLimits
  },
): Promise<CsvRow[]> {
  return Array.fromAsync(readCsv(cut(bytes, size), format, limits))
}

const read = (text: string, options?: Parameters<typeof readBytes>[1]) =>
  readBytes(Buffer.from(text), options)
const cellsOf = async (text: string) => (await read(text)).map(({ cells }) => cells)
const detect = (bytes: Uint8Array, isWhole = true) => detectCsv(cut(bytes, 1000), isWhole)

async function problemOf(work: Promise<unknown>): Promise<{ code: string; line: number | null }> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof CsvProblem)) throw new Error('it was read', { cause: error })
  return { code: error.code, line: error.line }
}

describe('reading', () => {
  test('finds cells, quotes and line ends of every kind', async () => {
    expect(await cellsOf('a,b\r\n"x, ""y""","two\r\nlines"\rlast,\n')).toEqual([
      ['a', 'b'],
      ['x, "y"', 'two\r\nlines'],
      ['last', ''],
    ])
  })

  test('tells the line at which each record begins', async () => {
    const rows = await read('a\n\n"two\nlines"\r\nb\rc')
    expect(rows.map(({ line, cells: [cell] }) => [line, cell])).toEqual([
      [1, 'a'],
      [3, 'two\nlines'],
      [5, 'b'],
      [6, 'c'],
    ])
  })

  test('takes a quote in the middle of a cell as it stands', async () => {
    expect(await cellsOf('Pipe 5" wide,b\n')).toEqual([['Pipe 5" wide', 'b']])
  })

  test('gives back what was written, wherever the bytes are cut and whatever separates', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(
            fc.oneof(
              fc.string({ unit: 'grapheme' }),
              fc.string({ unit: fc.constantFrom(...'",;\r\n\t |a=') }),
            ),
            {
              minLength: 1,
              maxLength: 5,
            },
          ),
        ),
        fc.constantFrom(',', ';', '\t', '|'),
        fc.integer({ min: 1, max: 9 }),
        async (rows, delimiter, size) => {
          const kept = rows.map((row) => row.map((cell) => cell.replaceAll('\0', '')))
          // A mark of byte order at the very beginning says how the file is written and is none of its letters.
          const text = kept.map((row) => writeCsvRow(row, delimiter)).join('')
          fc.pre(!text.startsWith('\ufeff') && !/^"?sep=/i.test(text))
          const format = { encoding: 'utf-8', delimiter } as CsvFormat
          const found = await readBytes(Buffer.from(text), { format, size })
          expect(found.map(({ cells }) => cells)).toEqual(kept)
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('a broken file', () => {
  test('with a quote that nobody closes is told with the line of the quote', async () => {
    expect(await problemOf(read('a,b\n1,"open\n2,b\n'))).toEqual({ code: 'open_quote', line: 2 })
  })

  test('with text behind a closing quote is told with its line', async () => {
    expect(await problemOf(read('a,b\n1,2\n"x"y,b\n'))).toEqual({ code: 'text_after_quote', line: 3 })
  })

  test('with a cell of 10 MB is given up as soon as the limit is passed', async () => {
    let given = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      await Promise.resolve()
      yield Buffer.from('name,note\nBudi,"')
      for (; given < 10; given++) yield Buffer.alloc(1024 * 1024, 'x')
    }
    expect(await problemOf(Array.fromAsync(readCsv(endless(), utf8)))).toEqual({
      code: 'cell_too_large',
      line: 2,
    })
    expect(given).toBe(0)
  })

  test('with too much in a row, too many columns or rows is told', async () => {
    const limits = { cellLength: 10, rowLength: 20, columns: 3, rows: 3 }
    expect(await problemOf(read('a\n0123456789,0123456789,0\n', { limits }))).toEqual({
      code: 'row_too_large',
      line: 2,
    })
    expect(await problemOf(read('a\n1,2,3,4\n', { limits }))).toEqual({ code: 'too_many_columns', line: 2 })
    expect(await problemOf(read('a\nb\nc\nd\n', { limits }))).toEqual({ code: 'too_many_rows', line: 4 })
  })

  test('with bytes that its encoding does not have is told', async () => {
    expect((await problemOf(readBytes(Buffer.from([0x61, 0xff, 0x62])))).code).toBe('encoding')
    const half = Buffer.from('\ufeffa', 'utf16le').subarray(0, 3)
    const format: CsvFormat = { encoding: 'utf-16le', delimiter: ',' }
    expect((await problemOf(readBytes(half, { format }))).code).toBe('encoding')
  })

  test('with a zero byte is no text', async () => {
    expect((await problemOf(read('a,b\0'))).code).toBe('not_text')
    expect((await problemOf(detect(Buffer.from('PK\u0003\u0004\0\0\0workbook\0\0')))).code).toBe('not_text')
  })

  test('that is empty is told', async () => {
    expect(await problemOf(detect(new Uint8Array()))).toEqual({ code: 'empty_file', line: null })
    expect((await problemOf(detect(Buffer.from('\ufeff \r\n')))).code).toBe('empty_file')
  })
})

describe('how a file is written', () => {
  const text = 'nama;telepon\r\nJosé;"0812, rumah"\r\nÉlan;0813\r\n'

  test.each([
    ['UTF-8', 'utf-8', Buffer.from(text)],
    ['UTF-8 with a mark', 'utf-8', Buffer.from(`\ufeff${text}`)],
    ['UTF-16 with a mark', 'utf-16le', Buffer.from(`\ufeff${text}`, 'utf16le')],
    ['UTF-16 without a mark', 'utf-16le', Buffer.from(text, 'utf16le')],
    ['UTF-16, big end first', 'utf-16be', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['big end first without a mark', 'utf-16be', Buffer.from(text, 'utf16le').swap16()],
    ['Windows-1252', 'windows-1252', Buffer.from(text, 'latin1')],
  ] as const)('is found for %s', async (_name, encoding, bytes) => {
    const format = await detect(bytes)
    expect(format).toEqual({ encoding, delimiter: ';' })
    expect((await readBytes(bytes, { format, size: 3 })).map(({ cells }) => cells)).toEqual([
      ['nama', 'telepon'],
      ['José', '0812, rumah'],
      ['Élan', '0813'],
    ])
  })

  test('is UTF-8 also where a letter is cut at the end of a beginning', async () => {
    const bytes = Buffer.from('nama,kota\nJosé')
    const beginning = bytes.subarray(0, bytes.length - 1)
    expect((await detect(beginning, false)).encoding).toBe('utf-8')
    expect((await detect(beginning, true)).encoding).toBe('windows-1252')
  })

  test.each([
    ['a,b,c\n1,2,3\n', ','],
    ['a;b\n"1,2,3";4\n', ';'],
    ['a\tb\n1,2\t3\n', '\t'],
    ['sep=|\na|b,c,d\n', '|'],
    ['name\nBudi\n', ','],
  ])('separates %j', async (sample, delimiter) => {
    expect((await detect(Buffer.from(sample))).delimiter).toBe(delimiter)
  })

  test("leaves Excel's hint out", async () => {
    const bytes = Buffer.from('sep=;\r\na;b\r\n')
    expect(await readBytes(bytes, { format: await detect(bytes) })).toEqual([{ line: 2, cells: ['a', 'b'] }])
  })
})
