import { sql } from 'kysely'
import { defaultWebhookSettings } from '../../domain/webhook-settings.ts'
import type { Database } from './database.ts'

/** Bodies of these workspaces and this time have grown old. */
export interface RetentionStep {
  workspaceIds: string[]
  from: Date
  until: Date
}

/**
 * The next stretch of bodies that have grown old, for all workspaces that have come equally far: usually all of them, so
 * that one walk serves them together. An hour, or a day in which there is nothing to drop. Null when there is none.
 */
export async function findRetentionStep(database: Database): Promise<RetentionStep | null> {
  const { rows } = await sql<{ workspace_ids: string[]; from_time: Date; until_time: Date }>`
    with place as (
      select w.id, coalesce(m.dropped_until, date_trunc('hour', w.created_at)) as reached,
        date_trunc('hour', now() - make_interval(days => coalesce(s.body_days, ${defaultWebhookSettings.bodyDays})))
          as limit_at
      from public.workspaces w
      left join private.body_marks m on m.workspace_id = w.id
      left join public.webhook_settings s on s.workspace_id = w.id
    ), group_of as (
      select array_agg(id) as workspace_ids, reached, min(limit_at) as limit_at
      from place where reached + interval '1 hour' <= limit_at
      group by reached order by reached limit 1
    )
    select g.workspace_ids, g.reached as from_time,
      case when g.reached + interval '1 day' <= g.limit_at and not exists (
        select from public.webhook_deliveries d
        where d.received_at >= g.reached and d.received_at < g.reached + interval '1 day' and d.body is not null
          and d.workspace_id = any (g.workspace_ids)
      ) then g.reached + interval '1 day' else g.reached + interval '1 hour' end as until_time
    from group_of g
  `.execute(database)
  const [row] = rows
  return row === undefined
    ? null
    : { workspaceIds: row.workspace_ids, from: row.from_time, until: row.until_time }
}

/** Drops at most so many bodies of a step; fewer mean that what is left is kept on purpose. */
export async function dropBodies(database: Database, step: RetentionStep, most: number): Promise<number> {
  const { rows } = await sql<{ dropped: number }>`
    select private.drop_bodies(${step.workspaceIds}::uuid[], ${step.from}, ${step.until}, ${most}) as dropped
  `.execute(database)
  return rows[0]?.dropped ?? 0
}

/** Notes what a step has left, and goes on. */
export async function passBodies(database: Database, step: RetentionStep): Promise<void> {
  await sql`select private.pass_bodies(${step.workspaceIds}::uuid[], ${step.from}, ${step.until})`.execute(
    database,
  )
}

/** Drops bodies that had been kept because something of theirs was not finished, and now is. */
export async function dropKeptBodies(database: Database, most: number): Promise<number> {
  const { rows } = await sql<{ dropped: number }>`
    select private.drop_kept_bodies(${most}) as dropped
  `.execute(database)
  return rows[0]?.dropped ?? 0
}

/** Forgets what replays showed of rows a week ago, in words; that they happened stays. */
export async function dropReplayReports(database: Database): Promise<void> {
  await sql`
    update public.replays set report = null where report is not null and created_at < now() - interval '7 days'
  `.execute(database)
}

/** Deletes at most so many rows of each kind of count, and returns how many it deleted in all. */
export async function deleteOldCounts(database: Database, days: number, most: number): Promise<number> {
  const before = sql`now() - make_interval(days => ${days})`
  let deleted = 0n
  for (const [table, column] of [
    ['webhook_hours', 'hour'],
    ['webhook_duplicates', 'hour'],
    ['webhook_refusals', 'hour'],
    ['alarms', 'resolved_at'],
    ['sync_health', 'resolved_at'],
  ] as const) {
    const target = sql.table(`public.${table}`)
    const { numAffectedRows } = await sql`
      delete from ${target}
      where ctid = any (array(select t.ctid from ${target} t where t.${sql.ref(column)} < ${before} limit ${most}))
    `.execute(database)
    deleted += numAffectedRows ?? 0n
  }
  return Number(deleted)
}
