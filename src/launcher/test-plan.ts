import type { Command } from './child-process.ts'

export interface Step {
  name: string
  command: Command
  /** Counts its tests in a JSON report, whose file it is told so. */
  report?: 'vitest' | 'playwright'
  /** When it is ended as stuck, in milliseconds; eight minutes when left out. */
  longestMs?: number
}

/** Steps one after the other. */
export type Lane = readonly Step[]

/** Lanes at the same time. */
export type Phase = readonly Lane[]

const vitest = (project: string, longestMs?: number): Step => ({
  name: project,
  command: ['node_modules/vitest/vitest.mjs', 'run', '--project', project],
  report: 'vitest',
  ...(longestMs === undefined ? {} : { longestMs }),
})

/**
 * Everything that CI runs, in the order that finds the most for the least time. Two lanes where a step uses one core;
 * the steps that measure or drive browsers have the machine for themselves.
 *
 * @param benches the names of the benchmarks, of which the short forms are run
 */
export function planTests(benches: readonly string[]): Phase[] {
  const sync: Step = { name: 'sync', command: ['node_modules/@sveltejs/kit/svelte-kit.js', 'sync'] }
  const texts: Step = { name: 'texts', command: ['src/lib/i18n/compile-texts.ts'] }
  const checks: Lane = [
    {
      name: 'format',
      command: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
    },
    { name: 'lint', command: ['node_modules/eslint/bin/eslint.js', '.'] },
    {
      name: 'types',
      command: [
        'node_modules/svelte-check/bin/svelte-check',
        '--tsconfig',
        './tsconfig.json',
        '--fail-on-warnings',
      ],
    },
  ]
  const build: Step = { name: 'build', command: ['src/launcher/build-now.ts'] }
  const e2e: Step = {
    name: 'e2e',
    command: ['node_modules/@playwright/test/cli.js', 'test', '--reporter=list,json'],
    report: 'playwright',
    longestMs: 45 * 60_000,
  }
  const faults: Step = { name: 'faults', command: ['tests/faults/main.ts', '--short'] }
  const short = (name: string): Step => ({
    name: `bench-${name}`,
    command: ['tests/bench/main.ts', name, '--short'],
  })
  return [
    [[texts, sync]],
    [checks, [build, vitest('unit')]],
    [[vitest('integration', 20 * 60_000)]],
    [[e2e]],
    [[faults]],
    [benches.map(short)],
  ]
}

/**
 * The steps of these names, or all when none is named: `npm test -- unit e2e`. Throws an Error that names the steps
 * for a name that none has.
 */
export function chooseSteps(phases: readonly Phase[], names: readonly string[]): Phase[] {
  const known = phases.flat(2).map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new Error(`There is no step ${unknown}. The steps are: ${known.join(', ')}`)
  if (names.length === 0) return [...phases]
  return phases.map((lanes) => lanes.map((steps) => steps.filter(({ name }) => names.includes(name))))
}
