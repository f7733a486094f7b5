import { sql } from 'kysely'
import type { Database } from './database.ts'

/** What reconciliation finds. Nothing but rows of `sync_health` comes of it. */
export type FindingKind = 'missing_message' | 'status_behind' | 'stale_contact' | 'paused_webhook'

export interface NewFinding {
  kind: FindingKind
  /** By which the same finding is known again: an event id, a hash, an endpoint. */
  subjectId: string
  details: Record<string, string | null>
}

/** A finding of a kind that can be repaired, whose repair is wanted. */
export interface RepairableFinding {
  id: string
  kind: 'missing_message' | 'status_behind'
  subjectId: string
  channelId: string
  wamid: string
}

/** Writes findings down; those that are open already stay as they are. Returns how many are new. */
export async function recordFindings(
  database: Database,
  workspaceId: string,
  findings: NewFinding[],
): Promise<number> {
  if (findings.length === 0) return 0
  const { numAffectedRows } = await sql`
    insert into public.sync_health as h (workspace_id, kind, subject_id, details)
    select distinct on (n.kind, n."subjectId") ${workspaceId}, n.kind, n."subjectId", n.details
    from json_to_recordset(${JSON.stringify(findings)}::json) as n (kind text, "subjectId" text, details jsonb)
    order by n.kind, n."subjectId"
    on conflict (workspace_id, kind, subject_id) do update
    set details = excluded.details, detected_at = now(), resolved_at = null, repair_requested_at = null,
      repair_requested_by = null, repair_error = null
    where h.resolved_at is not null
  `.execute(database)
  return Number(numAffectedRows ?? 0n)
}

/** Ends findings of a kind whose subject is among these. */
export async function resolveFindings(
  database: Database,
  workspaceId: string,
  kind: FindingKind,
  subjectIds: string[],
): Promise<void> {
  await sql`
    update public.sync_health set resolved_at = now()
    where workspace_id = ${workspaceId} and kind = ${kind} and subject_id = any(${subjectIds}) and resolved_at is null
  `.execute(database)
}

/**
 * Ends findings that hold no more: the message is applied, the status has caught up, whether a repair did it or a late
 * delivery. For all workspaces, or for one.
 */
export async function resolveSettledFindings(database: Database, workspaceId: string | null): Promise<void> {
  await sql`
    update public.sync_health h set resolved_at = now()
    where h.resolved_at is null and (${workspaceId}::uuid is null or h.workspace_id = ${workspaceId}::uuid)
      and (
        h.kind = 'missing_message' and (
          exists (
            select from public.webhook_events e
            where e.workspace_id = h.workspace_id and e.event_id = h.subject_id and e.status in ('processed', 'ignored')
          )
          or exists (
            select from public.messages m
            where m.workspace_id = h.workspace_id and m.channel_id = (h.details ->> 'channelId')::uuid
              and m.wamid = h.details ->> 'wamid'
          )
        )
        or h.kind = 'status_behind' and exists (
          select from public.messages m
          where m.workspace_id = h.workspace_id and m.channel_id = (h.details ->> 'channelId')::uuid
            and m.wamid = h.details ->> 'wamid'
            and case h.details ->> 'status'
              when 'failed' then m.failed_at is not null
              else m.status >= (h.details ->> 'status')::public.message_status end
        )
      )
  `.execute(database)
}

/** Findings whose repair was asked for and has not been tried since, oldest first. */
export async function findWantedRepairs(
  database: Database,
  workspaceId: string,
  most: number,
): Promise<RepairableFinding[]> {
  const { rows } = await sql<RepairableFinding>`
    select h.id, h.kind, h.subject_id as "subjectId", h.details ->> 'channelId' as "channelId",
      h.details ->> 'wamid' as wamid
    from public.sync_health h
    where h.workspace_id = ${workspaceId} and h.kind in ('missing_message', 'status_behind')
      and h.resolved_at is null and h.repair_requested_at is not null and h.repair_error is null
    order by h.detected_at, h.id limit ${most}
  `.execute(database)
  return rows
}

/** Marks all that can be repaired, on behalf of the operator. */
export async function requestAllRepairs(database: Database, workspaceId: string): Promise<number> {
  const { numAffectedRows } = await sql`
    update public.sync_health set repair_requested_at = now(), repair_error = null
    where workspace_id = ${workspaceId} and kind in ('missing_message', 'status_behind') and resolved_at is null
  `.execute(database)
  return Number(numAffectedRows ?? 0n)
}

/** Notes why a repair did not work. It is not tried again before somebody asks anew. */
export async function recordRepairError(
  database: Database,
  workspaceId: string,
  findingIds: string[],
  reason: string,
): Promise<void> {
  await sql`
    update public.sync_health set repair_error = ${reason}
    where workspace_id = ${workspaceId} and id = any(${findingIds}::uuid[]) and resolved_at is null
      and repair_error is null
  `.execute(database)
}

/** What Kapso said last of a number's webhook; no finding, and always in the past. */
export interface WebhookState {
  outcome: 'active' | 'paused' | 'missing' | 'unknown'
  /** Why it is not known: 'no_key', 'no_endpoint', or how asking failed. */
  reason: string | null
}

/** Keeps how the last comparison of a number's lists went, for the page. */
export async function recordListComparison(
  database: Database,
  workspaceId: string,
  channelId: string,
  outcome: string,
): Promise<void> {
  await recordCheck(database, workspaceId, 'list_comparison', channelId, { outcome })
}

/** Keeps what Kapso said of a number's webhook, for the page. */
export async function recordWebhookState(
  database: Database,
  workspaceId: string,
  channelId: string,
  state: WebhookState,
): Promise<void> {
  await recordCheck(database, workspaceId, 'webhook_state', channelId, state)
}

/** A look that was taken is no finding: it counts as resolved at once. */
async function recordCheck(
  database: Database,
  workspaceId: string,
  kind: 'webhook_state' | 'list_comparison',
  channelId: string,
  details: object,
): Promise<void> {
  await sql`
    insert into public.sync_health (workspace_id, kind, subject_id, details, resolved_at)
    values (${workspaceId}, ${kind}, ${channelId}, ${JSON.stringify(details)}, now())
    on conflict (workspace_id, kind, subject_id) do update
    set details = excluded.details, detected_at = now(), resolved_at = now()
  `.execute(database)
}
