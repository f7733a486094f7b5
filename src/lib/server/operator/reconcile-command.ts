import { InvalidArgumentError, type Command } from 'commander'
import { sql } from 'kysely'
import type { AsSystem } from '../database/database.ts'
import { listReconciledChannels } from '../database/reconciled-channels.ts'
import { requestAllRepairs, resolveSettledFindings } from '../database/sync-findings.ts'
import { compareLists } from '../reconcile/compare-lists.ts'
import { pollWebhooks } from '../reconcile/poll-webhooks.ts'
import type { ReconcileDependencies } from '../reconcile/reconcile-dependencies.ts'
import { repairFindings } from '../reconcile/repair-findings.ts'
import { findWorkspace } from './find-workspace.ts'
import { OperatorError } from './operator-error.ts'

/** What the command works with; given by the command line, which opens and closes it. */
export interface ReconcileTools {
  withDependencies(work: (dependencies: ReconcileDependencies) => Promise<void>): Promise<void>
  say(json: true | undefined, result: object, lines: string[]): void
}

interface ReconcileOptions {
  workspace: string
  channel?: string
  days: number
  repair?: true
  json?: true
}

/** How many open findings there are of each kind. */
type FindingCounts = Record<string, number>

/** Adds `reconcile` to the command line. */
export function addReconcileCommand(program: Command, tools: ReconcileTools): void {
  program
    .command('reconcile')
    .description(
      "Compare a workspace's numbers with Kapso. Writes findings only; with --repair also fetches what is missing.",
    )
    .requiredOption('--workspace <id or slug>', 'whose numbers')
    .option('--channel <id>', 'one number, by its channel or phone number id')
    .option('--days <count>', 'how far back', readDays, 2)
    .option('--repair', 'fetch what is missing or behind, silently')
    .option('--json', 'print {channels, findings}')
    .action((options: ReconcileOptions) => reconcile(tools, options))
}

async function reconcile(
  { withDependencies, say }: ReconcileTools,
  options: ReconcileOptions,
): Promise<void> {
  await withDependencies(async (dependencies) => {
    const { asSystem } = dependencies
    const { signal } = new AbortController()
    const workspaceId = await asSystem((database) => findWorkspace(database, options.workspace))
    const all = await asSystem((database) => listReconciledChannels(database, workspaceId))
    const channels = all.filter(
      ({ channelId, phoneNumberId }) =>
        options.channel === undefined || [channelId, phoneNumberId].includes(options.channel),
    )
    if (channels.length === 0) throw new OperatorError('There is no such number.')
    await pollWebhooks(dependencies, signal, workspaceId)
    const outcomes = await compareLists(dependencies, signal, { channels, days: options.days })
    await asSystem((database) => resolveSettledFindings(database, workspaceId))
    if (options.repair) {
      await asSystem((database) => requestAllRepairs(database, workspaceId))
      await repairFindings(dependencies, workspaceId, signal)
    }
    const findings = await countFindings(asSystem, workspaceId)
    const result = { channels: Object.fromEntries(outcomes), findings }
    say(options.json, result, [
      ...channels.map(
        ({ phoneNumberId, channelId }) => `${phoneNumberId}  ${outcomes.get(channelId) ?? 'skipped'}`,
      ),
      ...Object.entries(findings).map(([kind, count]) => `${kind.padEnd(16)} ${String(count)}`),
    ])
  })
}

async function countFindings(asSystem: AsSystem, workspaceId: string): Promise<FindingCounts> {
  const { rows } = await asSystem((database) =>
    sql<{ kind: string; count: number }>`
      select kind, count(*)::int as count from public.sync_health
      where workspace_id = ${workspaceId} and resolved_at is null group by kind order by kind
    `.execute(database),
  )
  return Object.fromEntries(rows.map(({ kind, count }) => [kind, count]))
}

function readDays(value: string): number {
  const days = Number(value)
  if (!Number.isInteger(days) || days < 1 || days > 30) throw new InvalidArgumentError('It must be 1 to 30.')
  return days
}
