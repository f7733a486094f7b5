import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { chooseSteps, planTests } from './test-plan.ts'

const names = (phases: ReturnType<typeof planTests>) => phases.flat(2).map(({ name }) => name)

describe('planTests', () => {
  it('runs everything that is checked, each once', () => {
    expect(names(planTests(['ack']))).toEqual([
      ...['texts', 'sync', 'format', 'lint', 'types', 'build', 'unit', 'integration', 'e2e', 'faults'],
      'bench-ack',
    ])
  })

  it('names scripts that exist', () => {
    const scripts = planTests(['ack'])
      .flat(2)
      .map(({ command }) => command[0])
    expect(scripts.filter((script) => !existsSync(script))).toEqual([])
  })

  it('builds before what needs a build, which no lane at the same time does', () => {
    const phaseOf = (name: string) =>
      planTests([]).findIndex((lanes) => lanes.flat().some((step) => step.name === name))
    expect(phaseOf('build')).toBeLessThan(phaseOf('integration'))
    expect(phaseOf('build')).toBeLessThan(phaseOf('e2e'))
  })
})

describe('chooseSteps', () => {
  it('takes all when none is named, and otherwise those alone in their order', () => {
    expect(names(chooseSteps(planTests([]), []))).toEqual(names(planTests([])))
    expect(names(chooseSteps(planTests([]), ['e2e', 'lint']))).toEqual(['lint', 'e2e'])
  })

  it('refuses a name that no step has', () => {
    expect(() => chooseSteps(planTests([]), ['lnit'])).toThrow(
      'There is no step lnit. The steps are: texts, sync, format',
    )
  })
})
