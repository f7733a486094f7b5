import { cutCell, type ImportFailure } from '../../domain/csv/contact-import.ts'
import { CsvProblem } from '../../domain/csv/csv-problem.ts'
import type { CsvRow } from '../../domain/csv/csv-records.ts'
import { detectCsv } from '../../domain/csv/detect-csv.ts'
import { readCsv } from '../../domain/csv/read-csv.ts'
import { readSafeCell } from '../../domain/csv/write-csv.ts'

const mostSamples = 20
/** What is wrong further down must not hide what can be read before it. */
const bytesAtATime = 2048

/** The beginning of a file: what its columns are called, and its first rows. */
export interface FilePreview {
  headers: string[]
  samples: string[][]
}

/** What the columns are called, as far as that is shown. */
export function readHeaders({ cells }: CsvRow): string[] {
  return cells.map((cell) => cutCell(readSafeCell(cell).trim()))
}

/**
 * Reads the beginning of a file, or says why not even its first record can be read.
 *
 * @param bytes its first part; it may end anywhere
 */
export async function previewFile(bytes: Uint8Array): Promise<FilePreview | ImportFailure> {
  const rows: CsvRow[] = []
  try {
    const format = await detectCsv(cut(bytes), false)
    for await (const row of readCsv(cut(bytes), format)) if (rows.push(row) > mostSamples) break
  } catch (error) {
    if (!(error instanceof CsvProblem)) throw error
    if (rows.length === 0) return { code: error.code, line: error.line }
  }
  const [header, ...samples] = rows
  if (header === undefined) return { code: 'empty_file', line: null }
  return {
    headers: readHeaders(header),
    samples: samples.map(({ cells }) => cells.map((cell) => cutCell(readSafeCell(cell).trim()))),
  }
}

async function* cut(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  await Promise.resolve()
  for (let at = 0; at < bytes.length; at += bytesAtATime) yield bytes.subarray(at, at + bytesAtATime)
}
