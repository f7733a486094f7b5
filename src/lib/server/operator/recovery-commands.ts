import { InvalidArgumentError, Option, type Command } from 'commander'
import { sql } from 'kysely'
import type { Json, RecoveryRun, RecoveryRunItem } from '../../domain/recovery/recovery-run.ts'
import { isRuleViolation } from '../../domain/rule-violation.ts'
import { isUuid } from '../../domain/uuid.ts'
import type { AsSystem, Database } from '../database/database.ts'
import {
  findRecoveryRun,
  listRecoverySample,
  listRecoveryRuns,
  type RecoveryStep,
} from '../database/recovery-runs.ts'
import { actForMember } from '../database/recovery-work.ts'
import type { Log } from '../log.ts'
import { openRecoveryAnswer } from '../recovery/recovery-answer.ts'
import { recoveryKinds } from '../recovery/recovery-kinds.ts'
import { advanceRecovery, startRecovery } from '../recovery/start-recovery.ts'
import { workOnRecovery } from '../recovery/work-on-recovery.ts'
import type { Sealer } from '../secrets/sealing.ts'
import { findWorkspace } from './find-workspace.ts'
import { OperatorError } from './operator-error.ts'

/** What the commands work with; given by the command line, which opens and closes it. */
export interface RecoveryTools {
  withRecovery(
    work: (tools: { asSystem: AsSystem; sealer: Sealer; log: Log }) => Promise<void>,
  ): Promise<void>
  say(json: true | undefined, result: object, lines: string[]): void
}

interface Options {
  workspace: string
  json?: true
}

interface PlanOptions extends Options {
  kind: string
  reason: string
  member?: string
  country?: string
  endpoint?: string
  secret?: string
  from?: string
  to?: string
}

interface RunOptions extends Options {
  run: string
  member?: string
}

const mostListed = 50

/** Adds `recovery` to the command line. */
export function addRecoveryCommands(program: Command, tools: RecoveryTools): void {
  const recovery = program
    .command('recovery')
    .description('Look for what is wrong in many rows at once, put it right, and take that back.')
  add(recovery, 'plan', 'Write down what a run would change. Changes nothing else.', 'print {run, sample}')
    .addOption(
      new Option('--kind <kind>', 'what is looked for')
        .choices([...recoveryKinds.keys()])
        .makeOptionMandatory(),
    )
    .option('--reason <text>', 'why, for those who look at it later', 'Asked for on the command line')
    .option('--country <code>', 'recompute_numbers: the new default country', needCountry)
    .option('--endpoint <id>', 'retract_deliveries: the id at the end of the webhook address', needUuid)
    .option('--secret <id>', 'retract_deliveries: only what this one let in (see secrets list)', needUuid)
    .option('--from <time>', 'retract_deliveries: what came in since then, ISO 8601', needTime)
    .option('--to <time>', 'retract_deliveries: and before then', needTime)
    .option('--member <id>', 'the owner or admin in whose name (default: the first owner)', needUuid)
    .action((options: PlanOptions) => plan(tools, options))
  for (const [step, about] of [
    ['apply', 'Make the changes of a plan, each where what it is about is still as it was.'],
    ['undo', 'Take a run back, where what it changed is still as it left it.'],
    ['resume', 'Go on with a run that failed, or that nobody works on any more.'],
  ] as const)
    add(recovery, step, about, 'print {run, answer}')
      .requiredOption('--run <id>', 'which run', needUuid)
      .option('--member <id>', 'the owner or admin in whose name (default: the first owner)', needUuid)
      .action((options: RunOptions) => advance(tools, options, step))
  add(recovery, 'show', 'How far a run is, what became of it, and a sample.', 'print {run, sample}')
    .requiredOption('--run <id>', 'which run', needUuid)
    .action((options: RunOptions) => show(tools, options))
  add(recovery, 'list', 'The last runs.', 'print {runs}').action((options: Options) => list(tools, options))
}

function add(recovery: Command, name: string, about: string, json: string): Command {
  return recovery
    .command(name)
    .description(about)
    .requiredOption('--workspace <id or slug>', 'whose contacts')
    .option('--json', json)
}

async function plan(tools: RecoveryTools, options: PlanOptions): Promise<void> {
  const { country, endpoint, secret, from, to } = options
  const given = { country, endpointId: endpoint, secretId: secret, from, to }
  const parameters = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
  await tools.withRecovery(async ({ asSystem, sealer, log }) => {
    const { workspaceId, runId } = await telling(
      asSystem(async (database) => {
        const workspaceId = await findWorkspace(database, options.workspace)
        await actForMember(database, await findMember(database, workspaceId, options.member))
        const { kind, reason } = options
        return {
          workspaceId,
          runId: await startRecovery(database, workspaceId, { kind, parameters, reason }),
        }
      }),
    )
    await workOnRecovery({ asSystem, sealer, log, onProgress: showProgress }, { workspaceId, runId })
    const { run, sample } = await asSystem((database) => read(database, workspaceId, runId))
    tools.say(options.json, { run, sample }, [
      ...describe(run),
      ...sample.map(describeItem),
      ...(run.state === 'planned'
        ? [`Nothing is changed yet. Go on with: recovery apply --run ${run.id}`]
        : []),
    ])
    if (run.state === 'failed') process.exitCode = 1
  })
}

async function advance(tools: RecoveryTools, options: RunOptions, step: RecoveryStep): Promise<void> {
  await tools.withRecovery(async ({ asSystem, sealer, log }) => {
    const runId = options.run
    const { workspaceId, memberId } = await telling(
      asSystem(async (database) => {
        const workspaceId = await findWorkspace(database, options.workspace)
        const memberId = await findMember(database, workspaceId, options.member)
        await actForMember(database, memberId)
        await advanceRecovery(database, workspaceId, runId, step)
        return { workspaceId, memberId }
      }),
    )
    await workOnRecovery({ asSystem, sealer, log, onProgress: showProgress }, { workspaceId, runId })
    const { run, answer } = await asSystem(async (database) => {
      await actForMember(database, memberId)
      const answer = await openRecoveryAnswer(database, sealer, workspaceId, runId)
      return { run: (await read(database, workspaceId, runId)).run, answer }
    })
    tools.say(options.json, { run, answer }, [...describe(run), ...describeAnswer(answer)])
    if (run.state === 'failed') process.exitCode = 1
  })
}

async function show({ withRecovery, say }: RecoveryTools, options: RunOptions): Promise<void> {
  await withRecovery(async ({ asSystem }) => {
    const { run, sample } = await asSystem(async (database) =>
      read(database, await findWorkspace(database, options.workspace), options.run),
    )
    say(options.json, { run, sample }, [...describe(run), ...sample.map(describeItem)])
  })
}

async function list({ withRecovery, say }: RecoveryTools, options: Options): Promise<void> {
  await withRecovery(async ({ asSystem }) => {
    const runs = await asSystem(async (database) =>
      listRecoveryRuns(database, await findWorkspace(database, options.workspace), mostListed),
    )
    const lines = runs.map(
      ({ id, kind, state, createdAt }) => `${id} ${createdAt} ${state.padEnd(8)} ${kind}`,
    )
    say(options.json, { runs }, lines.length > 0 ? lines : ['There was none yet.'])
  })
}

/** Names and numbers of customers are for the page: the terminal is told of things by their ids. */
type ShownItem = Pick<
  RecoveryRunItem,
  'subject' | 'state' | 'why' | 'outcomeWhy' | 'contactId' | 'conversationId'
>

async function read(
  database: Database,
  workspaceId: string,
  runId: string,
): Promise<{ run: RecoveryRun; sample: ShownItem[] }> {
  const run = await findRecoveryRun(database, workspaceId, runId)
  if (run === undefined) throw new OperatorError('This workspace has no such run.')
  const items = await listRecoverySample(database, workspaceId, runId)
  return {
    run,
    sample: items.map(({ subject, state, why, outcomeWhy, contactId, conversationId }) => ({
      ...{ subject, state, why, outcomeWhy, contactId, conversationId },
    })),
  }
}

/** Who is asked for by their id, else the owner who has been there longest. */
async function findMember(database: Database, workspaceId: string, memberId?: string): Promise<string> {
  const { rows } = await sql<{ user_id: string }>`
    select m.user_id from public.workspace_members m
    where m.workspace_id = ${workspaceId} and m.removed_at is null
      and ${
        memberId === undefined
          ? sql`m.role = 'owner'`
          : sql`m.role in ('owner', 'admin') and m.user_id = ${memberId}`
      }
    order by m.joined_at, m.user_id
    limit 1
  `.execute(database)
  const [found] = rows
  if (found === undefined)
    throw new OperatorError(
      memberId === undefined ? 'The workspace has no owner.' : 'No owner or admin of it has this id.',
    )
  return found.user_id
}

/** What a rule refuses is told in its own words, which are for operators too. */
async function telling<Result>(work: Promise<Result>): Promise<Result> {
  return work.catch((error: unknown) => {
    throw isRuleViolation(error) ? new OperatorError(error.message) : error
  })
}

function showProgress({ done, total }: { done: number; total: number }): void {
  if (process.stderr.isTTY) process.stderr.write(total > 0 ? `\r${done} of ${total}` : `\r${done}`)
}

function describe(run: RecoveryRun): string[] {
  const counts = Object.entries(run.reasons).map(([what, count]) => {
    const [state = '', why = ''] = what.split('/')
    return `${String(count).padStart(8)} ${state} (${why.replaceAll('_', ' ')})`
  })
  const failed =
    run.failure === null ? '' : ` while ${run.failedStep ?? ''}: ${run.failure.replaceAll('_', ' ')}`
  return [
    `Run ${run.id}: ${run.kind}, ${run.state}${failed}`,
    ...(counts.length > 0 ? counts : ['There is nothing to do.']),
  ]
}

const describeItem = ({ subject, state, why, outcomeWhy }: ShownItem): string =>
  `  ${state.padEnd(8)} ${subject} ${(outcomeWhy ?? why).replaceAll('_', ' ')}`

function describeAnswer(answer: Json): string[] {
  if (answer === null || typeof answer !== 'object' || Array.isArray(answer)) return []
  return [
    'This is shown once:',
    ...Object.entries(answer).map(
      ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
    ),
  ]
}

function needUuid(text: string): string {
  if (!isUuid(text)) throw new InvalidArgumentError('It must be an id.')
  return text.toLowerCase()
}

function needCountry(text: string): string {
  if (!/^[a-z]{2}$/i.test(text)) throw new InvalidArgumentError('It must be like ID.')
  return text.toUpperCase()
}

function needTime(text: string): string {
  const time = new Date(text)
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentError('It must be a time like 2026-01-31T08:00:00Z.')
  return time.toISOString()
}
