import { sql } from 'kysely'
import type { Database } from './database.ts'

/** What one event says, as far as rows exist because of it. Moments are ISO 8601. */
export interface ToldFacts {
  id: number
  kind: string
  channelId: string | null
  wamid: string | null
  targetWamid: string | null
  phone: string | null
  scope: string | null
  scopedId: string | null
  previousScopedId: string | null
  session: string | null
  seenAt: string | null
  statusAt: string | null
  inactiveAt: string | null
  isBeginning: boolean
  sequence: number | null
  profileName: string | null
  username: string | null
}

/** What of the database some events touch. */
export interface RetractionScope {
  messageIds: string[]
  identityIds: string[]
  contactIds: string[]
  threadIds: string[]
  rootIds: string[]
  executionIds: string[]
}

/** Finds and locks what the events touch, in the order of everybody. The senders' locks must be held. */
export async function lockRetraction(
  database: Database,
  workspaceId: string,
  told: ToldFacts[],
): Promise<RetractionScope> {
  let locked: string[] = []
  for (;;) {
    const scope = await findScope(database, workspaceId, told)
    const wanted = [...scope.contactIds, ...scope.threadIds]
    // Somebody may have joined people or threads while we waited.
    if (wanted.every((id) => locked.includes(id))) return scope
    await sql`select private.lock_people(${workspaceId}, ${scope.contactIds}::uuid[])`.execute(database)
    await sql`
      select from public.conversations c
      where c.workspace_id = ${workspaceId} and c.id = any(${scope.threadIds}::uuid[])
      order by c.id
      for no key update
    `.execute(database)
    locked = wanted
  }
}

async function findScope(
  database: Database,
  workspaceId: string,
  told: ToldFacts[],
): Promise<RetractionScope> {
  const { rows } = await sql<{ scope: RetractionScope }>`
    select private.find_retraction_scope(${workspaceId}, ${JSON.stringify(told)}::jsonb) as scope
  `.execute(database)
  const [row] = rows
  if (row === undefined) throw new Error('nothing came back of what is touched')
  return row.scope
}

/** Under which senders the ledger has events of those whom these events are about. Nothing is locked. */
export async function findSenderKeys(
  database: Database,
  workspaceId: string,
  told: ToldFacts[],
): Promise<string[]> {
  const { contactIds } = await findScope(database, workspaceId, told)
  const { rows } = await sql<{ keys: string[] }>`
    select k.keys::text[] as keys from private.list_subject_keys(${workspaceId}, ${contactIds}::uuid[]) k
  `.execute(database)
  return rows.flatMap(({ keys }) => keys)
}

/** Everything of a scope that a retraction may change. */
export async function captureRetraction(
  database: Database,
  workspaceId: string,
  told: ToldFacts[],
  scope: RetractionScope,
): Promise<string> {
  const { rows } = await sql<{ captured: string }>`
    select private.capture_retraction(
      ${workspaceId}, ${JSON.stringify(told)}::jsonb, ${JSON.stringify(scope)}::jsonb
    )::text as captured
  `.execute(database)
  return rows[0]?.captured ?? '{}'
}

/**
 * Takes out what the events let in. Everything must be locked.
 *
 * @returns how many of the messages each member had not read, for noteRetraction
 */
export async function takeOutRetracted(
  database: Database,
  workspaceId: string,
  facts: { told: ToldFacts[]; genuine: ToldFacts[] },
  scope: RetractionScope,
): Promise<string> {
  const { rows } = await sql<{ unread: string }>`
    select private.take_out_retracted(
      ${workspaceId}, ${JSON.stringify(facts.told)}::jsonb, ${JSON.stringify(facts.genuine)}::jsonb,
      ${JSON.stringify(scope)}::jsonb
    )::text as unread
  `.execute(database)
  return rows[0]?.unread ?? '[]'
}

/** Writes down what a step has changed, so that it can be put back. */
export async function noteRetraction(
  database: Database,
  { workspaceId, runId }: { workspaceId: string; runId: string },
  step: { eventIds: number[]; before: string; after: string; unread: string },
): Promise<void> {
  await sql`
    select private.note_retraction(
      ${workspaceId}, ${runId}, ${step.eventIds}::bigint[], ${step.before}::jsonb, ${step.after}::jsonb,
      ${step.unread}::jsonb
    )
  `.execute(database)
}

/** A step of a run, and the events that it took back. */
export interface RetractionStep {
  step: number
  eventIds: number[]
}

/** The steps of a run that took any of these events back and are not put back, the last one first. */
export async function findRetractionSteps(
  database: Database,
  { workspaceId, runId }: { workspaceId: string; runId: string },
  eventIds: number[],
): Promise<RetractionStep[]> {
  const { rows } = await sql<{ step: number; event_ids: string[] }>`
    select r.step, r.webhook_event_ids::text[] as event_ids from private.retractions r
    where r.workspace_id = ${workspaceId} and r.run_id = ${runId}
      and r.webhook_event_ids && ${eventIds}::bigint[]
    order by r.step desc
  `.execute(database)
  return rows.map(({ step, event_ids }) => ({ step, eventIds: event_ids.map(Number) }))
}

/**
 * Puts these steps back, in their order. The senders of all their events must be locked.
 *
 * @returns how many rows stayed as they are, because something has happened to them since
 */
export async function putBackRetracted(
  database: Database,
  { workspaceId, runId }: { workspaceId: string; runId: string },
  steps: RetractionStep[],
): Promise<number> {
  let stayed = 0
  for (const { step } of steps) {
    const { rows: put } = await sql<{ stayed: number }>`
      select private.put_back_retracted(${workspaceId}, ${runId}, ${step}) as stayed
    `.execute(database)
    stayed += put[0]?.stayed ?? 0
  }
  return stayed
}

/** Which threads messages of these events stand in: by channel and wamid. */
export async function findThreadsOf(
  database: Database,
  workspaceId: string,
  told: ToldFacts[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ channel_id: string; wamid: string; root_id: string }>`
    select m.channel_id, m.wamid, c.root_id
    from json_to_recordset(${JSON.stringify(told)}::json) as t ("channelId" uuid, wamid text, "targetWamid" text)
    join public.messages m on m.channel_id = t."channelId" and m.wamid in (t.wamid, t."targetWamid")
    join public.conversations c on c.id = m.conversation_id
    where m.workspace_id = ${workspaceId}
  `.execute(database)
  return new Map(rows.map((row) => [`${row.channel_id} ${row.wamid}`, row.root_id]))
}

/** Kapso conversations and the threads that they are in. */
export async function findSessionThreads(
  database: Database,
  workspaceId: string,
  sessions: string[],
): Promise<Map<string, string>> {
  const rows = await database
    .selectFrom('kapso_conversations')
    .where('workspace_id', '=', workspaceId)
    .where('kapso_conversation_id', 'in', sessions.length === 0 ? [''] : sessions)
    .select(['kapso_conversation_id as session', 'conversation_id as conversationId'])
    .execute()
  return new Map(rows.map((row) => [row.session, row.conversationId]))
}

/** Whom numbers and business-scoped ids are known of, by `phone` or `scope value`. */
export async function findPeopleOf(
  database: Database,
  workspaceId: string,
  told: ToldFacts[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ known_by: string; identity_id: string }>`
    select concat_ws(' ', b.scope, b.value) as known_by, i.root_id as identity_id
    from json_to_recordset(${JSON.stringify(told)}::json) as t (scope text, "scopedId" text)
    join public.business_scoped_ids b
      on b.workspace_id = ${workspaceId} and b.scope = t.scope and b.value = t."scopedId"
    join public.contact_identities i on i.id = b.identity_id
    union
    select i.phone_normalized, i.root_id
    from json_to_recordset(${JSON.stringify(told)}::json) as t (phone text)
    join public.contact_identities i on i.workspace_id = ${workspaceId} and i.phone_normalized = t.phone
  `.execute(database)
  return new Map(rows.map((row) => [row.known_by, row.identity_id]))
}
