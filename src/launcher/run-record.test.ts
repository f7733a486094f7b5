import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { identifyProcess, isRunning } from './process-identity.ts'
import { readParts, takeDirectory } from './run-record.ts'

describe('takeDirectory', { timeout: 60_000 }, () => {
  let directory: string
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'my21staff-record-'))
  })
  afterEach(() => {
    rmSync(directory, { recursive: true })
  })

  function leaveBehind(record: object) {
    writeFileSync(join(directory, 'running.json'), JSON.stringify(record))
  }

  const dead = { pid: 4_194_305, startedAt: '1' }

  it('notes the parts, and forgets all when it ends', async () => {
    const record = await takeDirectory(directory, 'http://127.0.0.1:1')
    record.setPart('web', process.pid)
    expect(readParts(directory)).toEqual({ web: identifyProcess(process.pid) })
    expect(record.hasLeftovers).toBe(false)
    record.remove()
    expect(readParts(directory)).toEqual({})
  })

  it('refuses a directory on which another launcher runs, and says which and where', async () => {
    leaveBehind({ launcher: identifyProcess(process.pid), address: 'http://127.0.0.1:4000', parts: {} })
    await expect(takeDirectory(directory, 'http://127.0.0.1:1')).rejects.toThrow(
      `already runs on ${directory} (process ${String(process.pid)}, http://127.0.0.1:4000)`,
    )
  })

  it('does not mistake a later process of the same number for that launcher', async () => {
    leaveBehind({ launcher: { pid: process.pid, startedAt: 'long ago' }, address: 'x', parts: {} })
    expect((await takeDirectory(directory, 'http://127.0.0.1:1')).hasLeftovers).toBe(true)
  })

  it('waits until the parts of a killed launcher have ended', async () => {
    const part = spawn('sh', ['-c', 'read line'], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
    const identity = identifyProcess(part.pid ?? 0)
    leaveBehind({ launcher: dead, address: 'x', parts: { web: identity } })
    const taking = takeDirectory(directory, 'http://127.0.0.1:1')
    expect(isRunning(identity)).toBe(true)
    part.stdin.end()
    await taking
    expect(isRunning(identity)).toBe(false)
  })

  it('goes on over a record that cannot be read', async () => {
    writeFileSync(join(directory, 'running.json'), '{"launcher"')
    await takeDirectory(directory, 'http://127.0.0.1:1')
    expect(readFileSync(join(directory, 'running.json'), 'utf8')).toContain(String(process.pid))
  })
})
