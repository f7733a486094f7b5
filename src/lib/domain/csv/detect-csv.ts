import { CsvProblem } from './csv-problem.ts'
import { CsvRecords, defaultCsvLimits } from './csv-records.ts'

export const csvEncodings = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const
export type CsvEncoding = (typeof csvEncodings)[number]

export const csvDelimiters = [',', ';', '\t', '|'] as const
export type CsvDelimiter = (typeof csvDelimiters)[number]

/** How a file is written. */
export interface CsvFormat {
  encoding: CsvEncoding
  delimiter: CsvDelimiter
}

const sampleLength = 64 * 1024

/**
 * Tells how a file is written: by its byte order mark, by the zero bytes of UTF-16, as UTF-8 where every byte of it fits,
 * and as Windows-1252, which Excel still writes, otherwise. The separator is the one that divides the header, and the
 * rows below it as well.
 *
 * @param chunks the whole file, or its beginning
 * @param isWhole false: a letter may be cut at its end
 * @throws CsvProblem `empty_file`; `not_text` for workbooks, pictures and the like
 */
export async function detectCsv(chunks: AsyncIterable<Uint8Array>, isWhole: boolean): Promise<CsvFormat> {
  let head: Uint8Array = new Uint8Array()
  let hasZeros = false
  let utf8: TextDecoder | null = new TextDecoder('utf-8', { fatal: true })
  for await (const chunk of chunks) {
    if (head.length < sampleLength) head = join(head, chunk.subarray(0, sampleLength - head.length))
    hasZeros ||= chunk.includes(0)
    utf8 = continues(utf8, chunk, true)
  }
  if (isWhole) utf8 = continues(utf8, new Uint8Array(), false)
  const encoding = chooseEncoding(head, hasZeros, utf8 !== null)
  const sample = new TextDecoder(encoding).decode(head, { stream: true })
  if (sample.trim() === '') throw new CsvProblem('empty_file')
  return { encoding, delimiter: chooseDelimiter(sample) }
}

function join(left: Uint8Array, right: Uint8Array): Uint8Array {
  const joined = new Uint8Array(left.length + right.length)
  joined.set(left)
  joined.set(right, left.length)
  return joined
}

function continues(decoder: TextDecoder | null, chunk: Uint8Array, stream: boolean): TextDecoder | null {
  try {
    decoder?.decode(chunk, { stream })
    return decoder
  } catch {
    return null
  }
}

function chooseEncoding(head: Uint8Array, hasZeros: boolean, isUtf8: boolean): CsvEncoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  if (hasZeros) {
    // Separators and line ends are ASCII in any language, so one of every two bytes is zero at least now and then, and
    // never the other one.
    const zeros = [0, 0]
    for (const [at, byte] of head.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1
    const [even = 0, odd = 0] = zeros
    if (even === 0 && odd * 20 > head.length) return 'utf-16le'
    if (odd === 0 && even * 20 > head.length) return 'utf-16be'
    throw new CsvProblem('not_text')
  }
  return isUtf8 ? 'utf-8' : 'windows-1252'
}

/** Excel's own hint, `sep=;` as the first line, or else what divides best. */
function chooseDelimiter(sample: string): CsvDelimiter {
  const told = readSeparatorLine(sample)
  if (told !== null) return told
  let best: CsvDelimiter = ','
  let bestScore = 0
  for (const delimiter of csvDelimiters) {
    const score = rateDelimiter(sample, delimiter)
    if (score > bestScore) [best, bestScore] = [delimiter, score]
  }
  return best
}

/** The separator that a first line `sep=;` names, as Excel writes and reads it; null where there is none. */
export function readSeparatorLine(text: string): CsvDelimiter | null {
  const named = /^"?sep=(.)"?(?:\r\n|\r|\n|$)/i.exec(text)?.[1]
  return csvDelimiters.find((delimiter) => delimiter === named) ?? null
}

/** How many columns a separator makes of the header, less where rows have other numbers of cells. */
function rateDelimiter(sample: string, delimiter: CsvDelimiter): number {
  const widths: number[] = []
  try {
    const records = new CsvRecords(delimiter, defaultCsvLimits)
    widths.push(...records.push(sample.slice(0, sampleLength)).map(({ cells }) => cells.length))
    if (widths.length === 0) widths.push(...records.end().map(({ cells }) => cells.length))
  } catch {
    return 0
  }
  const [width = 0] = widths
  const fitting = widths.filter((each) => each === width).length
  return (width - 1) * (fitting / widths.length)
}
