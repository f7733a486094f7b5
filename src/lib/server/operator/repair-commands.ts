import { InvalidArgumentError, type Command } from 'commander'
import {
  changesNothing,
  mostReplayedEvents,
  type ReplayReport,
  type ReplaySelection,
} from '../../domain/replay.ts'
import type { AsSystem } from '../database/database.ts'
import { TooManyEvents } from '../database/replays.ts'
import {
  listIngestAlarms,
  listStuckGroups,
  mostRequeuedAtOnce,
  requeueEvents,
} from '../database/sync-failures.ts'
import { applyEventsJobs } from '../ingest/pending-events.ts'
import { replayEvents } from '../ingest/replay-events.ts'
import { findInvariantViolations } from './invariants.ts'
import { findWorkspace } from './find-workspace.ts'
import { OperatorError } from './operator-error.ts'

/** What the commands work with; given by the command line, which opens and closes it. */
export interface RepairTools {
  withDatabase(work: (asSystem: AsSystem) => Promise<void>): Promise<void>
  say(json: true | undefined, result: object, lines: string[]): void
}

interface RedriveOptions {
  workspace: string
  event?: number[]
  cause?: string
  all?: true
  json?: true
}

interface ReplayOptions {
  workspace: string
  event?: number[]
  contact?: string
  from?: string
  to?: string
  apply?: true
  json?: true
}

/** Adds `failures`, `replay` and `invariants` to the command line. */
export function addRepairCommands(program: Command, tools: RepairTools): void {
  const failures = program
    .command('failures')
    .description('Stored events that could not be applied or understood.')
  failures
    .command('list')
    .description('What waits for a person, by cause.')
    .requiredOption('--workspace <id or slug>', 'whose events')
    .option('--json', 'print {groups, alarms}')
    .action((options: { workspace: string; json?: true }) => listFailures(tools, options))
  failures
    .command('redrive')
    .description('Set events going again, as if they had never been tried.')
    .requiredOption('--workspace <id or slug>', 'whose events')
    .option('--event <id...>', 'these, by their id in the ledger', collectIds)
    .option('--cause <text>', 'all with this cause or reason, as the list shows it')
    .option('--all', 'all that failed and all that are quarantined')
    .option('--json', 'print {eventIds}')
    .action((options: RedriveOptions) => redrive(tools, options))
  program
    .command('replay')
    .description('Read stored events again. Says what would change; changes it only with --apply.')
    .requiredOption('--workspace <id or slug>', 'whose events')
    .option('--event <id...>', 'these, by their id in the ledger', collectIds)
    .option('--contact <id>', 'all that concern a contact')
    .option('--from <time>', 'all that came in since then, ISO 8601', needTime)
    .option('--to <time>', 'and before then (default: now)', needTime)
    .option('--apply', 'make the changes')
    .option('--json', 'print {check, applied}')
    .action((options: ReplayOptions) => replay(tools, options))
  program
    .command('invariants')
    .description('Look for the warning signs of lost, doubled or torn data. Exit code 1 when there is one.')
    .option('--workspace <id or slug>', 'in one workspace only')
    .option('--json', 'print {violations}')
    .action((options: { workspace?: string; json?: true }) => checkInvariants(tools, options))
}

async function listFailures(
  { withDatabase, say }: RepairTools,
  options: { workspace: string; json?: true },
): Promise<void> {
  await withDatabase(async (asSystem) => {
    const { groups, alarms } = await asSystem(async (database) => {
      const workspaceId = await findWorkspace(database, options.workspace)
      return {
        groups: await listStuckGroups(database, workspaceId),
        alarms: await listIngestAlarms(database, workspaceId),
      }
    })
    const lines = groups.map(
      ({ status, reason, count, attempts, firstAt, lastAt }) =>
        `${status.padEnd(11)} ${String(count).padStart(6)} × ${reason} (tries: ${attempts}, first ${firstAt.toISOString()}, last ${lastAt.toISOString()})`,
    )
    say(options.json, { groups, alarms }, lines.length > 0 ? lines : ['Nothing waits.'])
  })
}

async function redrive({ withDatabase, say }: RepairTools, options: RedriveOptions): Promise<void> {
  const { event, cause, all } = options
  if ([event, cause, all].filter((choice) => choice !== undefined).length !== 1) {
    throw new OperatorError('Give one of --event, --cause and --all.')
  }
  await withDatabase(async (asSystem) => {
    const eventIds = await asSystem(async (database, enqueue) => {
      const workspaceId = await findWorkspace(database, options.workspace)
      const selection = { eventIds: event ?? null, status: null, reason: cause ?? null }
      const ids = await requeueEvents(database, workspaceId, selection)
      for (const job of applyEventsJobs(workspaceId, ids)) enqueue(job)
      return ids
    })
    say(options.json, { eventIds }, [
      `${eventIds.length} will be tried again.`,
      ...(eventIds.length === mostRequeuedAtOnce
        ? ['No more go at once: run it again for what remains.']
        : []),
    ])
  })
}

const tooManyEvents = `These are more than ${mostReplayedEvents} events: choose a shorter span.`

async function replay({ withDatabase, say }: RepairTools, options: ReplayOptions): Promise<void> {
  const selection = readSelection(options)
  await withDatabase(async (asSystem) => {
    const workspaceId = await asSystem((database) => findWorkspace(database, options.workspace))
    const onProgress = (done: number, total: number) => {
      if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${total}${done === total ? '\n' : ''}`)
      return Promise.resolve()
    }
    const run = (mode: 'check' | 'apply') =>
      replayEvents({ asSystem, onProgress }, workspaceId, selection, mode).catch((error: unknown) => {
        throw error instanceof TooManyEvents ? new OperatorError(tooManyEvents) : error
      })
    const check = await run('check')
    const applied = options.apply === true ? await run('apply') : null
    const lines = [
      ...describeReport(check),
      ...(applied === null ? [] : ['Applied:', ...describeReport(applied)]),
    ]
    // Values of rows are customers' data: the page shows them, the terminal does not.
    say(options.json, { check: withoutValues(check), applied: applied && withoutValues(applied) }, lines)
    if ((applied ?? check).failures.length > 0) process.exitCode = 1
  })
}

function readSelection({ event, contact, from, to }: ReplayOptions): ReplaySelection {
  const choices = [event, contact, from].filter((choice) => choice !== undefined)
  if (choices.length !== 1) throw new OperatorError('Give one of --event, --contact and --from.')
  if (event !== undefined) return { eventIds: event }
  if (contact !== undefined) {
    if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(contact)) {
      throw new OperatorError('--contact must be the id of a contact.')
    }
    return { contactId: contact }
  }
  return { from: from ?? '', to: to ?? new Date().toISOString() }
}

function describeReport(report: ReplayReport): string[] {
  const { selected, replayed, pending, withoutBody, unreadable } = report.events
  const left = [
    [withoutBody, 'without a body'],
    [unreadable, 'never readable'],
    [pending, 'still to be applied'],
  ] as const
  return [
    `${replayed} of ${selected} events read again${left.map(([count, what]) => (count > 0 ? `, ${count} ${what}` : '')).join('')}.`,
    ...(changesNothing(report) ? ['No row differs.'] : []),
    ...report.tables.map(
      ({ table, inserted, updated, deleted }) => `${table.padEnd(24)} +${inserted} ~${updated} -${deleted}`,
    ),
    ...report.failures.map(({ eventId, cause }) => `event ${eventId} cannot be applied: ${cause}`),
    ...(report.failuresLeftOff > 0 ? [`and ${report.failuresLeftOff} more events`] : []),
  ]
}

function withoutValues(report: ReplayReport): object {
  return {
    ...report,
    changes: report.changes.map((change) => ({ ...change, columns: Object.keys(change.columns) })),
  }
}

async function checkInvariants(
  { withDatabase, say }: RepairTools,
  options: { workspace?: string; json?: true },
): Promise<void> {
  const { workspace } = options
  await withDatabase(async (asSystem) => {
    const violations = await asSystem(async (database) =>
      findInvariantViolations(
        database,
        workspace === undefined ? undefined : await findWorkspace(database, workspace),
      ),
    )
    const lines = violations.flatMap(({ name, meaning, count, examples }) => [
      `${name} (${count}): ${meaning}`,
      ...examples.map(({ workspaceId, id }) => `  ${workspaceId} ${id}`),
    ])
    say(options.json, { violations }, lines.length > 0 ? lines : ['No warning sign.'])
    if (violations.length > 0) process.exitCode = 1
  })
}

function collectIds(value: string, earlier: number[] = []): number[] {
  const id = Number(value)
  if (!/^\d{1,15}$/.test(value) || id === 0) throw new InvalidArgumentError('It must be an id of the ledger.')
  return [...earlier, id]
}

function needTime(value: string): string {
  const time = new Date(value)
  if (Number.isNaN(time.getTime()))
    throw new InvalidArgumentError('It must be a time like 2026-01-31T12:00Z.')
  return time.toISOString()
}
