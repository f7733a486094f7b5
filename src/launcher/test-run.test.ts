import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Phase, Step } from './test-plan.ts'
import { runPhases } from './test-run.ts'

describe('runPhases', { timeout: 60_000 }, () => {
  let root: string
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'my21staff-steps-'))
  })
  afterEach(() => {
    rmSync(root, { recursive: true })
  })

  function step(name: string, script: string, report?: Step['report']): Step {
    writeFileSync(join(root, `${name}.cjs`), script)
    return { name, command: [`${name}.cjs`], ...(report ? { report } : {}) }
  }

  async function run(phases: Phase[], signal = new AbortController().signal) {
    const lines: string[] = []
    const say = (line: string) => lines.push(line)
    const results = await runPhases(phases, { root, environment: process.env, say, signal })
    return { results, lines }
  }

  const touch = (file: string) => `require('node:fs').writeFileSync('${file}', '')`

  it('runs every step and says a line for each, with its tests', async () => {
    const counted = step(
      'e2e',
      `const report = { stats: { expected: 3, unexpected: 0, flaky: 0, skipped: 1 } }
       require('node:fs').writeFileSync(process.env.PLAYWRIGHT_JSON_OUTPUT_FILE, JSON.stringify(report))`,
      'playwright',
    )
    const { results, lines } = await run([[[step('lint', ''), step('types', '')]], [[counted]]])
    expect(results.map(({ name, isGreen }) => [name, isGreen])).toEqual([
      ['lint', true],
      ['types', true],
      ['e2e', true],
    ])
    expect(lines).toHaveLength(3)
    expect(lines[2]).toMatch(/^ok {4}e2e .* s {3}3 passed, 1 skipped$/)
  })

  it('ends a step that is stuck, and says after how long', async () => {
    const stuck = {
      ...step('e2e', `process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000)`),
      longestMs: 600,
    }
    const { results, lines } = await run([[[stuck]]])
    expect(results).toMatchObject([{ name: 'e2e', isGreen: false }])
    expect(lines.at(-1)).toBe('e2e was ended after 0.01 min.')
  })

  it('stops at the first red step and shows what it printed', async () => {
    const red = step('lint', `console.log('unused variable'); process.exit(2)`)
    const { results, lines } = await run([
      [[red, step('types', touch('types-ran'))]],
      [[step('e2e', touch('e2e-ran'))]],
    ])
    expect(results.map(({ name, isGreen }) => [name, isGreen])).toEqual([['lint', false]])
    expect(lines.join('\n')).toMatch(/RED {3}lint[^]*unused variable/)
    expect(existsSync(join(root, 'types-ran')) || existsSync(join(root, 'e2e-ran'))).toBe(false)
  })

  it('ends the other lane when one is red', async () => {
    const endless = step('build', 'setInterval(() => {}, 1000)')
    const { results } = await run([[[step('lint', 'process.exit(1)')], [endless]]])
    expect(results.map(({ name }) => name)).toEqual(['lint'])
  })

  it('ends what is running when it is told to', async () => {
    const stop = new AbortController()
    const running = run([[[step('build', 'setInterval(() => {}, 1000)')]]], stop.signal)
    stop.abort()
    expect((await running).results).toEqual([])
  })
})
