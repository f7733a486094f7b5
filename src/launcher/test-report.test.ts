import { describe, expect, it } from 'vitest'
import { readCounts, sumCounts } from './test-report.ts'

const none = { passed: 0, failed: 0, skipped: 0 }

describe('readCounts', () => {
  it('reads what Vitest reports', () => {
    const report = {
      numPassedTests: 7,
      numFailedTests: 1,
      numPendingTests: 2,
      numTodoTests: 1,
      testResults: [],
    }
    expect(readCounts(JSON.stringify(report))).toEqual({ passed: 7, failed: 1, skipped: 3 })
  })

  it('reads what Playwright reports, where a test that needed a second try has failed', () => {
    const report = { stats: { expected: 5, unexpected: 1, flaky: 1, skipped: 2, duration: 1 } }
    expect(readCounts(JSON.stringify(report))).toEqual({ passed: 5, failed: 2, skipped: 2 })
  })

  it('counts nothing in a report that is missing, cut off or something else', () => {
    expect(readCounts(undefined)).toEqual(none)
    expect(readCounts('{"numPassedTests": 7')).toEqual(none)
    expect(readCounts('{}')).toEqual(none)
  })
})

describe('sumCounts', () => {
  it('adds up all steps in the form that is read by machines', () => {
    const steps = [
      { isGreen: true, counts: none },
      { isGreen: true, counts: { passed: 10, failed: 0, skipped: 1 } },
      { isGreen: false, counts: { passed: 5, failed: 2, skipped: 0 } },
    ]
    expect(sumCounts(steps)).toBe('15 passed, 2 failed')
  })

  it('never says that nothing failed after a red step', () => {
    expect(sumCounts([{ isGreen: false, counts: none }])).toBe('0 passed, 1 failed')
  })
})
