import { sql } from 'kysely'
import type { Database } from './database.ts'

/** The workspaces in which contacts changed since they were last looked at. */
export async function listChangedWorkspaces(database: Database): Promise<string[]> {
  // From one workspace to the next by the index, however many rows wait in each.
  const { rows } = await sql<{ workspace_id: string }>`
    with recursive found as (
      (select q.workspace_id from private.changed_contacts q order by q.workspace_id limit 1)
      union all
      select (
        select q.workspace_id from private.changed_contacts q
        where q.workspace_id > found.workspace_id order by q.workspace_id limit 1
      )
      from found where found.workspace_id is not null
    )
    select f.workspace_id from found f where f.workspace_id is not null
  `.execute(database)
  return rows.map((row) => row.workspace_id)
}

export interface LockedWorkspace {
  /** ISO 3166 code. */
  country: string
  /** A run over all contacts is asked for that has not begun: whoever has keys before it is compared by it. */
  isRunAhead: boolean
}

/**
 * Locks what is known of a workspace's duplicates until the transaction ends: one worker at a time.
 *
 * @param waits false: null where another worker has it
 */
export async function lockWorkspace(
  database: Database,
  workspaceId: string,
  waits: boolean,
): Promise<LockedWorkspace | null> {
  await sql`
    insert into private.duplicate_marks (workspace_id) values (${workspaceId}) on conflict do nothing
  `.execute(database)
  const { rows } = await sql<LockedWorkspace>`
    select w.default_country as country,
      coalesce(m.run_asked_at > coalesce(m.run_started_at, '-infinity'), false) as "isRunAhead"
    from private.duplicate_marks m
    join public.workspaces w on w.id = m.workspace_id
    where m.workspace_id = ${workspaceId}
    for no key update of m ${waits ? sql`` : sql`skip locked`}
  `.execute(database)
  return rows[0] ?? null
}

/** Whether a worker writes an import to the workspace's contacts, or takes one back. One that died does nothing any more. */
export async function isImporting(database: Database, workspaceId: string): Promise<boolean> {
  const { rows } = await sql`
    select from public.contact_imports i
    where i.state in ('applying', 'undoing') and i.workspace_id = ${workspaceId}
      and i.worked_at > clock_timestamp() - interval '30 seconds'
    limit 1
  `.execute(database)
  return rows.length > 0
}

/** How many changes wait; no more than `most` are counted. */
export async function countChanges(database: Database, workspaceId: string, most: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::integer as count from (
      select from private.changed_contacts q where q.workspace_id = ${workspaceId} limit ${most}
    ) q
  `.execute(database)
  return rows[0]?.count ?? 0
}

/**
 * Takes the contacts that have waited longest, with what else waits of them close by: whoever is new changes several times
 * at once. They come back by themselves when the transaction fails.
 *
 * @returns the contacts, each once
 */
export async function takeChanges(database: Database, workspaceId: string, most: number): Promise<string[]> {
  const { rows } = await sql<{ contact_id: string }>`
    with first as materialized (
      select w.id, w.contact_id from private.changed_contacts w
      where w.workspace_id = ${workspaceId} order by w.id limit ${most * 4}
    ), chosen as materialized (
      select f.contact_id from first f group by f.contact_id order by min(f.id) limit ${most}
    )
    delete from private.changed_contacts q
    where q.id = any(array(select f.id from first f where f.contact_id in (select c.contact_id from chosen c)))
    returning q.contact_id
  `.execute(database)
  return [...new Set(rows.map((row) => row.contact_id))]
}

/**
 * Asks for a run over all contacts of a workspace, which begins within a minute: for one more where one is under way, which
 * may have read these contacts already.
 */
export async function askForRun(database: Database, workspaceId: string): Promise<void> {
  await sql`
    insert into private.duplicate_marks as m (workspace_id, run_asked_at) values (${workspaceId}, clock_timestamp())
    on conflict (workspace_id) do update set run_asked_at = clock_timestamp()
    where m.run_asked_at is null or m.run_asked_at <= m.run_started_at
  `.execute(database)
}

export interface DuplicateRun {
  workspaceId: string
  /** ISO 3166 code. */
  country: string
  /** As text: a Date would lose the microseconds by which the run is known again. */
  startedAt: string
}

/**
 * Takes the run over all contacts that is due: one that was asked for, else that of the night. A worker that dies gives
 * it up by itself, and it begins anew.
 *
 * @returns null where none is due
 */
export async function claimRun(database: Database, leaseSeconds: number): Promise<DuplicateRun | null> {
  const { rows } = await sql<{ workspace_id: string; country: string; started_at: string }>`
    update private.duplicate_marks m
    set run_asked_at = coalesce(m.run_asked_at, now()), run_started_at = now(),
      run_leased_until = now() + make_interval(secs => ${leaseSeconds})
    from public.workspaces w
    where w.id = m.workspace_id and m.workspace_id = (
      select due.workspace_id
      from private.duplicate_marks due
      join public.workspaces home on home.id = due.workspace_id
      where (due.run_leased_until is null or due.run_leased_until < now())
        and (
          due.run_asked_at is not null
          or (
            coalesce(due.run_finished_at, '-infinity') < now() - interval '12 hours'
            and extract(hour from now() at time zone home.time_zone) between 1 and 4
          )
        )
      order by due.run_asked_at, due.run_finished_at nulls first, due.workspace_id
      limit 1
      for no key update of due skip locked
    )
    returning m.workspace_id, w.default_country as country, m.run_started_at::text as started_at
  `.execute(database)
  const [row] = rows
  return row === undefined
    ? null
    : { workspaceId: row.workspace_id, country: row.country, startedAt: row.started_at }
}

/** Keeps a run for longer. @returns false where another worker has taken it over */
export async function renewRun(
  database: Database,
  { workspaceId, startedAt }: DuplicateRun,
  leaseSeconds: number,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update private.duplicate_marks m set run_leased_until = now() + make_interval(secs => ${leaseSeconds})
    where m.workspace_id = ${workspaceId} and m.run_started_at = ${startedAt}::timestamptz
  `.execute(database)
  return numAffectedRows === 1n
}

/** Leaves a run to whoever takes it up next. */
export async function releaseRun(
  database: Database,
  { workspaceId, startedAt }: DuplicateRun,
): Promise<void> {
  await sql`
    update private.duplicate_marks m set run_leased_until = null
    where m.workspace_id = ${workspaceId} and m.run_started_at = ${startedAt}::timestamptz
  `.execute(database)
}

/** Ends a run. What was asked for since it began is another one. */
export async function finishRun(database: Database, { workspaceId, startedAt }: DuplicateRun): Promise<void> {
  await sql`
    update private.duplicate_marks m
    set run_leased_until = null, run_finished_at = now(),
      run_asked_at = case when m.run_asked_at > m.run_started_at then m.run_asked_at end
    where m.workspace_id = ${workspaceId} and m.run_started_at = ${startedAt}::timestamptz
  `.execute(database)
}
