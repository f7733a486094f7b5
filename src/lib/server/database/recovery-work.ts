import { sql } from 'kysely'
import { sampleSize, type Json, type RecoveryState } from '../../domain/recovery/recovery-run.ts'
import { recoveryJob } from '../recovery/recovery-job.ts'
import type { ItemOutcome, RecoveryItem } from '../recovery/recovery-kind.ts'
import type { Database, JobRequest } from './database.ts'

/** What the worker needs to know of a run. */
export interface RecoveryAtWork {
  kind: string
  parameters: Json
  state: RecoveryState
  planAfter: string | null
  isBegun: boolean
  askedBy: string
  /** Whether who asked for this step is an owner or admin still. */
  mayAsk: boolean
}

/**
 * A run with the lock that whoever works on it holds: of two workers the second one waits for the batch of the first.
 * Undefined where there is none.
 */
export async function lockRecovery(
  database: Database,
  workspaceId: string,
  runId: string,
): Promise<RecoveryAtWork | undefined> {
  const { rows } = await sql<RecoveryAtWork>`
    select r.kind, r.parameters, r.state, r.plan_after as "planAfter", r.is_begun as "isBegun",
      r.asked_by as "askedBy", exists (
        select from public.workspace_members m
        where m.workspace_id = r.workspace_id and m.user_id = r.asked_by and m.removed_at is null
          and m.role in ('owner', 'admin')
      ) as "mayAsk"
    from public.recovery_runs r
    where r.workspace_id = ${workspaceId} and r.id = ${runId}
    for no key update of r
  `.execute(database)
  return rows[0]
}

/**
 * What is written in this transaction from here on is the member's, and the run's: history says so by itself, and
 * functions that ask for an owner or admin answer. The role stays what it is.
 */
export async function actForMember(
  database: Database,
  memberId: string,
  runId: string | null = null,
): Promise<void> {
  await sql`
    select set_config('request.jwt.claims', ${JSON.stringify({ sub: memberId })}, true),
      set_config('my21.recovery_run_id', ${runId ?? ''}, true)
  `.execute(database)
}

/**
 * Adds things to a plan, behind those that are there. Of one subject the first stays. Notes where the plan goes on, and
 * draws the sample anew from what is added and what was drawn before: whoever looks sees the same, however the plan was
 * made.
 */
export async function addRecoveryItems(
  database: Database,
  workspaceId: string,
  runId: string,
  { items, after }: { items: readonly RecoveryItem[]; after: string | null },
): Promise<void> {
  const rows = items.map((item) => ({
    subject: item.subject,
    before: item.before,
    after: item.after,
    why: item.why,
    state: item.isLeft === true ? 'skipped' : 'pending',
    contact_id: item.contactId ?? null,
    conversation_id: item.conversationId ?? null,
  }))
  await sql`
    with known as materialized (
      select coalesce(max(i.place), 0) as place from public.recovery_run_items i
      where i.workspace_id = ${workspaceId} and i.run_id = ${runId}
    ), added as (
      insert into public.recovery_run_items
        (workspace_id, run_id, place, subject, before, after, why, state, contact_id, conversation_id)
      select ${workspaceId}, ${runId}, known.place + row_number() over (order by n.place), n.item ->> 'subject',
        n.item -> 'before', n.item -> 'after', n.item ->> 'why',
        (n.item ->> 'state')::public.recovery_item_state, (n.item ->> 'contact_id')::uuid,
        (n.item ->> 'conversation_id')::uuid
      from known
      cross join jsonb_array_elements(${JSON.stringify(rows)}::jsonb) with ordinality as n (item, place)
      on conflict (workspace_id, run_id, subject) do nothing
      returning place, subject
    ), drawn as (
      select a.place, a.subject from added a
      union all
      select i.place, i.subject
      from public.recovery_runs r
      join public.recovery_run_items i
        on i.workspace_id = r.workspace_id and i.run_id = r.id and i.place = any (r.sample_places)
      where r.workspace_id = ${workspaceId} and r.id = ${runId}
    )
    update public.recovery_runs r
    set sample_places = array(
        select d.place from drawn d
        order by hashtextextended(concat_ws(' ', r.id, d.subject), 0), d.place
        limit ${sampleSize}
      ),
      plan_after = ${after}, progress_done = r.progress_done + (select count(*) from added),
      worked_at = clock_timestamp()
    where r.workspace_id = ${workspaceId} and r.id = ${runId}
  `.execute(database)
}

export type WaitingItem = RecoveryItem & { place: number }

/** Things that wait for a step: to be applied, first ones first, or to be taken back, last ones first. */
export async function listWaitingItems(
  database: Database,
  workspaceId: string,
  runId: string,
  { step, passed, limit }: { step: 'apply' | 'undo'; passed: number | null; limit: number },
): Promise<WaitingItem[]> {
  const { rows } = await sql<WaitingItem>`
    select i.place, i.subject, i.before, i.after, i.why, i.contact_id as "contactId",
      i.conversation_id as "conversationId"
    from public.recovery_run_items i
    where i.workspace_id = ${workspaceId} and i.run_id = ${runId}
      ${
        step === 'apply'
          ? sql`and i.state = 'pending' and i.place > ${passed ?? 0} order by i.place`
          : sql`and i.state = 'applied' ${passed === null ? sql`` : sql`and i.place < ${passed}`} order by i.place desc`
      }
    limit ${limit}
  `.execute(database)
  return rows
}

/** Writes down what came of some things. */
export async function recordOutcomes(
  database: Database,
  workspaceId: string,
  runId: string,
  outcomes: readonly ItemOutcome[],
): Promise<void> {
  const rows = outcomes.map(({ subject, outcome, why, after }) => ({
    ...{ subject, outcome, why: why ?? null },
    ...{ after: after ?? null, has_after: after !== undefined },
  }))
  await sql`
    update public.recovery_run_items i
    set state = n.outcome::public.recovery_item_state, outcome_why = n.why,
      after = case when n.has_after then coalesce(n.after, 'null') else i.after end
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as n (subject text, outcome text, why text, after jsonb, has_after boolean)
    where i.workspace_id = ${workspaceId} and i.run_id = ${runId} and i.subject = n.subject
  `.execute(database)
}

/** Counts how many things a step has in all, and how many of them are done, and writes it down. */
export async function countRecoveryWork(
  database: Database,
  workspaceId: string,
  runId: string,
  step: 'apply' | 'undo',
): Promise<{ done: number; total: number }> {
  const { rows } = await sql<{ done: number; total: number }>`
    with counted as (
      select count(*) filter (where i.state <> ${step === 'apply' ? 'pending' : 'applied'}) as done, count(*) as total
      from public.recovery_run_items i
      where i.workspace_id = ${workspaceId} and i.run_id = ${runId}
        ${step === 'apply' ? sql`` : sql`and i.state not in ('pending', 'skipped')`}
    )
    update public.recovery_runs r
    set progress_done = counted.done, progress_total = counted.total, worked_at = clock_timestamp()
    from counted
    where r.workspace_id = ${workspaceId} and r.id = ${runId}
    returning r.progress_done as done, r.progress_total as total
  `.execute(database)
  return rows[0] ?? { done: 0, total: 0 }
}

/** Adds to how far a step is, whoever else works on it too. */
export async function recordRecoveryProgress(
  database: Database,
  workspaceId: string,
  runId: string,
  added: number,
): Promise<{ done: number; total: number }> {
  const { rows } = await sql<{ done: number; total: number }>`
    update public.recovery_runs r
    set progress_done = r.progress_done + ${added}::int, worked_at = clock_timestamp()
    where r.workspace_id = ${workspaceId} and r.id = ${runId}
    returning r.progress_done as done, r.progress_total as total
  `.execute(database)
  return rows[0] ?? { done: 0, total: 0 }
}

/** Notes that what is done once has been done, and keeps what it has to show. */
export async function recordBeginning(
  database: Database,
  workspaceId: string,
  runId: string,
  sealed: Buffer | null,
): Promise<void> {
  if (sealed !== null)
    await sql`
      insert into private.recovery_answers (workspace_id, run_id, sealed)
      values (${workspaceId}, ${runId}, ${sealed})
    `.execute(database)
  await sql`
    update public.recovery_runs r set is_begun = true, has_answer = ${sealed !== null}, worked_at = clock_timestamp()
    where r.workspace_id = ${workspaceId} and r.id = ${runId}
  `.execute(database)
}

/** Ends the step that a run is at, with its things counted. */
export async function finishRecoveryStep(
  database: Database,
  workspaceId: string,
  runId: string,
  state: 'planned' | 'applied' | 'undone',
): Promise<void> {
  await sql`
    ${countedItems(workspaceId, runId)}
    update public.recovery_runs r
    set state = ${state}::public.recovery_state, counts = counted.counts, reasons = told.reasons,
      planned_at = case when ${state} = 'planned' then clock_timestamp() else r.planned_at end,
      applied_at = case when ${state} = 'applied' then clock_timestamp() else r.applied_at end,
      undone_at = case when ${state} = 'undone' then clock_timestamp() else r.undone_at end,
      worked_at = clock_timestamp()
    from counted, told
    where r.workspace_id = ${workspaceId} and r.id = ${runId}
  `.execute(database)
}

/** Ends the step that a run is at without having come to its end. */
export async function failRecoveryStep(
  database: Database,
  workspaceId: string,
  runId: string,
  failure: 'asker_gone' | 'error',
): Promise<void> {
  await sql`
    ${countedItems(workspaceId, runId)}
    update public.recovery_runs r
    set failed_step = r.state, failure = ${failure}, state = 'failed', counts = counted.counts,
      reasons = told.reasons, worked_at = clock_timestamp()
    from counted, told
    where r.workspace_id = ${workspaceId} and r.id = ${runId} and r.state in ('planning', 'applying', 'undoing')
  `.execute(database)
}

const countedItems = (workspaceId: string, runId: string) => sql`
  with items as materialized (
    select i.state, coalesce(i.outcome_why, i.why) as why, count(*) as count
    from public.recovery_run_items i
    where i.workspace_id = ${workspaceId} and i.run_id = ${runId}
    group by 1, 2
  ), counted as (
    select coalesce(jsonb_object_agg(s.state, s.count), '{}') as counts
    from (select i.state, sum(i.count) as count from items i group by i.state) s
  ), told as (
    select coalesce(jsonb_object_agg(concat_ws('/', i.state, i.why), i.count), '{}') as reasons from items i
  )
`

/** Runs whose worker has done nothing for a while: it died, or its job is lost. They are taken for begun anew. */
export async function findForgottenRecoveries(database: Database, seconds: number): Promise<JobRequest[]> {
  const { rows } = await sql<{ workspace_id: string; id: string }>`
    update public.recovery_runs r
    set worked_at = clock_timestamp()
    where r.state in ('planning', 'applying', 'undoing')
      and r.worked_at < clock_timestamp() - make_interval(secs => ${seconds})
      and r.id in (
        select f.id from public.recovery_runs f
        where f.state in ('planning', 'applying', 'undoing')
          and f.worked_at < clock_timestamp() - make_interval(secs => ${seconds})
        for update skip locked
      )
    returning r.workspace_id, r.id
  `.execute(database)
  return rows.map(({ workspace_id, id }) => recoveryJob(workspace_id, id))
}
