import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Part, startPart } from './part.ts'
import { identifyProcess, isRunning } from './process-identity.ts'

/** Writes its process number, and on SIGTERM that it was asked to end. */
const obedient = `
  const fs = require('node:fs')
  process.on('SIGTERM', () => { fs.appendFileSync('events', 'asked\\n'); process.exit(0) })
  setInterval(() => {}, 1000)
  fs.writeFileSync('ready', String(process.pid))
`

describe('a part', { timeout: 60_000 }, () => {
  let root: string
  const parts: Part[] = []
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'my21staff-part-'))
  })
  afterEach(async () => {
    for (const part of parts.splice(0)) await part.stop()
    rmSync(root, { recursive: true })
  })

  function start(script: string, overrides: Partial<Parameters<typeof startPart>[0]> = {}) {
    writeFileSync(join(root, 'part.cjs'), script)
    const lines: string[] = []
    const pids: number[] = []
    const part = startPart({
      name: 'Web',
      command: ['part.cjs'],
      root,
      environment: process.env,
      logFile: join(root, 'logs/web.log'),
      isReady: () => Promise.resolve(existsSync(join(root, 'ready'))),
      readyWithinMs: 60_000,
      signal: new AbortController().signal,
      report: (line) => lines.push(line),
      onStart: (pid) => pids.push(pid),
      ...overrides,
    })
    parts.push(part)
    return { part, lines, pids }
  }

  function events() {
    return existsSync(join(root, 'events')) ? readFileSync(join(root, 'events'), 'utf8') : ''
  }

  it('is started again at once when it is killed, and that is said in one line', async () => {
    const { part, lines, pids } = start(obedient)
    await part.ready
    process.kill(Number(readFileSync(join(root, 'ready'), 'utf8')), 'SIGKILL')
    await vi.waitFor(() => expect(pids).toHaveLength(2), 50_000)
    expect(lines).toEqual(['Web ended (killed by SIGKILL): starting it again'])
  })

  it('is asked to end and gone when it has been stopped', async () => {
    const { part, pids } = start(obedient)
    await part.ready
    const running = identifyProcess(pids[0] ?? 0)
    expect(isRunning(running)).toBe(true)
    await part.stop()
    expect(isRunning(running)).toBe(false)
    expect(events()).toBe('asked\n')
  })

  it('takes what it started itself with it when it is killed', async () => {
    const { part, pids } = start(`
      const fs = require('node:fs')
      const child = require('node:child_process').spawn('sleep', ['600'])
      fs.writeFileSync('ready', String(child.pid))
      setInterval(() => {}, 1000)
    `)
    await part.ready
    const grandchild = identifyProcess(Number(readFileSync(join(root, 'ready'), 'utf8')))
    part.kill()
    await vi.waitFor(() => expect(isRunning(grandchild)).toBe(false), 50_000)
    expect(pids).toHaveLength(1)
  })

  it('that never works is given up after a few tries, with the reason and its log', async () => {
    const { part, pids } = start(`console.error('port 1 is taken'); process.exit(3)`)
    await expect(part.ready).rejects.toThrow(
      `Web does not start (exit code 3): port 1 is taken (log: ${join(root, 'logs/web.log')})`,
    )
    expect(pids).toHaveLength(3)
  })

  it('that answers nothing is given up after its time', async () => {
    const { part } = start(obedient, { isReady: () => Promise.resolve(false), readyWithinMs: 50 })
    await expect(part.ready).rejects.toThrow('Web does not answer after 0.05 s')
  })

  it('is waited for no longer when all is given up', async () => {
    const giveUp = new AbortController()
    const { part } = start(obedient, { isReady: () => Promise.resolve(false), signal: giveUp.signal })
    giveUp.abort()
    await expect(part.ready).rejects.toThrow('Web was stopped')
  })

  it('ends in its own way when the launcher is killed', async () => {
    writeFileSync(join(root, 'part.cjs'), obedient)
    writeFileSync(
      join(root, 'launcher.ts'),
      `import { startChild } from '${join(import.meta.dirname, 'child-process.ts')}'
       startChild(['part.cjs'], { root: '${root}', environment: process.env, logFile: '${root}/log' })
       setInterval(() => {}, 1000)`,
    )
    const launcher = spawn(process.execPath, [join(root, 'launcher.ts')], { stdio: 'ignore' })
    await vi.waitFor(() => expect(existsSync(join(root, 'ready'))).toBe(true), 50_000)
    const child = identifyProcess(Number(readFileSync(join(root, 'ready'), 'utf8')))
    launcher.kill('SIGKILL')
    await vi.waitFor(() => expect(isRunning(child)).toBe(false), 50_000)
    expect(events()).toBe('asked\n')
  })
})
