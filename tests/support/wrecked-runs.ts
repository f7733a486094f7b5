import { randomUUID } from 'node:crypto'
import { pino } from 'pino'
import type { Json } from '../../src/lib/domain/recovery/recovery-run.ts'
import {
  anyKind,
  type AnyRecoveryKind,
  type RecoveryKind,
} from '../../src/lib/server/recovery/recovery-kind.ts'
import { workOnRecovery } from '../../src/lib/server/recovery/work-on-recovery.ts'
import { createSealer } from '../../src/lib/server/secrets/sealing.ts'
import type { TestDatabase } from './database.ts'
import type { Pipeline } from './pipeline.ts'
import { queryOnce } from './query.ts'
import { encryptionKeys, type TestWorkspace } from './workspace.ts'

/** A recovery run that goes from step to step as its worker would, without a queue. */
export interface TestRun {
  id: string
  apply(options?: { signal?: AbortSignal; itemsAtATime?: number }): Promise<void>
  undo(options?: { signal?: AbortSignal; itemsAtATime?: number }): Promise<void>
  /** Where it stands, and its items by state. */
  report(): Promise<{ state: string; items: Record<string, number> }>
  items(): Promise<TestRunItem[]>
}

export interface TestRunItem {
  subject: string
  before: Record<string, Json>
  after: Record<string, Json>
  why: string
  state: string
  outcome_why: string | null
}

/** Makes a run as the workspace's owner and has its plan made. */
export async function planRun<P extends Json>(
  database: TestDatabase,
  pipeline: Pipeline,
  workspace: TestWorkspace,
  [name, kind]: [string, RecoveryKind<P>],
  parameters: P,
): Promise<TestRun> {
  const { workspaceId, ownerId } = workspace
  let lastError = ''
  const log = pino({ level: 'error' }, { write: (line: string) => void (lastError = line) })
  const runId = randomUUID()
  const query = (statement: string, values: unknown[] = []) =>
    queryOnce<Record<string, unknown>>(database.adminUrl, statement, [workspaceId, runId, ...values])
  const work = (itemsAtATime: number | undefined, signal?: AbortSignal) => {
    const any = anyKind(kind)
    const kinds = new Map<string, AnyRecoveryKind>([
      [name, itemsAtATime === undefined ? any : { ...any, itemsAtATime }],
    ])
    const sealer = createSealer(encryptionKeys)
    return workOnRecovery({ asSystem: pipeline.asSystem, log, sealer, kinds }, { workspaceId, runId }, signal)
  }
  const go = async (
    state: string,
    { signal, itemsAtATime }: { signal?: AbortSignal; itemsAtATime?: number } = {},
  ) => {
    await query(
      `update recovery_runs set state = $3::recovery_state, failure = null, failed_step = null
       where workspace_id = $1 and id = $2`,
      [state],
    )
    await work(itemsAtATime, signal)
    const [run] = await query('select failed_step from recovery_runs where workspace_id = $1 and id = $2')
    if (run?.['failed_step'] !== null) throw new Error(`the run failed while ${state}: ${lastError}`)
  }
  await query(
    `insert into recovery_runs (workspace_id, id, kind, parameters, reason, made_by, asked_by)
     values ($1, $2, $3, $4, 'A test of it', $5, $5)`,
    [name, JSON.stringify(parameters), ownerId],
  )
  await work(undefined)
  return {
    id: runId,
    apply: (options) => go('applying', options),
    undo: (options) => go('undoing', options),
    report: async () => {
      const [run] = await query(
        'select state, failure from recovery_runs where workspace_id = $1 and id = $2',
      )
      const rows = await query(
        `select state, count(*)::int as amount from recovery_run_items
         where workspace_id = $1 and run_id = $2 group by state`,
      )
      return {
        state: String(run?.['state']),
        items: Object.fromEntries(rows.map((row) => [String(row['state']), Number(row['amount'])])),
      }
    },
    items: () =>
      queryOnce<TestRunItem & Record<string, unknown>>(
        database.adminUrl,
        `select subject, before, after, why, state, outcome_why from recovery_run_items
         where workspace_id = $1 and run_id = $2 order by place`,
        [workspaceId, runId],
      ),
  }
}

const everyColumn = [
  'public.webhook_events',
  'public.contacts',
  'public.contact_identities',
  'public.identity_phones',
  'public.business_scoped_ids',
  'public.conversations',
  'public.conversation_reads',
  'public.conversation_joins',
  'public.contact_joins',
  'public.kapso_conversations',
  'public.messages',
  'public.message_statuses',
  'public.message_reactions',
  'public.message_media',
  'public.message_removals',
  'public.marketing_preferences',
  'public.channel_events',
  'public.workflow_executions',
  'public.workflow_execution_events',
  'private.held_sightings',
  'private.message_words',
] as const

/** Every column of a workspace's rows but the cursor of the catch-up, which moves with every write. */
export async function readEveryColumn(
  adminUrl: string,
  workspaceId: string,
): Promise<Record<string, string[]>> {
  const rows = await queryOnce<{ name: string; rows: string[] }>(
    adminUrl,
    everyColumn
      .map(
        (table) =>
          `select '${table}' as name, coalesce(array_agg((to_jsonb(t) - 'changed_xid')::text order by (to_jsonb(t) - 'changed_xid')::text), '{}') as rows
           from ${table} t where t.workspace_id = $1`,
      )
      .join(' union all '),
    [workspaceId],
  )
  return Object.fromEntries(rows.map((row) => [row.name, row.rows]))
}
