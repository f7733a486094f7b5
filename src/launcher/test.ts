import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { readChromiumPath } from './chromium-path.js'
import { watchEndings } from './endings.ts'
import { chooseSteps, planTests } from './test-plan.ts'
import { sumCounts } from './test-report.ts'
import { runPhases } from './test-run.ts'

const root = resolve(import.meta.dirname, '../..')

/** `npm test`: everything that CI runs, or only the steps named after `--`. Its last line is the sum of all tests; the exit code is 1 when one is red. */
async function main(): Promise<void> {
  const startedAt = Date.now()
  const endings = watchEndings()
  endings.onForce(() => process.exit(1))
  const results = await runPhases(chooseSteps(planTests(findBenches()), process.argv.slice(2)), {
    root,
    environment: composeTestEnvironment(),
    say: console.log,
    signal: endings.signal,
  })
  if (endings.signal.aborted) {
    console.log('Stopped.')
    process.exitCode = 1
    return
  }
  console.log(`\n${String(Math.round((Date.now() - startedAt) / 1000))} s in all`)
  console.log(sumCounts(results))
  if (results.some((step) => !step.isGreen)) process.exitCode = 1
}

/** Each benchmark has a folder of its name. */
function findBenches(): string[] {
  const folder = join(root, 'tests/bench')
  if (!existsSync(folder)) return []
  const names = readdirSync(folder)
  return names.filter((name) => existsSync(join(folder, name, `${name}.ts`))).sort()
}

function composeTestEnvironment(): NodeJS.ProcessEnv {
  // Node warns when it is told both to use colours and not to.
  const { FORCE_COLOR: _force, NO_COLOR: _no, ...environment } = process.env
  const chromium = readChromiumPath(root)
  return {
    ...environment,
    ...(process.stdout.isTTY ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }),
    ...(chromium ? { CHROMIUM_PATH: chromium } : {}),
  }
}

await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})
process.exit()
