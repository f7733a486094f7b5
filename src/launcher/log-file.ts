import { open, rename, rm, stat, truncate } from 'node:fs/promises'
import { readFileSync, statSync } from 'node:fs'

const largest = 10_000_000
const kept = 2_000_000

/**
 * Shortens a log that has grown too large to its newest part, kept beside it as `<file>.1`. The file itself stays, as
 * its writer has it open for appending. What is written in this very moment may be lost.
 */
export async function boundLog(file: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  )
  if (size <= largest) return
  const source = await open(file, 'r')
  const newest = Buffer.alloc(kept)
  const { bytesRead } = await source.read(newest, 0, kept, size - kept)
  await source.close()
  await rm(`${file}.1`, { force: true })
  const copy = await open(`${file}.1.new`, 'w', 0o600)
  await copy.writeFile(newest.subarray(0, bytesRead))
  await copy.close()
  await rename(`${file}.1.new`, `${file}.1`)
  await truncate(file, 0)
}

/** The length of a log at this moment, to read later what came after. */
export function measureLog(file: string): number {
  try {
    return statSync(file).size
  } catch {
    return 0
  }
}

/** The last line that says something, written after `from`; the message alone where the line is a JSON record. */
export function readLastLine(file: string, from = 0): string | undefined {
  let text: string
  try {
    text = readFileSync(file).subarray(from).toString('utf8')
  } catch {
    return undefined
  }
  const lines = text.split('\n').map((line) => line.trim())
  const line = lines.findLast((candidate) => candidate !== '' && !/^(at |Node\.js v|\}|\^)/.test(candidate))
  return line === undefined ? undefined : readMessage(line).slice(0, 300)
}

function readMessage(line: string): string {
  if (!line.startsWith('{')) return line
  try {
    const record = JSON.parse(line) as { msg?: unknown }
    return typeof record.msg === 'string' ? record.msg : line
  } catch {
    return line
  }
}
