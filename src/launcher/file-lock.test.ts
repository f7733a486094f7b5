import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { withFileLock } from './file-lock.js'

describe('withFileLock', { timeout: 60_000 }, () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'my21staff-lock-'))
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  it('lets one work after the other, and says for whom it waits', async () => {
    const path = join(folder, 'deep/lock')
    const events: string[] = []
    const waits = Promise.withResolvers<string>()
    const first = withFileLock(path, async () => {
      events.push('first begins')
      await waits.promise
      events.push('first ends')
    })
    const second = withFileLock(path, () => Promise.resolve(events.push('second begins')), waits.resolve)
    await Promise.all([first, second])
    expect(events).toEqual(['first begins', 'first ends', 'second begins'])
    expect(await waits.promise).toContain(`process ${String(process.pid)}`)
  })

  it('is taken over from a process that has died', async () => {
    const path = join(folder, 'lock')
    // Above the largest process number that Linux gives.
    writeFileSync(path, '4194305')
    expect(await withFileLock(path, () => Promise.resolve('done'))).toBe('done')
  })

  it('is given back when the work fails', async () => {
    const path = join(folder, 'lock')
    await expect(withFileLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(existsSync(path)).toBe(false)
  })
})
