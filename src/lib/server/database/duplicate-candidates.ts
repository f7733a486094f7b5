import { sql, type RawBuilder } from 'kysely'
import type { Candidate } from '../../domain/duplicates/evidence.ts'
import type { Database } from './database.ts'

/**
 * Writes down pairs that may be one person. One that was set aside because its contacts had changed is open again; what
 * a person said of a pair stays.
 *
 * @param since of a run over all contacts: pairs with a contact that was compared by itself after this are left alone
 */
export async function storeCandidates(
  database: Database,
  workspaceId: string,
  candidates: Candidate[],
  since: string | null = null,
): Promise<void> {
  if (candidates.length === 0) return
  await sql`
    insert into public.duplicate_candidates as d
      (workspace_id, left_id, right_id, score, verdict, evidence, counter_evidence, turning_point)
    select ${workspaceId}, n.left_id, n.right_id, n.score, n.verdict, n.evidence, n.counter_evidence, n.turning_point
    from unnest(
      ${candidates.map(({ leftId }) => leftId)}::uuid[],
      ${candidates.map(({ rightId }) => rightId)}::uuid[],
      ${candidates.map(({ score }) => score)}::float8[],
      ${candidates.map(({ verdict }) => verdict)}::public.duplicate_verdict[],
      ${candidates.map(({ evidence }) => JSON.stringify(evidence))}::jsonb[],
      ${candidates.map(({ counterEvidence }) => JSON.stringify(counterEvidence))}::jsonb[],
      ${candidates.map(({ flip }) => (flip === null ? null : JSON.stringify(flip)))}::jsonb[]
    ) as n (left_id, right_id, score, verdict, evidence, counter_evidence, turning_point)
    join public.contacts l on l.id = n.left_id and l.workspace_id = ${workspaceId} and l.root_id = l.id
    join public.contacts r on r.id = n.right_id and r.workspace_id = ${workspaceId} and r.root_id = r.id
    where ${since}::timestamptz is null or not exists (
      select from private.duplicate_keys k
      where k.workspace_id = ${workspaceId} and k.contact_id in (n.left_id, n.right_id)
        and k.compared_at >= ${since}::timestamptz
    )
    on conflict (workspace_id, left_id, right_id) do update
      set score = excluded.score, verdict = excluded.verdict, evidence = excluded.evidence,
        counter_evidence = excluded.counter_evidence, turning_point = excluded.turning_point, weighed_at = now(),
        state = 'open', found_at = case when d.state = 'open' then d.found_at else now() end
      where d.state <> 'different'
  `.execute(database)
}

/** Sets pairs of these contacts aside that were not found again. */
export async function closeUnfound(
  database: Database,
  workspaceId: string,
  contactIds: string[],
  found: Pick<Candidate, 'leftId' | 'rightId'>[],
): Promise<void> {
  await sql`
    update public.duplicate_candidates d set state = 'gone', weighed_at = now()
    where d.workspace_id = ${workspaceId} and d.state = 'open'
      and (d.left_id = any(${contactIds}::uuid[]) or d.right_id = any(${contactIds}::uuid[]))
      and (d.left_id, d.right_id) not in (
        select n.left_id, n.right_id
        from unnest(
          ${found.map(({ leftId }) => leftId)}::uuid[], ${found.map(({ rightId }) => rightId)}::uuid[]
        ) as n (left_id, right_id)
      )
  `.execute(database)
}

/**
 * Sets pairs aside that a run over all contacts did not find again, and that were not weighed since it began.
 *
 * @param lowestScore of what the run kept, where it kept no more than so many; pairs below it may still be there
 */
export async function closeUnweighed(
  database: Database,
  workspaceId: string,
  since: string,
  lowestScore: number | null,
): Promise<void> {
  await sql`
    update public.duplicate_candidates d set state = 'gone', weighed_at = now()
    where d.workspace_id = ${workspaceId} and d.state = 'open' and d.weighed_at < ${since}::timestamptz
      and (${lowestScore}::float8 is null or d.score >= ${lowestScore}::float8)
      -- Whoever was compared meanwhile keeps what was found then.
      and not exists (
        select from private.duplicate_keys k
        where k.workspace_id = ${workspaceId} and k.contact_id in (d.left_id, d.right_id)
          and k.compared_at >= ${since}::timestamptz
      )
  `.execute(database)
}

/** Brings the state of the pairs of contacts up to date that are no roots any more. */
export async function settleJoined(
  database: Database,
  workspaceId: string,
  contactIds: string[],
): Promise<void> {
  await sql`
    select private.settle_duplicates(${workspaceId}, n.id) from unnest(${contactIds}::uuid[]) as n (id)
  `.execute(database)
}

/** Two contacts, whichever is named first. */
export type IsKnownDifferent = (oneId: string, otherId: string) => boolean

/**
 * Whom a person told apart, by what their contacts belong to now: who was told apart from a part of somebody was told
 * apart from all of them.
 *
 * @param rootIds whose pairs are asked for; null for all of the workspace
 */
export async function findKnownDifferent(
  database: Database,
  workspaceId: string,
  rootIds: string[] | null,
): Promise<IsKnownDifferent> {
  const { rows } = await sql<{ left_id: string; right_id: string }>`
    select l.root_id as left_id, r.root_id as right_id
    from public.duplicate_candidates d
    join public.contacts l on l.id = d.left_id
    join public.contacts r on r.id = d.right_id
    where d.workspace_id = ${workspaceId} and d.state = 'different' ${ofTrees(workspaceId, rootIds)}
  `.execute(database)
  const pairs = new Set(rows.flatMap((row) => [row.left_id + row.right_id, row.right_id + row.left_id]))
  return (oneId, otherId) => pairs.has(oneId + otherId)
}

function ofTrees(workspaceId: string, rootIds: string[] | null): RawBuilder<unknown> {
  if (rootIds === null) return sql``
  const parts = sql`array(
    select c.id from public.contacts c
    where c.workspace_id = ${workspaceId} and c.root_id = any(${rootIds}::uuid[])
  )`
  return sql`and (d.left_id = any(${parts}) or d.right_id = any(${parts}))`
}
