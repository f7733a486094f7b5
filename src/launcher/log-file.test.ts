import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { boundLog, measureLog, readLastLine } from './log-file.ts'

describe('a log', () => {
  let folder: string
  let file: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'my21staff-log-'))
    file = join(folder, 'web.log')
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  it('stays as it is while it is small', async () => {
    writeFileSync(file, 'one\n')
    await boundLog(file)
    expect(readFileSync(file, 'utf8')).toBe('one\n')
    expect(existsSync(`${file}.1`)).toBe(false)
  })

  it('that has grown large keeps its newest part beside it', async () => {
    writeFileSync(file, `${'x'.repeat(11_000_000)}the newest\n`)
    await boundLog(file)
    expect(readFileSync(file)).toHaveLength(0)
    const kept = readFileSync(`${file}.1`, 'utf8')
    expect(kept.length).toBe(2_000_000)
    expect(kept.endsWith('the newest\n')).toBe(true)
  })

  it('that is not there yet is no error', async () => {
    await expect(boundLog(file)).resolves.toBeUndefined()
    expect(readLastLine(file)).toBeUndefined()
    expect(measureLog(file)).toBe(0)
  })

  it('tells its last line, of this run only', () => {
    writeFileSync(file, 'from before\n')
    const start = measureLog(file)
    expect(readLastLine(file, start)).toBeUndefined()
    appendFileSync(file, 'Error: no such role\n    at connect (x.ts:1)\n\nNode.js v24.21.0\n')
    expect(readLastLine(file, start)).toBe('Error: no such role')
  })

  it('tells the message of a structured line', () => {
    writeFileSync(file, '{"level":50,"msg":"the queue is down"}\n')
    expect(readLastLine(file)).toBe('the queue is down')
  })
})
