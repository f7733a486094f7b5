import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Child, startChild } from './child-process.ts'
import type { Phase, Step } from './test-plan.ts'
import { type Counts, readCounts } from './test-report.ts'

export interface StepResult {
  name: string
  isGreen: boolean
  counts: Counts
}

export interface RunOptions {
  root: string
  environment: NodeJS.ProcessEnv
  say: (line: string) => void
  signal: AbortSignal
}

const longestStepMs = 8 * 60_000
const heartbeatMs = 30_000

/**
 * Runs phase after phase and says a line for each step. At the first red one it stops, and shows what that step
 * printed. Gives the results of the steps that ended.
 */
export async function runPhases(phases: readonly Phase[], options: RunOptions): Promise<StepResult[]> {
  const results: StepResult[] = []
  const giveUp = new AbortController()
  const signal = AbortSignal.any([giveUp.signal, options.signal])
  const runLane = async (steps: readonly Step[]) => {
    for (const step of steps) {
      if (signal.aborted) return
      const result = await runStep(step, { ...options, signal })
      if (!result) return
      results.push(result)
      if (!result.isGreen) giveUp.abort()
    }
  }
  for (const lanes of phases) await Promise.all(lanes.map(runLane))
  return results
}

/** undefined for a step that was stopped because another one is red. */
async function runStep(step: Step, options: RunOptions): Promise<StepResult | undefined> {
  const { root, environment, say, signal } = options
  const folder = join(root, 'node_modules/.cache/my21staff/test')
  const file = join(folder, step.name)
  const [logFile, reportFile] = [`${file}.log`, `${file}.json`]
  mkdirSync(folder, { recursive: true })
  for (const old of [logFile, reportFile]) rmSync(old, { force: true })

  const startedAt = Date.now()
  const took = () => `${((Date.now() - startedAt) / 1000).toFixed(1)} s`
  const [script, ...args] = step.command
  const child = startChild([script, ...args, ...(step.report === 'vitest' ? askVitest(reportFile) : [])], {
    root,
    environment: { ...environment, PLAYWRIGHT_JSON_OUTPUT_FILE: reportFile },
    logFile,
  })
  const heartbeat = setInterval(() => {
    say(`      ${step.name} is running (${took()})`)
  }, heartbeatMs)
  const longestMs = step.longestMs ?? longestStepMs
  const ending = await waitFor(child, longestMs, signal)
  clearInterval(heartbeat)
  if (ending === 'stopped') return undefined

  const isGreen = ending === 'green'
  const counts = readCounts(step.report ? readIfThere(reportFile) : undefined)
  say(`${isGreen ? 'ok   ' : 'RED  '} ${step.name.padEnd(14)} ${took().padStart(8)}${describe(counts)}`)
  if (!isGreen) say(`\n${readIfThere(logFile) ?? ''}\n`)
  if (ending === 'stuck') say(`${step.name} was ended after ${String(longestMs / 60_000)} min.`)
  return { name: step.name, isGreen, counts }
}

function askVitest(reportFile: string): string[] {
  return ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`]
}

/** Ended after the time limit it is stuck, whatever its exit code says; stopped when it was told to. */
async function waitFor(
  child: Child,
  longestMs: number,
  signal: AbortSignal,
): Promise<'green' | 'red' | 'stuck' | 'stopped'> {
  const limit = AbortSignal.timeout(longestMs)
  const end = AbortSignal.any([signal, limit])
  const stop = () => void child.stop(5000)
  end.addEventListener('abort', stop, { once: true })
  if (end.aborted) stop()
  const { code } = await child.exited
  end.removeEventListener('abort', stop)
  // Whatever it left behind: a browser, a database.
  await child.stop()
  if (signal.aborted) return 'stopped'
  if (limit.aborted) return 'stuck'
  return code === 0 ? 'green' : 'red'
}

function describe({ passed, failed, skipped }: Counts): string {
  if (passed + failed + skipped === 0) return ''
  const parts = [`${String(passed)} passed`]
  if (failed > 0) parts.push(`${String(failed)} failed`)
  if (skipped > 0) parts.push(`${String(skipped)} skipped`)
  return `   ${parts.join(', ')}`
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}
