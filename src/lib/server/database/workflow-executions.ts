import { sql } from 'kysely'
import type { Database } from './database.ts'

/** What one event says of a run of a Kapso workflow. */
export interface NewExecutionEvent {
  executionId: string
  workflowId: string | null
  kapsoConversationId: string | null
  status: string
  occurredAt: Date
  details: object
  webhookEventId: number
}

/** Keeps each event, and how each run stands by the latest of them, whichever arrives last. */
export async function recordExecutionEvents(
  database: Database,
  workspaceId: string,
  events: NewExecutionEvent[],
): Promise<void> {
  if (events.length === 0) return
  await sql`
    with told as (
      select * from json_to_recordset(${JSON.stringify(events)}::json) as t (
        "executionId" text, "workflowId" text, "kapsoConversationId" text, status text, "occurredAt" timestamptz,
        details jsonb, "webhookEventId" bigint
      )
    ), kept as (
      insert into public.workflow_execution_events
        (workspace_id, kapso_execution_id, status, occurred_at, details, webhook_event_id)
      select ${workspaceId}::uuid, t."executionId", t.status, t."occurredAt", t.details, t."webhookEventId"
      from told t
      order by t."webhookEventId"
      on conflict (webhook_event_id) do nothing
    )
    insert into public.workflow_executions as x
      (workspace_id, kapso_execution_id, kapso_workflow_id, kapso_conversation_id, status, occurred_at, details)
    select ${workspaceId}::uuid, t."executionId", max(t."workflowId"), max(t."kapsoConversationId"),
      (array_agg(t.status order by t."occurredAt" desc, t.status desc, t.details desc))[1],
      max(t."occurredAt"),
      (array_agg(t.details order by t."occurredAt" desc, t.status desc, t.details desc))[1]
    from told t
    group by t."executionId"
    order by t."executionId"
    on conflict (workspace_id, kapso_execution_id) do update set
      -- A run belongs to one workflow and one conversation; an event that does not name them takes nothing away.
      kapso_workflow_id = greatest(x.kapso_workflow_id, excluded.kapso_workflow_id),
      kapso_conversation_id = greatest(x.kapso_conversation_id, excluded.kapso_conversation_id),
      status = case when (excluded.occurred_at, excluded.status, excluded.details) > (x.occurred_at, x.status, x.details)
        then excluded.status else x.status end,
      details = case when (excluded.occurred_at, excluded.status, excluded.details) > (x.occurred_at, x.status, x.details)
        then excluded.details else x.details end,
      occurred_at = greatest(x.occurred_at, excluded.occurred_at)
      where (excluded.occurred_at, excluded.status, excluded.details) > (x.occurred_at, x.status, x.details)
        or greatest(x.kapso_workflow_id, excluded.kapso_workflow_id) is distinct from x.kapso_workflow_id
        or greatest(x.kapso_conversation_id, excluded.kapso_conversation_id) is distinct from x.kapso_conversation_id
  `.execute(database)
}
