import { z } from 'zod'

export interface Counts {
  passed: number
  failed: number
  skipped: number
}

const vitestSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number().default(0),
})

const playwrightSchema = z.object({
  stats: z.object({
    expected: z.number(),
    unexpected: z.number(),
    flaky: z.number(),
    skipped: z.number(),
  }),
})

/** Reads the counts from a report of Vitest's or Playwright's JSON reporter; none where there is no such report. */
export function readCounts(text: string | undefined): Counts {
  const report = parse(text)
  const vitest = vitestSchema.safeParse(report).data
  if (vitest) {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = vitest
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests }
  }
  const stats = playwrightSchema.safeParse(report).data?.stats
  if (stats) {
    // A test that passes at the second try has failed at the first.
    return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped }
  }
  return { passed: 0, failed: 0, skipped: 0 }
}

function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What the whole run says in its last line. A red step counts as one failure when no test of its own failed. */
export function sumCounts(steps: readonly { isGreen: boolean; counts: Counts }[]): string {
  let passed = 0
  let failed = 0
  for (const { isGreen, counts } of steps) {
    passed += counts.passed
    failed += isGreen ? counts.failed : Math.max(1, counts.failed)
  }
  return `${String(passed)} passed, ${String(failed)} failed`
}
