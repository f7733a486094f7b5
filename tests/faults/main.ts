import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { median } from '../bench/statistics.ts'
import { runKills, type Victim } from './kill-run.ts'

/**
 * `npm run test:faults [-- --short]`: kills every process under load, cuts browsers off, and looks for anything lost or
 * doubled.
 */
const { values } = parseArgs({
  options: { short: { type: 'boolean', default: false }, seed: { type: 'string', default: '1' } },
})
const kills = values.short ? 1 : 20
const seed = Number(values.seed)
const victims: Victim[] = ['web', 'worker', 'postgres']
let isGreen = true

function say(line: string): void {
  console.log(line)
}

function judge(isGood: boolean, line: string): void {
  say(`${isGood ? 'ok   ' : 'WRONG'} ${line}`)
  isGreen &&= isGood
}

say(`Killing web, worker and Postgres ${String(kills)} times each under load (seed ${String(seed)}) ...`)
const run = await runKills({
  kills,
  victims,
  perSecond: values.short ? 60 : 150,
  seed,
  synchronousCommit: 'on',
  log: say,
})
say(
  `${String(run.sent)} deliveries, ${String(run.acknowledged)} messages acknowledged, ${String(run.givenUp)} given up, ${String(run.replies)} replies`,
)
say(`answers: ${JSON.stringify(run.answers)}`)
for (const finding of run.findings) say(`${finding.what}: ${finding.examples.join(' | ')}`)
judge(run.findings.length === 0, 'nothing acknowledged is lost, nothing is doubled, no collision in Postgres')
for (const victim of victims) {
  const times = run.recoveryMs[victim]
  const worst = Math.max(...times)
  say(`${victim} back: works again after ${String(median(times))} ms (median), ${String(worst)} ms (longest)`)
  // A short run shares the machine with whatever else runs there, and judges no times.
  if (!values.short) judge(worst <= (victim === 'postgres' ? 2_000 : 5_000), `${victim} works again in time`)
}

const { takenJobsMs } = run
const longest = Math.max(0, ...takenJobsMs)
say(
  `jobs that ${String(takenJobsMs.length)} killed workers had: done by another after ${String(median(takenJobsMs))} ms (median), ${String(longest)} ms (longest), counted from the kill`,
)
if (!values.short)
  judge(takenJobsMs.length > 0 && longest <= 5_000, "a killed worker's jobs run again in time")

say('Restarting web and worker under load ...')
const restarts = await runKills({
  kills: values.short ? 2 : 10,
  victims: ['web', 'worker'],
  isGentle: true,
  perSecond: values.short ? 60 : 150,
  seed,
  synchronousCommit: 'on',
  log: () => undefined,
})
say(`answers: ${JSON.stringify(restarts.answers)}`)
for (const finding of restarts.findings) say(`${finding.what}: ${finding.examples.join(' | ')}`)
judge(restarts.findings.length === 0, 'whoever answers during a restart has stored')

say(
  'The control: Postgres confirms before it has written (synchronous_commit=off), and must lose something ...',
)
const control = await runKills({
  kills: values.short ? 6 : 12,
  victims: ['postgres'],
  perSecond: 150,
  seed,
  synchronousCommit: 'off',
  log: () => undefined,
})
const lost = control.findings.filter((finding) => finding.what.includes('not stored'))
judge(
  lost.length > 0,
  `the control is red: ${lost.map((finding) => finding.what).join() || 'it lost nothing'}`,
)
// Its short form is part of the journeys.
if (!values.short) {
  say(`Cutting two browsers off 200 times under load (seed ${String(seed)}) ...`)
  const { status } = spawnSync(
    process.execPath,
    ['node_modules/@playwright/test/cli.js', 'test', 'disconnects', '--project=desktop'],
    {
      stdio: 'inherit',
      env: { ...process.env, DISCONNECTS: '200', DISCONNECT_SEED: String(seed) },
    },
  )
  judge(status === 0, 'two browsers show what the database holds, each message once')
}
process.exit(isGreen ? 0 : 1)
