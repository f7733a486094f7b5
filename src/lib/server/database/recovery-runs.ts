import { sql } from 'kysely'
import type {
  Json,
  RecoveryItemState,
  RecoveryRun,
  RecoveryRunItem,
  RecoveryState,
} from '../../domain/recovery/recovery-run.ts'
import { RuleViolation } from '../../domain/rule-violation.ts'
import type { Database } from './database.ts'

export type RecoveryStep = 'apply' | 'undo' | 'resume'

/**
 * Has a plan made, as an owner or admin; its job is to follow.
 *
 * @returns the run's id
 * @throws RuleViolation `not_allowed`, `reason_length`, `recovery_under_way`
 */
export async function createRecoveryRun(
  database: Database,
  workspaceId: string,
  run: { kind: string; parameters: Json; reason: string },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    select private.create_recovery_run(
      ${workspaceId}, ${run.kind}, ${JSON.stringify(run.parameters)}::jsonb, ${run.reason.toWellFormed()}
    ) as id
  `
    .execute(database)
    .catch(throwViolation)
  const id = rows[0]?.id
  if (id === undefined) throw new Error('create_recovery_run returned nothing')
  return id
}

/**
 * Lets a run go its next step, as an owner or admin. False where it is not at that point; its job is to follow.
 *
 * @throws RuleViolation `recovery_under_way` while another run works
 */
export async function advanceRecoveryRun(
  database: Database,
  workspaceId: string,
  runId: string,
  step: RecoveryStep,
): Promise<boolean> {
  const { rows } = await sql`
    select id from private.advance_recovery_run(${workspaceId}, ${runId}, ${step})
  `
    .execute(database)
    .catch(throwViolation)
  return rows.length > 0
}

/** What a run has to show once, sealed, for owners and admins; it is gone then. Null where there is nothing. */
export async function takeRecoveryAnswer(
  database: Database,
  workspaceId: string,
  runId: string,
): Promise<Buffer | null> {
  const { rows } = await sql<{ sealed: Buffer | null }>`
    select private.take_recovery_answer(${workspaceId}, ${runId}) as sealed
  `.execute(database)
  return rows[0]?.sealed ?? null
}

const refusals: Readonly<Record<string, string>> = {
  not_allowed: 'Owners and admins alone start recovery runs.',
  reason_length: 'A reason has 3 to 500 characters.',
  recovery_under_way: 'Another recovery run of this workspace is at work.',
}

function throwViolation(error: unknown): never {
  const message = error instanceof Error ? refusals[error.message] : undefined
  if (message === undefined || !(error instanceof Error)) throw error
  throw new RuleViolation(error.message, message)
}

interface Row {
  id: string
  kind: string
  parameters: Json
  state: RecoveryState
  reason: string
  progress_done: number
  progress_total: number
  counts: RecoveryRun['counts']
  reasons: Record<string, number>
  made_by_name: string
  failed_step: RecoveryState | null
  failure: string | null
  has_answer: boolean
  created_at: Date
  planned_at: Date | null
  applied_at: Date | null
  undone_at: Date | null
}

const columns = sql`
  r.id, r.kind, r.parameters, r.state, r.reason, r.progress_done, r.progress_total, r.counts, r.reasons,
  m.display_name as made_by_name, r.failed_step, r.failure, r.has_answer, r.created_at, r.planned_at, r.applied_at,
  r.undone_at
`

function toRun(row: Row): RecoveryRun {
  return {
    id: row.id,
    kind: row.kind,
    parameters: row.parameters,
    state: row.state,
    reason: row.reason,
    progressDone: row.progress_done,
    progressTotal: row.progress_total,
    counts: row.counts,
    reasons: row.reasons,
    madeBy: row.made_by_name,
    failedStep: row.failed_step,
    failure: row.failure,
    hasAnswer: row.has_answer,
    createdAt: row.created_at.toISOString(),
    plannedAt: row.planned_at?.toISOString() ?? null,
    appliedAt: row.applied_at?.toISOString() ?? null,
    undoneAt: row.undone_at?.toISOString() ?? null,
  }
}

/** One run; undefined where there is none, or the member may not see it. */
export async function findRecoveryRun(
  database: Database,
  workspaceId: string,
  runId: string,
): Promise<RecoveryRun | undefined> {
  const { rows } = await sql<Row>`
    select ${columns}
    from public.recovery_runs r
    join public.workspace_members m on m.workspace_id = r.workspace_id and m.user_id = r.made_by
    where r.workspace_id = ${workspaceId} and r.id = ${runId}
  `.execute(database)
  return rows[0] === undefined ? undefined : toRun(rows[0])
}

/** The last runs of a workspace, newest first. */
export async function listRecoveryRuns(
  database: Database,
  workspaceId: string,
  limit: number,
): Promise<RecoveryRun[]> {
  const { rows } = await sql<Row>`
    select ${columns}
    from public.recovery_runs r
    join public.workspace_members m on m.workspace_id = r.workspace_id and m.user_id = r.made_by
    where r.workspace_id = ${workspaceId}
    order by r.created_at desc, r.id desc
    limit ${limit}
  `.execute(database)
  return rows.map(toRun)
}

/** A sample of a run's things, drawn at random once and the same for everybody: in their order. */
export async function listRecoverySample(
  database: Database,
  workspaceId: string,
  runId: string,
): Promise<RecoveryRunItem[]> {
  const { rows } = await sql<RecoveryRunItem>`
    select ${itemColumns}
    from public.recovery_runs r
    join public.recovery_run_items i
      on i.workspace_id = ${workspaceId} and i.run_id = r.id and i.place = any (r.sample_places)
    where r.workspace_id = ${workspaceId} and r.id = ${runId}
    order by i.place
  `.execute(database)
  return rows
}

const itemColumns = sql`
  i.place, i.subject, i.before, i.after, i.why, i.state, i.outcome_why as "outcomeWhy", i.contact_id as "contactId",
  i.conversation_id as "conversationId"
`

/** Some things of a run, in their order, behind a place. */
export async function listRecoveryItems(
  database: Database,
  workspaceId: string,
  runId: string,
  { state, after, limit }: { state: RecoveryItemState | null; after: number; limit: number },
): Promise<RecoveryRunItem[]> {
  const { rows } = await sql<RecoveryRunItem>`
    select ${itemColumns}
    from public.recovery_run_items i
    where i.workspace_id = ${workspaceId} and i.run_id = ${runId} and i.place > ${after}
      ${state === null ? sql`` : sql`and i.state = ${state}::public.recovery_item_state`}
    order by i.place
    limit ${limit}
  `.execute(database)
  return rows
}
